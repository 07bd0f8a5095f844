//! The JSON parser of the browser, for responses of the server, stored records and messages between tabs.
//!
//! It is not `serde_json`, because that needs the formatting of floating-point numbers for its error messages, and
//! generates more code for each type: together a tenth of the first download.

use serde::de::DeserializeOwned;
use std::fmt;

/// The deepest nesting of arrays and objects, as in `serde_json`.
const MAX_DEPTH: usize = 128;

/// Bytes that are not JSON, or not JSON of the expected type. It has no details, because no page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Parses JSON text (RFC 8259).
///
/// # Errors
/// [`Unreadable`] also for characters outside the Basic Multilingual Plane that are escaped as surrogate pairs (§7).
/// `serde_json`, which the server and the pages write with, does not escape them.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    if is_nested_too_deeply(text) {
        return Err(Unreadable);
    }
    // No string is longer than the whole text.
    let mut unescaped = vec![0; text.len()];
    serde_json_core::from_slice_escaped(text, &mut unescaped).map(|(value, _)| value).map_err(|_| Unreadable)
}

/// Whether a recursive parser could run out of stack.
fn is_nested_too_deeply(text: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    text.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the expected JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sample {
        name: String,
        count: Option<u64>,
    }

    fn name(text: &str) -> Result<String, Unreadable> {
        read::<Sample>(text.as_bytes()).map(|sample| sample.name)
    }

    #[test]
    fn json_written_by_serde_json_is_read() {
        for odd in [
            "",
            "plain",
            "a \"quote\" and a \\",
            "\u{0}\u{1f}\n\t\u{7f}",
            "ἀλφάβητο 👋🏽",
            "]}[{",
            "\\\"",
            "\u{2028}</script>",
        ] {
            let written =
                serde_json::to_vec(&serde_json::json!({ "name": odd, "count": u64::MAX })).expect("serialises");
            assert_eq!(read(&written), Ok(Sample { name: odd.to_owned(), count: Some(u64::MAX) }), "{odd:?}");
        }
    }

    #[test]
    fn spaces_unknown_fields_and_null_are_ignored() {
        let unknown = r#""later": [1.5e3, {"a": [true, null]}, "]"], "x": -0.1"#;
        let text = format!(" {{\n{unknown}, \"name\" :\t\"\\u0041\\/\", \"count\": null }}\r\n");
        assert_eq!(read(text.as_bytes()), Ok(Sample { name: "A/".to_owned(), count: None }));
    }

    #[test]
    fn unexpected_json_is_unreadable() {
        for bad in [
            "",
            " ",
            "null",
            "[]",
            "{}",
            "{",
            r#"{"name":"a"}}"#,
            r#"{"name":"a",}"#,
            r#"{"name":1}"#,
            r#"{"name":null}"#,
            r#"{"name":"a","count":1.5}"#,
            r#"{"name":"a","count":-1}"#,
            r#"{"name":"a","count":18446744073709551616}"#,
            r#"{"name":"a","count":"1"}"#,
            r#"{"name":"\ud800"}"#,
            r#"{"name":"\x"}"#,
            r#"{"name":"a"#,
            r#"<!doctype html>"#,
        ] {
            assert_eq!(name(bad), Err(Unreadable), "{bad}");
        }
        assert_eq!(read::<Sample>(b"{\"name\":\"\xff\"}"), Err(Unreadable));
    }

    #[test]
    fn deeply_nested_json_is_unreadable() {
        let nested = |depth: usize| format!(r#"{{"name":"a","later":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(name(&nested(MAX_DEPTH - 1)), Ok("a".to_owned()));
        assert_eq!(name(&nested(MAX_DEPTH)), Err(Unreadable));
        assert_eq!(name(&nested(1_000_000)), Err(Unreadable));
        let in_a_string = format!(r#"{{"name":"\"{}"}}"#, "[".repeat(1_000));
        assert_eq!(name(&in_a_string).map(|name| name.len()), Ok(1_001));
    }
}
