//! The messages between tabs. Their format must not change, because tabs of two versions are open during a deployment.

use crate::record::Record;
use latchkey_wire::json;
use serde::{Deserialize, Serialize};

/// A message from one tab to all others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TabMessage {
    /// The session of the sender has these tokens now.
    Tokens(Box<Record>),
    /// The sender is about to refresh with these tokens, and asks for later ones.
    Asks(Box<Record>),
    /// The server has asked this session to wait for `after_s` seconds.
    #[serde(rename = "patience")]
    RetryAfter { session: String, after_s: u32 },
    /// This session has ended. Without a reason, its user has logged out.
    Ended { session: String, reason: Option<String> },
}

// All functions that read or write JSON here are inlined into the crate of the environment. So the parser is compiled
// once there, and its error messages, which format all kinds of numbers, are not part of the download.
impl TabMessage {
    /// Parses a text; `None` if it is not a message.
    #[inline]
    pub fn parse(text: &str) -> Option<Self> {
        json::read(text.as_bytes()).ok()
    }

    /// The text that is sent.
    #[inline]
    pub fn text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{claims::tests::token, record::tests::record};

    #[test]
    fn message_with_tokens_is_read_back() {
        let tokens = record(&token("s1", 2), "lkr_2");
        let sent = TabMessage::Tokens(Box::new(tokens.clone())).text().expect("serialises");
        assert!(matches!(TabMessage::parse(&sent), Some(TabMessage::Tokens(received)) if *received == tokens));
    }

    #[test]
    fn message_format_is_that_of_other_versions() {
        let written = |message: &TabMessage| message.text().expect("serialises");
        let session = "s1".to_owned();
        let retry_after = TabMessage::RetryAfter { session: session.clone(), after_s: 5 };
        assert_eq!(written(&retry_after), r#"{"patience":{"session":"s1","after_s":5}}"#);
        let ended = TabMessage::Ended { session, reason: None };
        assert_eq!(written(&ended), r#"{"ended":{"session":"s1","reason":null}}"#);
        let tokens = Box::new(record("a.b.c", "lkr_1"));
        let text = serde_json::to_string(&*tokens).expect("serialises");
        assert_eq!(written(&TabMessage::Asks(tokens.clone())), format!(r#"{{"asks":{text}}}"#));
        assert_eq!(written(&TabMessage::Tokens(tokens)), format!(r#"{{"tokens":{text}}}"#));
    }

    #[test]
    fn malformed_message_is_ignored() {
        for noise in ["", "null", "{}", r#"{"tokens":{}}"#, r#"{"ended":{"session":1}}"#, r#"{"other":[]}"#] {
            assert!(TabMessage::parse(noise).is_none(), "{noise}");
        }
    }
}
