//! Stripe's form-encoded parameters with their brackets (`line_items[0][quantity]=2`), read as a tree.
//!
//! A handler takes what it knows out of the tree; what is left at [`Params::finish`] was unknown and is refused by name.

use super::error::ApiError;
use std::collections::BTreeMap;

/// Far more than any honest request has; a longer one is refused before it costs anything.
const MAX_PARAMETERS: usize = 1000;
const MAX_DEPTH: usize = 6;

type Branch = BTreeMap<String, Node>;

#[derive(Debug)]
enum Node {
    Text(String),
    Branch(Branch),
}

/// One level of parameters, with the name by which errors call it.
#[derive(Debug)]
pub struct Params {
    /// `""` at the top, else such as `line_items[0]`.
    name: String,
    branch: Branch,
}

impl Params {
    /// Reads a form-encoded body or query string. Brackets may be raw or percent-encoded.
    pub fn parse(encoded: &[u8]) -> Result<Self, ApiError> {
        let mut branch = Branch::new();
        for (count, (key, value)) in url::form_urlencoded::parse(encoded).enumerate() {
            if count >= MAX_PARAMETERS {
                return Err(ApiError::bad_request("Too many parameters."));
            }
            // The decoder marks what was not UTF-8 with U+FFFD; the database refuses a NUL.
            if key.contains(['\0', '\u{fffd}']) || value.contains(['\0', '\u{fffd}']) {
                return Err(ApiError::bad_request("Parameters must be valid UTF-8 without NUL characters."));
            }
            insert(&mut branch, &path(&key)?, value.into_owned(), &key)?;
        }
        Ok(Self { name: String::new(), branch })
    }

    fn full_name(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.name) }
    }

    /// How errors call the parameter `name` of this level.
    pub fn called(&self, name: &str) -> String {
        self.full_name(name)
    }

    /// Whether `name` is given as a plain value, not as a group.
    pub fn is_text(&self, name: &str) -> bool {
        matches!(self.branch.get(name), Some(Node::Text(_)))
    }

    /// Takes a text that must not be empty if it is given.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let called = self.full_name(name);
        match self.branch.remove(name) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => {
                let message =
                    format!("You passed an empty string for '{called}'. Remove the parameter or give it a value.");
                Err(ApiError::invalid(&called, message).code("parameter_invalid_empty"))
            }
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Branch(_)) => Err(ApiError::invalid(&called, format!("Invalid string: {called}"))),
        }
    }

    pub fn required_text(&mut self, name: &str) -> Result<String, ApiError> {
        let called = self.full_name(name);
        self.text(name)?.ok_or_else(|| ApiError::missing(&called))
    }

    /// Takes a text of at most `longest` characters.
    pub fn short_text(&mut self, name: &str, longest: usize) -> Result<Option<String>, ApiError> {
        let called = self.full_name(name);
        match self.text(name)? {
            Some(text) if text.chars().count() > longest => Err(ApiError::invalid(
                &called,
                format!("Invalid string: {called} must be at most {longest} characters"),
            )),
            text => Ok(text),
        }
    }

    pub fn integer(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let called = self.full_name(name);
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            ApiError::invalid(&called, format!("Invalid integer: {shown}")).code("parameter_invalid_integer")
        })
    }

    pub fn required_integer(&mut self, name: &str) -> Result<i64, ApiError> {
        let called = self.full_name(name);
        self.integer(name)?.ok_or_else(|| ApiError::missing(&called))
    }

    /// Takes a group of parameters such as `price_data[..]`; it is to be finished on its own.
    pub fn group(&mut self, name: &str) -> Result<Option<Params>, ApiError> {
        let called = self.full_name(name);
        match self.branch.remove(name) {
            None => Ok(None),
            Some(Node::Branch(branch)) => Ok(Some(Params { name: called, branch })),
            Some(Node::Text(_)) => Err(ApiError::invalid(&called, format!("Invalid object: {called}"))),
        }
    }

    pub fn required_group(&mut self, name: &str) -> Result<Params, ApiError> {
        let called = self.full_name(name);
        self.group(name)?.ok_or_else(|| ApiError::missing(&called))
    }

    /// Takes a list of groups, in the order of their indices.
    pub fn groups(&mut self, name: &str) -> Result<Vec<Params>, ApiError> {
        self.list(name)?
            .into_iter()
            .map(|(called, node)| match node {
                Node::Branch(branch) => Ok(Params { name: called, branch }),
                Node::Text(_) => Err(ApiError::invalid(&called, format!("Invalid object: {called}"))),
            })
            .collect()
    }

    /// Takes a list of texts: `expand[]=a&expand[]=b` or `expand[0]=a`.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        self.list(name)?
            .into_iter()
            .map(|(called, node)| match node {
                Node::Text(text) => Ok(text),
                Node::Branch(_) => Err(ApiError::invalid(&called, format!("Invalid string: {called}"))),
            })
            .collect()
    }

    fn list(&mut self, name: &str) -> Result<Vec<(String, Node)>, ApiError> {
        let called = self.full_name(name);
        let invalid = || ApiError::invalid(&called, format!("Invalid array: {called}"));
        let branch = match self.branch.remove(name) {
            None => return Ok(Vec::new()),
            Some(Node::Branch(branch)) => branch,
            Some(Node::Text(_)) => return Err(invalid()),
        };
        let mut items = Vec::with_capacity(branch.len());
        for (index, node) in branch {
            let place: usize = index.parse().map_err(|_| invalid())?;
            items.push((place, (format!("{called}[{index}]"), node)));
        }
        items.sort_by_key(|(place, _)| *place);
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    /// Takes free key-value pairs (`metadata[..]`).
    pub fn pairs(&mut self, name: &str) -> Result<Vec<(String, String)>, ApiError> {
        let Some(group) = self.group(name)? else { return Ok(Vec::new()) };
        let mut pairs = Vec::with_capacity(group.branch.len());
        for (key, node) in group.branch {
            match node {
                Node::Text(text) => pairs.push((key, text)),
                Node::Branch(_) => {
                    let called = format!("{}[{key}]", group.name);
                    return Err(ApiError::invalid(&called, format!("Invalid string: {called}")));
                }
            }
        }
        Ok(pairs)
    }

    /// Refuses the first parameter that nobody took.
    pub fn finish(self) -> Result<(), ApiError> {
        match self.branch.keys().next() {
            Some(name) => Err(ApiError::unknown(&self.full_name(name))),
            None => Ok(()),
        }
    }
}

/// `a[b][]` as `["a", "b", ""]`.
fn path(key: &str) -> Result<Vec<&str>, ApiError> {
    let (head, rest) = key.split_at(key.find('[').unwrap_or(key.len()));
    let mut path = vec![head];
    if !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        path.extend(inner.ok_or_else(|| ApiError::unknown(key))?.split("]["));
    }
    if head.is_empty() || path.len() > MAX_DEPTH {
        return Err(ApiError::unknown(key));
    }
    Ok(path)
}

fn insert(branch: &mut Branch, path: &[&str], value: String, key: &str) -> Result<(), ApiError> {
    let clash = || ApiError::invalid(key, format!("Invalid parameter: {key} is given twice"));
    let (step, rest) = path.split_first().ok_or_else(clash)?;
    // An empty step appends to a list.
    let step = if step.is_empty() { branch.len().to_string() } else { (*step).to_owned() };
    if rest.is_empty() {
        return match branch.insert(step, Node::Text(value)) {
            None => Ok(()),
            Some(_) => Err(clash()),
        };
    }
    match branch.entry(step).or_insert_with(|| Node::Branch(Branch::new())) {
        Node::Branch(inner) => insert(inner, rest, value, key),
        Node::Text(_) => Err(clash()),
    }
}

#[cfg(test)]
mod tests {
    use super::Params;

    #[test]
    fn brackets_are_read_raw_and_encoded() {
        let mut params = Params::parse(b"a[0][b]=1&a%5B10%5D%5Bb%5D=3&a[2][b]=2&expand[]=x&expand[]=y").unwrap();
        let numbers: Vec<_> =
            params.groups("a").unwrap().iter_mut().map(|a| a.integer("b").unwrap().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(params.texts("expand").unwrap(), ["x", "y"]);
        params.finish().unwrap();
    }

    #[test]
    fn what_nobody_took_is_refused_by_its_full_name() {
        let mut params = Params::parse(b"a[b]=1&a[c]=2").unwrap();
        let mut a = params.group("a").unwrap().unwrap();
        a.text("b").unwrap();
        assert!(a.finish().unwrap_err().to_string().contains("unknown parameter: a[c]"));
    }

    #[test]
    fn nonsense_is_refused_and_never_panics() {
        for bad in [
            "a[=1",
            "a]=1",
            "[a]=1",
            "a[b]c=1",
            "=1",
            "a=1&a[b]=2",
            "a=1&a=2",
            "a=%00",
            "a=%ff",
            "a[b][c][d][e][f][g]=1",
        ] {
            let read = Params::parse(bad.as_bytes()).and_then(Params::finish);
            assert!(read.is_err(), "{bad}");
        }
    }
}
