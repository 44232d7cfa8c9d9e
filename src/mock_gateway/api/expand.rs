//! `expand[]`: which references a client wants to see as whole objects.

use super::error::ApiError;
use super::params::Params;
use crate::mock_gateway::wire::Expand;

/// Reads `expand[]`. In lists each name starts with `prefix`, `data.`; `allowed` are the names without it.
pub fn read(params: &mut Params, prefix: &str, allowed: &[&str]) -> Result<Expand, ApiError> {
    let mut expand = Expand::default();
    for name in params.texts("expand")? {
        let path = name.strip_prefix(prefix).filter(|path| allowed.contains(path));
        let Some(path) = path else {
            let shown: String = name.chars().take(60).collect();
            return Err(ApiError::invalid("expand", format!("This property cannot be expanded ({shown}).")));
        };
        for step in path.split('.') {
            match step {
                "line_items" => expand.line_items = true,
                "payment_intent" => expand.payment_intent = true,
                "latest_charge" => expand.latest_charge = true,
                _ => expand.charge = true,
            }
        }
    }
    Ok(expand)
}
