//! How server functions reach the server: [`Anonymous`], and [`SignedIn`], which attaches the access token and keeps
//! the user signed in on the way. Protecting a call is one word: `#[server(…, client = SignedIn)]`.

use super::{
    clock,
    message::{Request, Response},
    refresh::{Outcome, refresh},
    storage::{self, Record},
};
use crate::api::{ApiError, Secret, error::TokenFault};
use futures::{
    sink::{Drain, Sink},
    stream::{Empty, Stream},
};
use gloo_net::http::RequestBuilder;
use send_wrapper::SendWrapper;
use server_fn::{Bytes, client::Client};
use std::future::Future;
use web_sys::{AbortSignal, RequestCache, RequestCredentials, RequestRedirect};

/// A request without an answer for this long has failed; a refresh that hangs would hold up every other call.
const TIME_LIMIT_MS: u32 = 30_000;

/// Sends as nobody in particular.
pub struct Anonymous;

/// Sends in the name of the signed-in user: refreshes first when the access token is about to expire, and after a
/// refusal of the token refreshes once and sends once more.
pub struct SignedIn;

impl Client<ApiError> for Anonymous {
    type Request = Request;
    type Response = Response;

    fn send(request: Request) -> impl Future<Output = Result<Response, ApiError>> + Send {
        SendWrapper::new(async move { fetch(&request, None).await })
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<(impl Stream<Item = Chunk> + Send + 'static, impl Sink<Bytes> + Send + 'static), ApiError> {
        no_websocket()
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn(future);
    }
}

impl Client<ApiError> for SignedIn {
    type Request = Request;
    type Response = Response;

    fn send(request: Request) -> impl Future<Output = Result<Response, ApiError>> + Send {
        SendWrapper::new(send_signed_in(request))
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<(impl Stream<Item = Chunk> + Send + 'static, impl Sink<Bytes> + Send + 'static), ApiError> {
        no_websocket()
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn(future);
    }
}

/// What a web socket would yield: a message or an encoded error.
type Chunk = Result<Bytes, Bytes>;

/// A web socket carries no `Authorization` header, so there are none.
fn no_websocket() -> Result<(Empty<Chunk>, Drain<Bytes>), ApiError> {
    Err(ApiError::Internal)
}

async fn send_signed_in(request: Request) -> Result<Response, ApiError> {
    let record = fresh_record().await?;
    let response = fetch(&request, Some(&record.token)).await?;
    if !response.refuses_token() {
        return Ok(response);
    }
    match refresh(&record).await {
        // Somebody else may have signed in meanwhile; this request is not theirs.
        Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => fetch(&request, Some(&renewed.token)).await,
        Outcome::Refreshed(_) | Outcome::Refused(_) => Ok(response),
        Outcome::Failed(error) => Err(error),
    }
}

/// The stored record, refreshed beforehand if its access token is near its end.
async fn fresh_record() -> Result<Record, ApiError> {
    let record = storage::read().ok_or(ApiError::InvalidToken(TokenFault::Missing))?;
    if matches!(clock::standing(&record), clock::Standing::Fresh { .. }) {
        return Ok(record);
    }
    match refresh(&record).await {
        Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => Ok(renewed),
        Outcome::Refreshed(_) | Outcome::Refused(_) => Err(ApiError::InvalidToken(TokenFault::SessionEnded)),
        // Early is early: the old token does as long as it lives.
        Outcome::Failed(_) if clock::standing(&record).is_alive() => Ok(record),
        Outcome::Failed(error) => Err(error),
    }
}

/// One request, one answer.
async fn fetch(request: &Request, token: Option<&Secret>) -> Result<Response, ApiError> {
    let mut builder = RequestBuilder::new(&request.path)
        .method(request.method.clone())
        .header("Content-Type", &request.content_type)
        .header("Accept", &request.accept)
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        // The API never redirects; a password or token must not follow somebody else's idea of where it lives.
        .redirect(RequestRedirect::Error)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIME_LIMIT_MS)));
    if let Some(token) = token {
        builder = builder.header("Authorization", &format!("Bearer {}", token.expose()));
    }
    let request = match &request.body {
        Some(body) => builder.body(js_sys::Uint8Array::from(body.as_ref())),
        None => builder.build(),
    };
    let answer = request.map_err(|_| ApiError::Internal)?.send().await.map_err(|_| ApiError::Unreachable)?;
    let response = Response {
        status: answer.status(),
        retry_after: answer.headers().get("Retry-After").and_then(|seconds| seconds.trim().parse().ok()),
        // An answer that breaks off is no answer.
        body: answer.binary().await.map_err(|_| ApiError::Unreachable)?.into(),
    };
    match response.turned_away() {
        Some(error) => Err(error),
        None => Ok(response),
    }
}
