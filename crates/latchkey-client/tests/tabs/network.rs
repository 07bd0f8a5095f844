//! Requests on their way to the server and back, and what can happen to them.

use crate::server::session_of_token;
use crate::world::World;
use futures::channel::oneshot;
use latchkey_wire::{AccessToken, ApiError, RefreshToken, TokenError, Tokens};
use std::rc::Rc;

#[derive(Clone, Debug)]
pub enum Request {
    LogIn(usize),
    Refresh(RefreshToken),
    Revoke(RefreshToken),
    /// The call that makes a generation seen.
    Confirm(AccessToken),
    /// Any other call with an access token.
    Call(AccessToken),
    ChangePassword(AccessToken),
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not arrive.
    Lost,
    /// The server does what it says, and the answer does not arrive.
    AnswerLost,
    /// The same, detected after the timeout of a request.
    Hangs,
    /// An error of the server, which has done nothing.
    Internal,
    /// A proxy answers with an HTML page.
    Page,
    /// 503 with `Retry-After`.
    Busy(u32),
    /// 429 with `Retry-After`.
    TooMany(u32),
    /// A proxy refuses every access token.
    TokenRefused,
    /// The answer takes two seconds.
    Slow,
    /// No fault for this request.
    None,
}

/// The time limit of a request.
const TIME_LIMIT_MS: i64 = 30_000;

/// Sends a request and waits for its response, with tokens if the request was for tokens. The request continues if its
/// tab is closed.
pub async fn send(world: &Rc<World>, request: Request) -> Result<Option<Tokens>, ApiError> {
    world.sent.borrow_mut().push((world.server_ms(), request.clone()));
    if world.is_offline.get() {
        return Err(ApiError::Unreachable);
    }
    let (answer, answered) = oneshot::channel();
    let (network, place) = (Rc::clone(world), world.place.get());
    world.executor.spawn(None, async move {
        let result = carry(&network, request, place).await;
        // The tab may be closed.
        let _ = answer.send(result);
    });
    answered.await.unwrap_or(Err(ApiError::Unreachable))
}

async fn carry(world: &Rc<World>, request: Request, place: usize) -> Result<Option<Tokens>, ApiError> {
    let fault = world.faults.borrow_mut().pop_front();
    way(world).await;
    match fault {
        Some(Fault::Lost) => return Err(ApiError::Unreachable),
        Some(Fault::Internal) => return Err(ApiError::Internal),
        Some(Fault::Page) => return Err(ApiError::NotUnderstood),
        Some(Fault::Busy(retry_after)) => return Err(ApiError::Unavailable { retry_after }),
        Some(Fault::TooMany(retry_after)) => return Err(ApiError::TooManyRequests { retry_after }),
        Some(Fault::TokenRefused) if matches!(request, Request::Call(_)) => {
            return Err(ApiError::InvalidToken(TokenError::Invalid));
        }
        Some(Fault::TokenRefused | Fault::AnswerLost | Fault::Hangs | Fault::Slow | Fault::None) | None => {}
    }
    let answer = handle(world, &request, place);
    match fault {
        Some(Fault::AnswerLost) => Err(ApiError::Unreachable),
        Some(Fault::Hangs) => {
            world.executor.sleep(TIME_LIMIT_MS).await;
            Err(ApiError::TimedOut)
        }
        Some(Fault::Slow) => {
            world.executor.sleep(2_000).await;
            answer
        }
        _ => {
            way(world).await;
            answer
        }
    }
}

/// A transfer through the network takes some time, or none.
async fn way(world: &Rc<World>) {
    let longest_ms = world.latency_ms.get();
    let quarters = i64::try_from(world.executor.choose(5)).unwrap_or_default();
    world.executor.sleep(longest_ms * quarters / 4).await;
}

fn handle(world: &World, request: &Request, place: usize) -> Result<Option<Tokens>, ApiError> {
    let (mut server, now_ms) = (world.server.borrow_mut(), world.server_ms());
    match request {
        Request::LogIn(user) => Ok(Some(server.log_in(*user, place, now_ms))),
        Request::Refresh(token) => server.refresh(token, place, now_ms).map(Some),
        Request::Revoke(token) => {
            server.revoke(token);
            Ok(None)
        }
        Request::Confirm(token) | Request::Call(token) => server.call(token, now_ms).map(|_| None),
        Request::ChangePassword(token) => server.change_password(token, place, now_ms).map(|tokens| {
            world.history.borrow_mut().unanswered_changes.insert(session_of_token(&tokens.refresh_token));
            Some(tokens)
        }),
    }
}
