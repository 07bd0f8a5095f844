//! The kinds of events in the security log.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident = $word:literal,)*) => {
        /// The kind of an event. In JSON and in the database it is a word.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(into = "String", from = "String")]
        pub enum EventKind {
            $($(#[$about])* $kind,)*
            /// A kind of another version, which this version does not know.
            Unknown(String),
        }

        impl EventKind {
            #[cfg(test)]
            const WORDS: &[&str] = &[$($word),*];

            /// Its name in JSON and in the database.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$kind => $word,)*
                    Self::Unknown(word) => word,
                }
            }
        }

        impl From<String> for EventKind {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$kind,)*
                    _ => Self::Unknown(word),
                }
            }
        }
    };
}

kinds! {
    /// The account was created, by a registration or by `latchkey user add`.
    AccountCreated = "account_created",
    /// The user signed in, by a registration or a login.
    SignedIn = "signed_in",
    /// A sign-in failed: the password was wrong, or the account is disabled.
    SignInFailed = "sign_in_failed",
    /// The user logged out.
    SignedOut = "signed_out",
    /// A session was revoked; the event has the reason.
    SessionRevoked = "session_revoked",
    /// An old refresh token was presented again, so its session was revoked.
    ReplayDetected = "replay_detected",
    /// The previous refresh token was presented from elsewhere although its successor is in use, and was rejected.
    TokenPresentedElsewhere = "token_presented_elsewhere",
    /// The previous refresh token was presented from elsewhere while its successor was not in use, and the server
    /// issued the same successor again.
    TokenRetriedElsewhere = "token_retried_elsewhere",
    /// The user changed the password.
    PasswordChanged = "password_changed",
    /// An administrator set the password with `latchkey user password`.
    PasswordSetByAdmin = "password_set_by_admin",
    /// An administrator set the roles with `latchkey user roles`.
    RolesSetByAdmin = "roles_set_by_admin",
    /// An administrator disabled the account with `latchkey user disable`.
    DisabledByAdmin = "disabled_by_admin",
    /// An administrator enabled the account with `latchkey user enable`.
    EnabledByAdmin = "enabled_by_admin",
}

impl From<EventKind> for String {
    fn from(kind: EventKind) -> Self {
        kind.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_event_kind_is_written_as_it_was_read() {
        for word in EventKind::WORDS {
            let text = format!("\"{word}\"");
            let kind: EventKind = serde_json::from_str(&text).expect("is a text");
            assert!(!matches!(kind, EventKind::Unknown(_)), "{word}");
            assert_eq!(serde_json::to_string(&kind).expect("serialises"), text);
        }
    }

    #[test]
    fn unknown_event_kind_is_kept() {
        let text = r#""passkey_added""#;
        let kind: EventKind = serde_json::from_str(text).expect("is a text");
        assert_eq!(kind, EventKind::Unknown("passkey_added".to_owned()));
        assert_eq!(serde_json::to_string(&kind).expect("serialises"), text);
    }
}
