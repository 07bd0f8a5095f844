//! Who may ask what a token is worth (RFC 7662 §2.1).

use crate::api::Secret;
use std::str::FromStr;

/// With fewer characters a secret can be guessed.
const SHORTEST: usize = 16;

/// The one client of the introspection endpoint; as text `id:secret`. `Debug` does not show the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionClient {
    pub id: String,
    pub secret: Secret,
}

impl FromStr for IntrospectionClient {
    type Err = String;

    /// The complaints do not quote the text: it is a secret, or meant as one.
    fn from_str(text: &str) -> Result<Self, String> {
        let (id, secret) = text.split_once(':').ok_or("has no colon: write ID:SECRET")?;
        let printable = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
        if id.is_empty() || !printable(id) || !printable(secret) {
            return Err("must be ID:SECRET, both of ASCII letters, digits and punctuation".to_owned());
        }
        if secret.len() < SHORTEST {
            return Err(format!("has too short a secret: use {SHORTEST} random characters or more"));
        }
        Ok(Self { id: id.to_owned(), secret: Secret::from(secret.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_a_long_secret_that_is_never_shown() {
        let client: IntrospectionClient = "gateway:0123456789:abcdef".parse().unwrap();
        assert_eq!((client.id.as_str(), client.secret.expose()), ("gateway", "0123456789:abcdef"));
        assert!(!format!("{client:?}").contains("0123456789"));
        for bad in [
            "",
            "hunter2hunter2hunter2",
            ":hunter2hunter2hunter2",
            "gateway:hunter2",
            "gateway:hunter2 hunter2 hunter2",
        ] {
            let complaint = bad.parse::<IntrospectionClient>().unwrap_err();
            assert!(!complaint.contains("hunter2"), "{complaint}");
        }
    }
}
