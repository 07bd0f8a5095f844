//! The kinds of lines in the security log.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident = $word:literal,)*) => {
        /// What happened to an account. On the wire and in the database it is a word.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(into = "String", from = "String")]
        pub enum EventKind {
            $($(#[$about])* $kind,)*
            /// A kind that this version does not know, from another version.
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
    /// By a registration, or by `latchkey user add`.
    AccountCreated = "account_created",
    /// By a registration or a login.
    SignedIn = "signed_in",
    /// A wrong password, or the right one for a disabled account.
    SignInFailed = "sign_in_failed",
    /// The user logged out.
    SignedOut = "signed_out",
    /// A session was ended; the line has the reason.
    SessionRevoked = "session_revoked",
    /// An old refresh token was presented again, which ended its session.
    ReplayDetected = "replay_detected",
    /// The parent of a head that was seen has been presented from elsewhere and refused.
    TokenPresentedElsewhere = "token_presented_elsewhere",
    /// The parent of a head that was not seen has been presented from elsewhere and got the head again.
    TokenRetriedElsewhere = "token_retried_elsewhere",
    /// By the user.
    PasswordChanged = "password_changed",
    /// By `latchkey user password`.
    PasswordSetByAdmin = "password_set_by_admin",
    /// By `latchkey user roles`.
    RolesSetByAdmin = "roles_set_by_admin",
    /// By `latchkey user disable`.
    DisabledByAdmin = "disabled_by_admin",
    /// By `latchkey user enable`.
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
