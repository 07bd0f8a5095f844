//! Calls in the name of the signed-in user: [`SignedIn`] attaches the access token and keeps the user signed in on the
//! way. A call is protected by `#[server(…, client = SignedIn)]`.

use super::{
    clock,
    event_log::{self, ClientEvent, Why},
    refresh::{Outcome, refresh},
    seen::note_use,
    session,
    storage::{self, Record},
};
use crate::transport::{
    Built, Manner, Transport, built, fetch,
    message::{Request, Response},
};
use latchkey_wire::{ApiError, TokenFault};

/// If tokens that were fetched because of a refusal are refused as well, the next refresh for that reason waits for
/// this long.
const RENEWAL_GAP_MS: i64 = 60_000;

/// Sends in the name of the signed-in user: refreshes first when the access token is about to expire, and after a
/// refusal of the token refreshes once and sends once more.
pub type SignedIn = Transport<AsUser>;

/// See [`SignedIn`].
pub struct AsUser;

impl Manner for AsUser {
    async fn send(request: Request) -> Result<Response, ApiError> {
        signed_in(|| {
            note_use();
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
/// [`failure::read`](crate::transport::failure::read) makes of any other status that is not a success; [`ApiError::Unreachable`] and [`ApiError::TimedOut`];
/// [`ApiError::Internal`] if the request cannot be built.
pub async fn signed_in(build: impl Fn() -> Built) -> Result<Response, ApiError> {
    let record = fresh_record().await?;
    let answer = fetch(build(), Some(&record.token), false).await;
    let Err(ApiError::InvalidToken(fault)) = answer else { return answer };
    if !may_renew(fault, record.after_refusal, clock::age_ms(&record)) {
        return answer;
    }
    match refresh(&record, Why::AfterRefusal).await {
        // Another user may have signed in meanwhile; this request is not theirs.
        Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => {
            event_log::record(ClientEvent::SentAgain);
            fetch(build(), Some(&renewed.token), false).await
        }
        Outcome::Refreshed(_) | Outcome::Refused(_) => answer,
        Outcome::Failed(error) => Err(error),
    }
}

/// Whether a refused access token is worth a refresh. A token that was itself fetched because of a refusal is not, for
/// a while: something on the way refuses every token, and tabs that adopt each other's tokens would go on without end.
fn may_renew(fault: TokenFault, after_refusal: bool, age_ms: i64) -> bool {
    let says_why = matches!(fault, TokenFault::SessionEnded | TokenFault::PasswordChanged);
    !after_refusal || age_ms >= RENEWAL_GAP_MS || says_why
}

/// The stored record, refreshed beforehand if its access token is near its end.
pub(super) async fn fresh_record() -> Result<Record, ApiError> {
    let Some(record) = storage::read() else {
        session::sync();
        return Err(ApiError::InvalidToken(TokenFault::SessionEnded));
    };
    if matches!(clock::freshness(&record), clock::TokenFreshness::Fresh { .. }) {
        return Ok(record);
    }
    match refresh(&record, Why::BeforeCall).await {
        Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => Ok(renewed),
        Outcome::Refreshed(_) | Outcome::Refused(_) => Err(ApiError::InvalidToken(TokenFault::SessionEnded)),
        // The refresh was early: the old token is still valid.
        Outcome::Failed(_) if clock::freshness(&record).is_alive() => Ok(record),
        Outcome::Failed(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_are_refused_again_are_not_renewed_again() {
        assert!(may_renew(TokenFault::Invalid, false, 0));
        assert!(!may_renew(TokenFault::Invalid, true, 0));
        assert!(!may_renew(TokenFault::Expired, true, RENEWAL_GAP_MS - 1));
        assert!(may_renew(TokenFault::Invalid, true, RENEWAL_GAP_MS));
        assert!(may_renew(TokenFault::SessionEnded, true, 0), "the refresh will say why");
        assert!(may_renew(TokenFault::PasswordChanged, true, 0), "so it will");
    }
}
