//! `metadata[..]`: what merchants note on their objects.

use super::error::ApiError;
use super::params::Params;
use serde_json::{Map, Value};

/// Stripe's bounds: 50 pairs, keys of 40 characters without brackets, values of 500. An empty value means "unset".
pub fn read(params: &mut Params) -> Result<Value, ApiError> {
    let called = params.called("metadata");
    let pairs = params.pairs("metadata")?;
    if pairs.len() > 50 {
        return Err(ApiError::invalid(&called, "Metadata can have at most 50 keys."));
    }
    let mut metadata = Map::new();
    for (key, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        let called = format!("{called}[{key}]");
        if key.chars().count() > 40 {
            return Err(ApiError::invalid(&called, "Metadata keys can have at most 40 characters."));
        }
        if value.chars().count() > 500 {
            return Err(ApiError::invalid(&called, "Metadata values can have at most 500 characters."));
        }
        metadata.insert(key, Value::String(value));
    }
    Ok(Value::Object(metadata))
}
