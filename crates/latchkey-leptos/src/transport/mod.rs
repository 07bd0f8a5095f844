//! The transport of server functions. [`Anonymous`] and [`KeepAlive`] send no access token; `client/signed_in.rs` passes one
//! to `fetch`.

pub mod message;
pub(crate) mod prefix;

use futures::{
    sink::{Drain, Sink},
    stream::{Empty, Stream},
};
use gloo_net::http::{self, Headers, RequestBuilder};
use gloo_timers::callback::Timeout;
use latchkey_client::failure::{self, ResponseHints};
use latchkey_wire::{AccessToken, ApiError};
use message::{Request, Response};
use send_wrapper::SendWrapper;
use server_fn::{Bytes, client::Client};
use std::{future::Future, marker::PhantomData};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

/// The time limit for a request and its complete response. Without it, a refresh that hangs would block all other calls.
const TIME_LIMIT_MS: u32 = 30_000;

/// Sends without a token.
pub type Anonymous = Transport<WithoutToken>;

/// Sends without a token. The browser completes the request even if the user closes the page. Used to revoke the session at
/// a logout.
pub type KeepAlive = Transport<WithKeepAlive>;

/// A client of server functions; the [`SendMode`] decides how it sends.
pub struct Transport<M>(PhantomData<M>);

/// How a request is sent.
pub trait SendMode {
    /// Sends one request and returns its response.
    fn send(request: Request) -> impl Future<Output = Result<Response, ApiError>>;
}

/// See [`Anonymous`].
pub struct WithoutToken;
/// See [`KeepAlive`].
pub struct WithKeepAlive;

impl SendMode for WithoutToken {
    async fn send(request: Request) -> Result<Response, ApiError> {
        fetch(built(&request), None, false).await
    }
}

impl SendMode for WithKeepAlive {
    async fn send(request: Request) -> Result<Response, ApiError> {
        fetch(built(&request), None, true).await
    }
}

/// A `gloo-net` request, or the reason why it cannot be built.
pub type Built = Result<http::Request, gloo_net::Error>;

/// Fetches a page of the site, without any cache. Returns its status (0 for a redirect) and its text. Browser only.
///
/// # Errors
/// [`ApiError::Unreachable`], [`ApiError::TimedOut`], and [`ApiError::Internal`] if the request cannot be built.
pub async fn get_page(address: &str) -> Result<(u16, String), ApiError> {
    let (answer, body) = exchange(RequestBuilder::new(address).build(), None, false).await?;
    Ok((answer.status(), String::from_utf8(body).unwrap_or_default()))
}

impl<M: SendMode> Client<ApiError> for Transport<M> {
    type Request = Request;
    type Response = Response;

    fn send(request: Request) -> impl Future<Output = Result<Response, ApiError>> + Send {
        SendWrapper::new(M::send(request))
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

/// The items of a WebSocket: a message or an encoded error.
type Chunk = Result<Bytes, Bytes>;

/// The browser's WebSocket API cannot set an `Authorization` header, so WebSockets are not supported.
fn no_websocket() -> Result<(Empty<Chunk>, Drain<Bytes>), ApiError> {
    Err(ApiError::Internal)
}

/// Builds the `gloo-net` request.
pub(crate) fn built(request: &Request) -> Built {
    let builder = RequestBuilder::new(&prefix::with_prefix(&request.path))
        .method(request.method.clone())
        .header("Content-Type", &request.content_type)
        .header("Accept", &request.accept);
    match &request.body {
        Some(body) => builder.body(js_sys::Uint8Array::from(body.as_ref())),
        None => builder.build(),
    }
}

/// Sends one request and returns its answer; with `keepalive`, it completes even if the page is closed.
pub(crate) async fn fetch(request: Built, token: Option<AccessToken>, keepalive: bool) -> Result<Response, ApiError> {
    let (answer, body) = exchange(request, token, keepalive).await?;
    if answer.ok() {
        Ok(Response { status: answer.status(), body: body.into() })
    } else {
        let headers = answer.headers();
        let challenge = headers.get("WWW-Authenticate").unwrap_or_default();
        let refuses_token = challenge.starts_with("Bearer") && challenge.contains("invalid_token");
        let content_type = headers.get("Content-Type").unwrap_or_default();
        let is_json = matches!(content_type.split(';').next(), Some("application/problem+json" | "application/json"));
        prefix::warn_without_prefix(&answer.url(), answer.status(), is_json);
        let hints = ResponseHints { is_json, retry_after: retry_after(&headers), refuses_token };
        Err(failure::read(answer.status(), &body, &hints))
    }
}

/// Sends a request and returns the response with its whole body, whatever its status.
async fn exchange(
    request: Built,
    token: Option<AccessToken>,
    keepalive: bool,
) -> Result<(http::Response, Vec<u8>), ApiError> {
    let request = request.map_err(|_| ApiError::Internal)?;
    let controller = AbortController::new().map_err(|_| ApiError::Internal)?;
    // Aborts the request at the time limit. Dropping the timer cancels it.
    let _timer = Timeout::new(TIME_LIMIT_MS, {
        let controller = controller.clone();
        move || controller.abort()
    });
    let request = with_fetch_options(request, token, &controller, keepalive).map_err(|_| ApiError::Internal)?;
    let no_answer = |_| if controller.signal().aborted() { ApiError::TimedOut } else { ApiError::Unreachable };
    let answer = request.send().await.map_err(no_answer)?;
    // A connection that breaks within the body is the same failure as one that breaks before the response.
    let body = answer.binary().await.map_err(no_answer)?;
    Ok((answer, body))
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). A date is compared with the answer's `Date` header, not with the
/// device's clock.
fn retry_after(headers: &Headers) -> Option<u32> {
    let text = headers.get("Retry-After")?;
    failure::seconds(&text).or_else(|| {
        let wait_ms = js_sys::Date::parse(&text) - js_sys::Date::parse(&headers.get("Date")?);
        // An unreadable date counts as absent. The cast saturates, so a past date gives 0.
        wait_ms.is_finite().then_some((wait_ms / 1_000.0).ceil() as u32)
    })
}

fn with_fetch_options(
    request: http::Request,
    token: Option<AccessToken>,
    controller: &AbortController,
    keepalive: bool,
) -> Result<http::Request, JsValue> {
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoStore);
    options.set_credentials(RequestCredentials::Omit);
    // The API never redirects, and a password or token must not be sent to the target of a redirect. `manual` rather than
    // `error`, because `error` would report a redirect as a network failure.
    options.set_redirect(RequestRedirect::Manual);
    options.set_signal(Some(&controller.signal()));
    // web-sys has no setter for this option.
    js_sys::Reflect::set(&options, &"keepalive".into(), &keepalive.into())?;
    let request = web_sys::Request::new_with_request_and_init(&web_sys::Request::from(request), &options)?;
    if let Some(token) = token {
        request.headers().set("Authorization", &format!("Bearer {}", token.expose()))?;
    }
    Ok(request.into())
}
