//! The token record that the client stores for a signed-in tab, one JSON value under one key.

use latchkey_wire::{AccessToken, RefreshToken, Tokens, User, json, secret};
use serde::{Deserialize, Serialize};

/// The tokens of a signed-in tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The access token.
    #[serde(serialize_with = "secret::serialize", deserialize_with = "secret::access_token")]
    pub token: AccessToken,
    /// The refresh token that came with it.
    #[serde(serialize_with = "secret::serialize", deserialize_with = "secret::refresh_token")]
    pub refresh_token: RefreshToken,
    /// The lifetime of the access token when it was received, in seconds.
    pub expires_in: u64,
    /// The time of receipt by the device's wall clock, in Unix milliseconds.
    pub received_at: i64,
    /// Whether the client requested these tokens because the server had rejected the previous ones.
    #[serde(default)]
    pub after_refusal: bool,
    /// The user as of the last sign-in or refresh.
    pub user: User,
}

impl Record {
    /// Makes a record of the tokens that the server has just issued, at this time of the device's wall clock.
    pub fn received(tokens: Tokens, wall_ms: i64) -> Self {
        Self {
            after_refusal: false,
            token: tokens.token,
            refresh_token: tokens.refresh_token,
            expires_in: tokens.expires_in,
            received_at: wall_ms,
            user: tokens.user,
        }
    }

    /// The lifetime of the access token in milliseconds.
    pub fn life_ms(&self) -> i64 {
        i64::try_from(self.expires_in).unwrap_or(i64::MAX).saturating_mul(1_000)
    }
}

/// Where a record is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the memory of this page, because the browser did not store it.
    Memory,
    /// In the session storage: for this tab, also after reloads.
    Session,
    /// In the local storage: for this browser, until logout.
    Local,
}

/// The content of a place.
#[derive(Clone)]
pub(crate) enum Entry {
    Record(Box<Record>),
    /// In the session storage or in memory: this tab's own session has ended. The record in the local storage is
    /// another sign-in, perhaps another user's, and this tab must not use it without a new sign-in.
    Left,
}

/// The longest text that is parsed, in bytes. A record with the largest tokens that the server accepts takes half of
/// this. The record is read often, so a text of megabytes would block the page.
const MAX_LENGTH: usize = 16 * 1024;

/// The stored text of [`Entry::Left`].
const LEFT: &str = r#"{"left":true}"#;

impl Entry {
    /// Parses a stored text; `None` if it is not an entry.
    #[inline]
    pub fn parse(text: &str) -> Option<Self> {
        if text == LEFT {
            return Some(Self::Left);
        }
        if text.len() > MAX_LENGTH {
            return None;
        }
        json::read::<Record>(text.as_bytes()).ok().map(Self::from)
    }

    /// The text that is stored.
    #[inline]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Record(record) => serde_json::to_string(record).ok(),
            Self::Left => Some(LEFT.to_owned()),
        }
    }
}

impl From<Record> for Entry {
    fn from(record: Record) -> Self {
        Self::Record(Box::new(record))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A record with these two tokens.
    pub fn record(token: &str, refresh_token: &str) -> Record {
        serde_json::from_value(sample(token, refresh_token)).expect("a sound record")
    }

    fn sample(token: &str, refresh_token: &str) -> Value {
        json!({
            "token": token, "refreshToken": refresh_token, "expiresIn": 300, "receivedAt": 1_700_000_000_000_i64,
            "user": { "id": "1", "username": "alice", "displayName": "Alice", "roles": ["Manager"] }
        })
    }

    #[test]
    fn record_written_as_json_is_read_back_unchanged() {
        let record = record("a.b.c", "lkr_1");
        let text = Entry::from(record.clone()).text().expect("serialises");
        assert!(matches!(Entry::parse(&text), Some(Entry::Record(parsed)) if *parsed == record));
        let left = Entry::Left.text().expect("a constant");
        assert!(matches!(Entry::parse(&left), Some(Entry::Left)));
    }

    #[test]
    fn record_format_is_that_of_other_versions() {
        let text = Entry::from(record("a.b.c", "lkr_1")).text().expect("serialises");
        let (tokens, user) = text.split_once(r#","user":"#).expect("a user");
        let expected = concat!(
            r#"{"token":"a.b.c","refreshToken":"lkr_1","expiresIn":300,"#,
            r#""receivedAt":1700000000000,"afterRefusal":false"#
        );
        assert_eq!(tokens, expected);
        assert_eq!(user, r#"{"id":"1","username":"alice","displayName":"Alice","roles":["Manager"]}}"#);
    }

    #[test]
    fn record_with_fields_survives_the_way_through_json() {
        let mut record = record("a.b.c", "lkr_1");
        record.user.fields = [("company", "A \"B\" 🏢".to_owned())].into_iter().collect();
        let text = Entry::from(record.clone()).text().expect("serialises");
        assert!(matches!(Entry::parse(&text), Some(Entry::Record(parsed)) if *parsed == record));
    }

    #[test]
    fn record_of_an_older_version_has_no_fields() {
        let older = r#"{"token":"a.b.c","refreshToken":"lkr_1","expiresIn":300,"receivedAt":1700000000000,
            "user":{"id":"1","username":"alice","displayName":"Alice","roles":["Manager"]}}"#;
        let Some(Entry::Record(parsed)) = Entry::parse(older) else { panic!("it is read") };
        assert_eq!(*parsed, record("a.b.c", "lkr_1"));
        assert!(parsed.user.fields.is_empty());
    }

    #[test]
    fn older_version_reads_a_record_with_fields() {
        /// What versions without fields read.
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OlderUser {
            username: String,
            display_name: String,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OlderRecord {
            user: OlderUser,
            expires_in: u64,
        }
        let mut newer = sample("a.b.c", "lkr_1");
        newer["user"]["fields"] = json!({ "company": "A \"B\" 🏢", "city": "Oslo" });
        let user = OlderUser { username: "alice".to_owned(), display_name: "Alice".to_owned() };
        assert_eq!(latchkey_wire::json::read(newer.to_string().as_bytes()), Ok(OlderRecord { user, expires_in: 300 }));
    }

    #[test]
    fn corrupt_or_foreign_content_is_not_a_record() {
        for content in ["", "null", "[]", "{}", "\"text\"", "{\"token\":\"x\"}", "{\"token\":"] {
            assert!(Entry::parse(content).is_none(), "{content}");
        }
    }

    #[test]
    fn oversized_record_is_not_parsed() {
        let long = |length| {
            let padding = "x".repeat(length);
            sample("a.b.c", "lkr_1").to_string().replace("Alice", &padding)
        };
        assert!(Entry::parse(&long(MAX_LENGTH / 2)).is_some());
        assert!(Entry::parse(&long(MAX_LENGTH)).is_none());
        assert!(Entry::parse(&long(4 * 1024 * 1024)).is_none());
    }

    #[test]
    fn record_with_huge_lifetime_does_not_overflow() {
        let forever = Record { expires_in: u64::MAX, ..record("a.b.c", "lkr_1") };
        assert_eq!(forever.life_ms(), i64::MAX);
    }
}
