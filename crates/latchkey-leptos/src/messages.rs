//! The messages of forms, the guard and failed calls for users, in one place for translation. They are short and say
//! what to do next.
//!
//! Messages about the fields of a form come from the server. [`ApiError::detail`] has the texts for developers of
//! clients.

use latchkey_wire::{ApiError, EndReason, TokenError};

/// Below a password field.
pub const CAPS_LOCK: &str = "Caps Lock is on.";
/// In place of guarded content, until it is known whether a user is signed in.
pub const CHECKING_SESSION: &str = "Checking your session…";
/// In place of guarded content, in a browser that does not run the program.
pub const NEEDS_PROGRAM: &str =
    "This page needs JavaScript and WebAssembly. Turn them on for this site and reload the page.";
/// In place of guarded content, for a user without one of its roles.
pub const NOT_ALLOWED: &str = "You don't have access to this page. Ask an administrator for access, then log in again.";
/// Above a form, if the answer has no other message for it.
pub const NOT_ACCEPTED: &str = "The server did not accept this.";
/// After the answer to a change of the password was lost: it may have succeeded.
pub const PASSWORD_MAY_BE_CHANGED: &str = "Your password may have been changed. Sign in with the new one.";
/// The server does not accept the address of the page as its own.
pub const WRONG_ADDRESS: &str = "This site is not set up for the address in your address bar, so the server refused \
                                 this. Use the site's usual address. If this is the usual address, tell the operator to set \
                                 LATCHKEY_PUBLIC_URL to it, and to let the proxy pass on the Host header.";

/// What went wrong, with the request ID for the operator, if there is one.
pub fn error_text(error: &ApiError) -> String {
    let text = match error {
        // The page has sent a token, so it was removed on the way.
        ApiError::InvalidToken(TokenError::Missing) | ApiError::UnsupportedMediaType => {
            "The request was changed on its way to the server, perhaps by a proxy. Try again; if it stays like this, tell \
             the operator to let the proxy pass on all headers."
        }
        ApiError::InvalidToken(_) => "Your session could not be confirmed. Try again.",
        ApiError::InvalidGrant(reason) => end_reason_text(*reason),
        ApiError::InvalidRequest | ApiError::ValidationFailed(_) | ApiError::PayloadTooLarge => {
            "The server did not accept this. Check what you have typed and try again."
        }
        // Without a number, because the code that formats one would enlarge the browser's download.
        ApiError::TooManyRequests { retry_after: ..=60 } => "Too many tries. Try again in a minute.",
        ApiError::TooManyRequests { retry_after: ..=300 } => "Too many tries. Try again in five minutes.",
        ApiError::TooManyRequests { .. } => "Too many tries. Try again in a quarter of an hour.",
        ApiError::CrossOrigin | ApiError::MisdirectedRequest | ApiError::UnclearHost => WRONG_ADDRESS,
        ApiError::RequestTimeout => "Your request took too long to arrive. Check your connection and try again.",
        ApiError::HeadersTooLarge => {
            "Your browser sent more than the server accepts. Delete the cookies of this site and try again."
        }
        ApiError::MethodNotAllowed | ApiError::UnknownCode => {
            "The server refused this in a way that this page does not know. Reload the page: there may be a newer version."
        }
        ApiError::InvalidCredentials
        | ApiError::InsufficientScope
        | ApiError::RegistrationClosed
        | ApiError::NotFound
        | ApiError::UsernameTaken
        | ApiError::Unavailable { .. }
        | ApiError::Internal
        | ApiError::Logged { .. }
        | ApiError::Unreachable
        | ApiError::TimedOut
        | ApiError::NotUnderstood => error.detail(),
        // Clients never receive this error as such; they read it as `Unavailable`.
        ApiError::RefusedElsewhere { .. } => error.detail(),
    };
    match error {
        ApiError::Logged { request_id } => {
            format!("{text} If it happens again, tell the operator this number: {request_id}")
        }
        _ => text.to_owned(),
    }
}

/// The message if it is unknown whether the user is still signed in.
pub fn session_not_checked(error: &ApiError) -> String {
    format!("Your session could not be checked. {}", error_text(error))
}

/// Why the last session ended.
pub fn end_reason_text(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Expired => "Your session has expired. Log in again.",
        EndReason::LoggedOut => "Your session was ended by logging out. Log in again.",
        EndReason::Revoked => "Your session was ended from another device. Log in again.",
        EndReason::RevokedByAdmin => "Your session was ended by an administrator. Log in again.",
        EndReason::PasswordChanged => "Your password was changed, which ended this session. Log in with the new one.",
        EndReason::PasswordMayBeChanged => PASSWORD_MAY_BE_CHANGED,
        EndReason::AccountDeleted => "Your account is deleted.",
        EndReason::Displaced => "You have logged in on so many devices that this one was signed out. Log in again.",
        EndReason::Replayed => {
            "Your session was ended because an old token was used again. If that was not you, change your password."
        }
        EndReason::Restored => "The server was restored from a backup, which ended your session. Log in again.",
        EndReason::Unknown | EndReason::Other => "Your session has ended. Log in again.",
    }
}

/// The word for a password's strength. A password that is at least "Good" is accepted.
pub fn strength(strength: u8) -> &'static str {
    match strength {
        0 | 1 => "Weak.",
        2 => "Fair.",
        3 => "Good.",
        _ => "Strong.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_text_is_rounded_up() {
        for (seconds, time) in
            [(0, "a minute"), (60, "a minute"), (61, "five minutes"), (301, "a quarter"), (900, "a quarter")]
        {
            assert!(error_text(&ApiError::TooManyRequests { retry_after: seconds }).contains(time), "{seconds} s");
        }
    }

    #[test]
    fn error_for_programmers_has_another_text_for_users() {
        for error in [ApiError::InvalidRequest, ApiError::UnsupportedMediaType, ApiError::PayloadTooLarge] {
            assert_ne!(error_text(&error), error.detail());
        }
    }
}
