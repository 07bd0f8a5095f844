//! Calls in the name of the signed-in user: [`SignedIn`] attaches the access token and keeps the user signed in on the
//! way. A call is protected by `#[server(…, client = SignedIn)]`.

use super::tab::tab;
use crate::transport::{
    Built, SendMode, Transport, built, fetch,
    message::{Request, Response},
};
use latchkey_wire::ApiError;

/// Sends in the name of the signed-in user: refreshes first when the access token is about to expire, and after a
/// refusal of the token refreshes once and sends once more.
pub type SignedIn = Transport<AsUser>;

/// See [`SignedIn`].
pub struct AsUser;

impl SendMode for AsUser {
    async fn send(request: Request) -> Result<Response, ApiError> {
        signed_in(|| {
            tab().note_use();
            built(&request)
        })
        .await
    }
}

/// Sends a plain request in the name of the signed-in user, to an address that is not a server function:
/// `signed_in(|| Request::get("/reports/today").build()).await?.json()?`.
///
/// The token goes wherever the request goes, so name only addresses that may see it. The request is built anew if it
/// has to be sent a second time. Browser only.
///
/// # Errors
/// [`ApiError::InvalidToken`] if no user is signed in or the server refuses the token twice; what
/// [`failure::read`](latchkey_client::failure::read) makes of any other status that is not a success;
/// [`ApiError::Unreachable`] and [`ApiError::TimedOut`]; [`ApiError::Internal`] if the request cannot be built.
pub async fn signed_in(build: impl Fn() -> Built) -> Result<Response, ApiError> {
    tab().call(|token| fetch(build(), Some(token), false)).await
}
