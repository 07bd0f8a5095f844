//! Text that must not be printed.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::fmt;

/// A password or a token on its way over the wire: it serialises as the plain text, and its `Debug` shows nothing, so
/// that no log line, panic message or derived `Debug` of a surrounding type can reveal it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(format = Password))]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself. Review every call of this function.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// For `deserialize_with`: checks that a text has the form of an access token, three parts that fit into a header
/// (RFC 7519 §3.1).
///
/// # Errors
/// For any other text. The client could not send it as a header, and would notice that only at the next request.
pub fn access_token<'de, D: Deserializer<'de>>(input: D) -> Result<Secret, D::Error> {
    checked(input, |text| text.split('.').count() == 3 && text.split('.').all(|part| !part.is_empty()))
}

/// For `deserialize_with`: checks that a text has the form of a refresh token.
///
/// # Errors
/// For any other text.
pub fn refresh_token<'de, D: Deserializer<'de>>(input: D) -> Result<Secret, D::Error> {
    checked(input, |text| text.strip_prefix("lkr_").is_some_and(|rest| !rest.is_empty()))
}

fn checked<'de, D: Deserializer<'de>>(input: D, looks_right: fn(&str) -> bool) -> Result<Secret, D::Error> {
    let text = String::deserialize(input)?;
    let of_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.bytes().all(of_base64url) && looks_right(&text) {
        Ok(Secret(text))
    } else {
        Err(D::Error::custom("not a token"))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Pair {
        #[serde(deserialize_with = "access_token")]
        access: Secret,
        #[serde(deserialize_with = "refresh_token")]
        refresh: Secret,
    }

    fn pair(access: &str, refresh: &str) -> Result<Pair, serde_json::Error> {
        serde_json::from_value(serde_json::json!({ "access": access, "refresh": refresh }))
    }

    #[test]
    fn text_that_fits_no_header_is_not_a_token() {
        let good = pair("a-1.b_2.c", "lkr_x-Y_9").expect("tokens");
        assert_eq!((good.access.expose(), good.refresh.expose()), ("a-1.b_2.c", "lkr_x-Y_9"));
        for bad in ["", " ", "***", "a.b", "a..c", "a.b.c.d", "a.b.c ", "a.b\r\nX: y.c", "ä.b.c", "a.\u{0}.c"] {
            assert!(pair(bad, "lkr_x").is_err(), "{bad:?}");
        }
        for bad in ["", "lkr_", "x", "***", "lkr_a b", "lkr_ä", "lkr_a\n"] {
            assert!(pair("a.b.c", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn debug_reveals_nothing() {
        assert_eq!(format!("{:?}", Secret::from("hunter2".to_owned())), "Secret(…)");
    }
}
