//! Calls for the signed-in user: [`SignedIn`] attaches the access token, and refreshes it if necessary. A server
//! function uses it with `#[server(…, client = SignedIn)]`.

use super::tab::tab;
use crate::transport::{
    Built, SendMode, Transport, built, fetch,
    message::{Request, Response},
};
use latchkey_wire::ApiError;

/// Sends calls with the access token of the signed-in user. Refreshes first if the token is about to expire. If the
/// server rejects the token, refreshes once and sends the call once more.
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

/// Sends a plain request with the user's access token, to an address that is not a server function:
/// `signed_in(|| Request::get("/reports/today").build()).await?.json()?`.
///
/// The request contains the token, so send it only to servers that may see the token. `build` is called again if the
/// request must be sent a second time. Browser only.
///
/// # Errors
/// [`ApiError::InvalidToken`] if no user is signed in or the server refuses the token twice; the result of
/// [`failure::read`](latchkey_client::failure::read) for any other status that is not a success;
/// [`ApiError::Unreachable`] and [`ApiError::TimedOut`]; [`ApiError::Internal`] if the request cannot be built.
pub async fn signed_in(build: impl Fn() -> Built) -> Result<Response, ApiError> {
    tab().call(|token| fetch(build(), Some(token), false)).await
}
