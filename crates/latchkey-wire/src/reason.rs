//! Why a request was refused or a session is over: the reasons that go with an error's code.

/// Why a session is over, or why a refresh token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Not a token of ours, as far as anyone is told.
    Unknown,
    /// Its idle or absolute lifetime has passed.
    Expired,
    /// The user logged out on that device.
    LoggedOut,
    /// Ended by the user from another session.
    Revoked,
    /// Ended by an administrator.
    RevokedByAdmin,
    /// The password was changed: from another session, or from this one after the token was made.
    PasswordChanged,
    /// The answer to a password change did not arrive, and the old tokens are refused; in this browser only.
    PasswordMayBeChanged,
    /// The account was deleted, in this browser; others find their tokens unknown.
    AccountDeleted,
    /// A newer sign-in took its place: an account has a set number of sessions.
    Displaced,
    /// An old refresh token was presented again: someone may have a copy.
    Replayed,
    /// The database was restored from a backup, in which the session may be other than it was at its end.
    Restored,
    /// A reason that this version has no word for.
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

    /// The word for it on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(reason, _)| *reason == self).map_or("other", |(_, name)| name)
    }

    /// The reason that a word stands for; [`Other`](Self::Other) for a word that this version does not know.
    pub fn from_text(text: &str) -> Self {
        Self::NAMES.iter().find(|(_, name)| *name == text).map_or(Self::Other, |(reason, _)| *reason)
    }
}

/// What is wrong with a Bearer token (RFC 6750 §3.1). Anything but [`Missing`](Self::Missing) and
/// [`Invalid`](Self::Invalid) is said only after the signature has verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    Missing,
    Invalid,
    Expired,
    /// The session that the token belongs to has ended.
    SessionEnded,
    /// The token is from before a password change in its session.
    PasswordChanged,
}

impl TokenFault {
    /// The word for it on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
        }
    }

    /// The fault that a word stands for.
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
