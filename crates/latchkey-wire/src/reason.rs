//! The reasons of errors: why a session has ended, or what is wrong with a token.

/// Why a session has ended, or why a refresh token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The token is not from this server, or its session has been deleted from the database.
    Unknown,
    /// The idle or the absolute lifetime of the session has passed.
    Expired,
    /// The user logged out on that device.
    LoggedOut,
    /// The user revoked the session from another one.
    Revoked,
    /// An administrator revoked the session.
    RevokedByAdmin,
    /// The password was changed from another session, or from this one after the token was issued.
    PasswordChanged,
    /// The response to a password change was lost, and the server rejects the old tokens. Only used in the browser.
    PasswordMayBeChanged,
    /// The account was deleted in this browser. Other devices get [`Unknown`](Self::Unknown).
    AccountDeleted,
    /// A newer sign-in revoked the session, because the number of sessions is limited.
    Displaced,
    /// An old refresh token was presented again, so an attacker may have a copy.
    Replayed,
    /// The database was restored from a backup, which may have an older state of the session.
    Restored,
    /// A reason that this version does not know.
    Other,
}

impl EndReason {
    const NAMES: [(Self, &'static str); 11] = [
        (Self::Unknown, "unknown"),
        (Self::Expired, "expired"),
        (Self::LoggedOut, "logged_out"),
        (Self::Revoked, "revoked"),
        (Self::RevokedByAdmin, "revoked_by_admin"),
        (Self::PasswordChanged, "password_changed"),
        (Self::AccountDeleted, "account_deleted"),
        (Self::Displaced, "displaced"),
        (Self::Replayed, "replayed"),
        (Self::Restored, "restored"),
        (Self::Other, "other"),
    ];

    /// Its name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(reason, _)| *reason == self).map_or("other", |(_, name)| name)
    }

    /// The reason with this name; [`Other`](Self::Other) for an unknown name.
    pub fn from_text(text: &str) -> Self {
        Self::NAMES.iter().find(|(_, name)| *name == text).map_or(Self::Other, |(reason, _)| *reason)
    }
}

/// What is wrong with a Bearer token (RFC 6750 §3.1). The server reports faults other than [`Missing`](Self::Missing)
/// and [`Invalid`](Self::Invalid) only after it has verified the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The request has no `Authorization: Bearer`.
    Missing,
    /// The token is malformed, not valid yet, or not from this server.
    Invalid,
    /// The token has expired; the client can refresh it if its session is live.
    Expired,
    /// The session that the token belongs to has ended.
    SessionEnded,
    /// The token is from before a password change in its session.
    PasswordChanged,
}

impl TokenError {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
        }
    }

    /// The fault with this name; [`Invalid`](Self::Invalid) for an unknown name.
    pub fn from_text(text: &str) -> Self {
        match text {
            "missing" => Self::Missing,
            "expired" => Self::Expired,
            "session_ended" => Self::SessionEnded,
            "password_changed" => Self::PasswordChanged,
            _ => Self::Invalid,
        }
    }
}
