//! What tabs send each other. The text stays as it is: during a deployment, tabs of two versions are open.

use crate::record::Record;
use serde::{Deserialize, Serialize};

/// A message from one tab to all others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TabMessage {
    /// Its session has these tokens now.
    Tokens(Box<Record>),
    /// It is about to refresh with these, and asks for later ones.
    Asks(Box<Record>),
    /// The server has asked this session to wait so many seconds.
    #[serde(rename = "patience")]
    RetryAfter { session: String, after_s: u32 },
    /// This session is over; without a reason, because its user has logged out.
    Ended { session: String, reason: Option<String> },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{claims::tests::token, record::tests::record};
    use latchkey_wire::json;

    #[test]
    fn message_with_tokens_is_read_back() {
        let tokens = record(&token("s1", 2), "lkr_2");
        let sent = serde_json::to_string(&TabMessage::Tokens(Box::new(tokens.clone()))).expect("serialises");
        assert!(matches!(json::read(sent.as_bytes()), Ok(TabMessage::Tokens(received)) if *received == tokens));
    }

    #[test]
    fn malformed_message_is_ignored() {
        for noise in ["", "null", "{}", r#"{"tokens":{}}"#, r#"{"ended":{"session":1}}"#, r#"{"other":[]}"#] {
            assert!(json::read::<TabMessage>(noise.as_bytes()).is_err(), "{noise}");
        }
    }
}
