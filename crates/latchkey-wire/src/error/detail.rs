//! The `detail` texts of errors.

use super::ApiError;
use crate::reason::{EndReason, TokenError};

impl ApiError {
    /// What happened and what to do next, for developers; some texts are shown to users as well.
    pub fn detail(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "Wrong username or password.",
            Self::InsufficientScope => "Your account lacks the role that this needs.",
            Self::RegistrationClosed => "New accounts are made by the administrator here. Ask for one.",
            Self::NotFound => "There is nothing at this address.",
            Self::UsernameTaken => "That username is taken. Choose another.",
            Self::TooManyRequests { .. } => "Too many tries. Wait a little and try again.",
            Self::Unavailable { .. } => "The server is busy. It is safe to try again in a moment.",
            Self::Internal | Self::Logged { .. } => "Something went wrong on our side. It is safe to try again.",
            Self::Unreachable => "The server cannot be reached. Check your connection and try again.",
            Self::TimedOut => "The server did not answer in time. Check your connection and try again.",
            Self::NotUnderstood => "The answer did not come from this site's server. Try again in a moment.",
            // In the browser, `messages.rs` of latchkey-leptos has other texts for these; including them here would
            // only enlarge the download.
            refusal if cfg!(feature = "server") => refusal.detail_for_programs(),
            _ => "The request was refused.",
        }
    }

    fn detail_for_programs(&self) -> &'static str {
        match self {
            Self::InvalidRequest => "Send a JSON object with the documented fields, each once and of the right type.",
            Self::InvalidGrant(EndReason::Unknown) => "This refresh token is not valid. Log in again.",
            Self::InvalidGrant(EndReason::Expired) => "The session has expired. Log in again.",
            Self::InvalidGrant(EndReason::Replayed) => {
                "An old refresh token was used again, so the session was ended to protect the account. Log in again."
            }
            Self::InvalidGrant(EndReason::PasswordChanged) => {
                "The password was changed after this token was issued. Log in again."
            }
            Self::InvalidGrant(_) => "The session has ended. Log in again.",
            Self::InvalidToken(TokenError::Missing) => "Send an access token as `Authorization: Bearer …`.",
            Self::InvalidToken(TokenError::Invalid) => "The access token is not valid.",
            Self::InvalidToken(TokenError::Expired) => "The access token has expired. Refresh it.",
            Self::InvalidToken(TokenError::SessionEnded) => "The session of this access token has ended. Log in again.",
            Self::InvalidToken(TokenError::PasswordChanged) => {
                "The password was changed after this access token was issued. Log in again."
            }
            Self::RefusedElsewhere { .. } => {
                "This refresh token was exchanged a moment ago from another network or program. Use the tokens that your \
                 client has stored since; if there are none, present this one again after the wait."
            }
            Self::MethodNotAllowed => "This address does not answer that method; see the Allow header.",
            Self::CrossOrigin => {
                "This origin is not allowed. Add it to LATCHKEY_ALLOWED_ORIGINS; or if it is the server's own address, set \
                 LATCHKEY_PUBLIC_URL to it and let the proxy pass on the Host header."
            }
            Self::RequestTimeout => "The request took too long to arrive. Try again.",
            Self::HeadersTooLarge => "The address or the headers are longer than any request here needs them to be.",
            Self::UnclearHost => "Send one Host header, with one name in it.",
            Self::MisdirectedRequest => "This server does not answer to that name. Use its public URL instead.",
            Self::PayloadTooLarge => "The request body is larger than any request here needs to be.",
            Self::UnsupportedMediaType => "Send the body as application/json.",
            Self::ValidationFailed(_) => "Correct the fields named in `errors` and send again.",
            _ => "The request was refused.",
        }
    }
}
