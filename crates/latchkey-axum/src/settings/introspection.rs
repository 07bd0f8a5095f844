//! The client that may use the introspection endpoint (RFC 7662 §2.1).

use latchkey_wire::ClientSecret;
use std::str::FromStr;

/// The shortest secret, in characters. A shorter one can be guessed.
const MIN_SECRET_LENGTH: usize = 16;
/// The longest ID and secret together, in characters, so that they fit into an `Authorization` header.
const MAX_LENGTH: usize = 1024;
/// The lowest number of distinct characters in a secret. A secret with fewer is not random: 16 random hexadecimal
/// digits have about ten.
const MIN_DISTINCT_CHARACTERS: usize = 5;

/// The one client of the introspection endpoint; as text `id:secret`. `Debug` does not show the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionClient {
    /// The name by which the client authenticates itself (HTTP Basic, or `client_id`).
    pub id: String,
    /// The secret, of 16 to 1024 printable ASCII characters.
    pub secret: ClientSecret,
}

impl FromStr for IntrospectionClient {
    type Err = String;

    /// The errors do not quote the text, because it contains the secret.
    fn from_str(text: &str) -> Result<Self, String> {
        let (id, secret) = text.split_once(':').ok_or("has no colon: write ID:SECRET")?;
        let printable = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
        if id.is_empty() || !printable(id) || !printable(secret) {
            return Err("must be ID:SECRET, both of ASCII letters, digits and punctuation".to_owned());
        }
        if secret.len() < MIN_SECRET_LENGTH {
            return Err(format!("has too short a secret: use {MIN_SECRET_LENGTH} random characters or more"));
        }
        if text.len() > MAX_LENGTH {
            return Err(format!("is too long: use at most {MAX_LENGTH} characters"));
        }
        if repeats_itself(secret.as_bytes()) {
            let hint = "use random characters, as `openssl rand -hex 16` makes them";
            return Err(format!("has a secret that repeats itself: {hint}"));
        }
        Ok(Self { id: id.to_owned(), secret: ClientSecret::from(secret.to_owned()) })
    }
}

/// Whether a secret has few distinct characters, is mostly one character, or repeats a shorter string.
fn repeats_itself(secret: &[u8]) -> bool {
    let mut sorted = secret.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b);
    let (different, most) = runs.fold((0, 0), |(different, most), run| (different + 1, run.len().max(most)));
    let is_period = |length: usize| secret.chunks(length).all(|chunk| secret.starts_with(chunk));
    different < MIN_DISTINCT_CHARACTERS || most > secret.len() / 2 || (1..=secret.len() / 2).any(is_period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introspection_client_parses_and_hides_its_secret() {
        let client: IntrospectionClient = "gateway:0123456789:abcdef".parse().unwrap();
        assert_eq!((client.id.as_str(), client.secret.expose()), ("gateway", "0123456789:abcdef"));
        assert!(!format!("{client:?}").contains("0123456789"));
        for bad in
            ["", "hunter2-and-hunter3", ":hunter2-and-hunter3", "gateway:hunter2", "gateway:hunter2 hunter2 hunter2"]
        {
            let complaint = bad.parse::<IntrospectionClient>().unwrap_err();
            assert!(!complaint.contains("hunter2"), "{complaint}");
        }
    }

    #[test]
    fn repetitive_introspection_secret_is_refused() {
        let repeated = ["a".repeat(16), "a".repeat(64), "ab".repeat(8), "1234".repeat(4), "abcde".repeat(4)];
        let mostly_one =
            ["aaaaaaaaaaaaaaab".to_owned(), format!("{}bcde", "A".repeat(20)), "changemechangemech".to_owned()];
        for monotonous in repeated.into_iter().chain(mostly_one) {
            let complaint = format!("gateway:{monotonous}").parse::<IntrospectionClient>().unwrap_err();
            assert!(complaint.contains("repeats itself") && !complaint.contains(&monotonous), "{complaint}");
        }
        for random in ["0123456789abcdef", "9f86d081884c7d65", "1415926535897932", "correct-horse-battery"] {
            assert!(format!("gateway:{random}").parse::<IntrospectionClient>().is_ok(), "{random}");
        }
        assert!(format!("gateway:{}", "0123456789".repeat(200)).parse::<IntrospectionClient>().is_err());
    }
}
