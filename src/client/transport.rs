//! How server functions reach the server: [`Anonymous`], and [`SignedIn`], which attaches the access token and keeps
//! the user signed in on the way. Protecting a call is one word: `#[server(…, client = SignedIn)]`.

use super::{
    clock,
    failure::{self, Heard},
    journal::{self, Deed, Why},
    message::{Request, Response},
    refresh::{Outcome, refresh},
    session,
    storage::{self, Record},
};
use futures::{
    sink::{Drain, Sink},
    stream::{Empty, Stream},
};
use gloo_net::http::{self, Headers, RequestBuilder};
use gloo_timers::{callback::Timeout, future::TimeoutFuture};
use latchkey_wire::{ApiError, Secret, TokenFault};
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use server_fn::{Bytes, client::Client};
use std::{cell::Cell, future::Future, marker::PhantomData};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

/// A request without an answer for this long has failed; a refresh that hangs would hold up every other call.
const TIME_LIMIT_MS: u32 = 30_000;

/// So long a refusal of tokens that were got because of a refusal is believed.
const RENEWAL_GAP_MS: i64 = 60_000;

/// Sends as nobody in particular.
pub type Anonymous = Transport<AsNobody>;

/// Sends as nobody, and even if the page is closed at the same moment: for saying good-bye.
pub type Parting = Transport<AsLastWord>;

/// Sends in the name of the signed-in user: refreshes first when the access token is about to expire, and after a
/// refusal of the token refreshes once and sends once more.
pub type SignedIn = Transport<AsUser>;

/// A client of server functions that sends in one of three manners.
pub struct Transport<M>(PhantomData<M>);

/// How a request is sent.
pub trait Manner {
    /// One call, and its answer.
    fn send(request: Request) -> impl Future<Output = Result<Response, ApiError>>;
}

/// See [`Anonymous`].
pub struct AsNobody;
/// See [`Parting`].
pub struct AsLastWord;
/// See [`SignedIn`].
pub struct AsUser;

impl Manner for AsNobody {
    async fn send(request: Request) -> Result<Response, ApiError> {
        fetch(built(&request), None, false).await
    }
}

impl Manner for AsLastWord {
    async fn send(request: Request) -> Result<Response, ApiError> {
        fetch(built(&request), None, true).await
    }
}

impl Manner for AsUser {
    async fn send(request: Request) -> Result<Response, ApiError> {
        signed_in(|| {
            IS_UNSEEN.set(false);
            built(&request)
        })
        .await
    }
}

thread_local! {
    /// No call has gone out with the newest tokens.
    static IS_UNSEEN: Cell<bool> = const { Cell::new(false) };
}

/// Uses the tokens that have just been stored, by a call that does nothing else: from then on the server refuses a copy of
/// the tokens before them that is presented from elsewhere. Nothing is sent if another call uses the new tokens first. Browser
/// only.
pub fn make_seen() {
    IS_UNSEEN.set(true);
    spawn_local(async {
        // First come the calls that have been waiting for the tokens.
        TimeoutFuture::new(0).await;
        if IS_UNSEEN.take()
            && let Some(record) = storage::read()
        {
            // If it fails, the next call does the same.
            let _ = fetch(RequestBuilder::new("/api/me").build(), Some(&record.token), false).await;
        }
    });
}

/// A request of `gloo-net`'s, or what it has against it.
pub type Built = Result<http::Request, gloo_net::Error>;

/// Sends a plain request in the name of the signed-in user, to an address that is no server function:
/// `signed_in(|| Request::get("/reports/today").build()).await?.json()?`.
///
/// The token goes wherever the request goes, so name only addresses that may see it. The request is built anew if it has
/// to be sent a second time. Browser only.
///
/// # Errors
/// [`ApiError::InvalidToken`] if nobody is signed in or the server refuses the token twice; what [`failure::read`] makes
/// of any other status that is no success; [`ApiError::Unreachable`] and [`ApiError::TimedOut`];
/// [`ApiError::Internal`] for what is no request.
pub async fn signed_in(build: impl Fn() -> Built) -> Result<Response, ApiError> {
    let record = fresh_record().await?;
    let answer = fetch(build(), Some(&record.token), false).await;
    let Err(ApiError::InvalidToken(fault)) = answer else { return answer };
    if !may_renew(fault, record.after_refusal, clock::age_ms(&record)) {
        return answer;
    }
    match refresh(&record, Why::AfterRefusal).await {
        // Somebody else may have signed in meanwhile; this request is not theirs.
        Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => {
            journal::note(Deed::SentAgain);
            fetch(build(), Some(&renewed.token), false).await
        }
        Outcome::Refreshed(_) | Outcome::Refused(_) => answer,
        Outcome::Failed(error) => Err(error),
    }
}

/// Asks whether there is something at an address of the site, past all caches. Browser only.
///
/// # Errors
/// [`ApiError::NotUnderstood`] if there is nothing, and those of [`signed_in`] for an answer that does not come.
pub async fn head(address: &str) -> Result<Response, ApiError> {
    fetch(RequestBuilder::new(address).method(http::Method::HEAD).build(), None, false).await
}

/// Whether a refused access token is worth a refresh. One that was itself got because of a refusal is not, for a while:
/// somebody on the way refuses whatever is sent, and tabs that take over each other's tokens would go on for ever.
fn may_renew(fault: TokenFault, after_refusal: bool, age_ms: i64) -> bool {
    let says_why = matches!(fault, TokenFault::SessionEnded | TokenFault::PasswordChanged);
    !after_refusal || age_ms >= RENEWAL_GAP_MS || says_why
}

impl<M: Manner> Client<ApiError> for Transport<M> {
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

/// What a web socket would yield: a message or an encoded error.
type Chunk = Result<Bytes, Bytes>;

/// A web socket carries no `Authorization` header, so there are none.
fn no_websocket() -> Result<(Empty<Chunk>, Drain<Bytes>), ApiError> {
    Err(ApiError::Internal)
}

/// The stored record, refreshed beforehand if its access token is near its end.
pub(super) async fn fresh_record() -> Result<Record, ApiError> {
    let Some(record) = storage::read() else {
        session::sync();
        return Err(ApiError::InvalidToken(TokenFault::Missing));
    };
    if matches!(clock::standing(&record), clock::Standing::Fresh { .. }) {
        return Ok(record);
    }
    match refresh(&record, Why::BeforeCall).await {
        Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => Ok(renewed),
        Outcome::Refreshed(_) | Outcome::Refused(_) => Err(ApiError::InvalidToken(TokenFault::SessionEnded)),
        // Early is early: the old token does as long as it lives.
        Outcome::Failed(_) if clock::standing(&record).is_alive() => Ok(record),
        Outcome::Failed(error) => Err(error),
    }
}

/// The request as the browser takes it.
fn built(request: &Request) -> Built {
    let builder = RequestBuilder::new(&request.path)
        .method(request.method.clone())
        .header("Content-Type", &request.content_type)
        .header("Accept", &request.accept);
    match &request.body {
        Some(body) => builder.body(js_sys::Uint8Array::from(body.as_ref())),
        None => builder.build(),
    }
}

/// One request, one answer; with `last_word`, sent to its end even if the page goes away.
async fn fetch(request: Built, token: Option<&Secret>, last_word: bool) -> Result<Response, ApiError> {
    let request = request.map_err(|_| ApiError::Internal)?;
    let limit = AbortController::new().map_err(|_| ApiError::Internal)?;
    // It is called off when this is dropped, with the answer.
    let _timer = Timeout::new(TIME_LIMIT_MS, {
        let limit = limit.clone();
        move || limit.abort()
    });
    let request = with_our_rules(request, token, &limit, last_word).map_err(|_| ApiError::Internal)?;
    let no_answer = |_| if limit.signal().aborted() { ApiError::TimedOut } else { ApiError::Unreachable };
    let answer = request.send().await.map_err(no_answer)?;
    // An answer that breaks off is no answer.
    let body = answer.binary().await.map_err(no_answer)?;
    if answer.ok() {
        Ok(Response { status: answer.status(), body: body.into() })
    } else {
        let headers = answer.headers();
        let challenge = headers.get("WWW-Authenticate").unwrap_or_default();
        let refuses_token = challenge.starts_with("Bearer") && challenge.contains("invalid_token");
        let content_type = headers.get("Content-Type").unwrap_or_default();
        let is_json = matches!(content_type.split(';').next(), Some("application/problem+json" | "application/json"));
        let heard = Heard { is_json, retry_after: retry_after(&headers), refuses_token };
        Err(failure::read(answer.status(), &body, &heard))
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). A date is measured against the answer's own `Date` and not against the
/// device's clock.
fn retry_after(headers: &Headers) -> Option<u32> {
    let text = headers.get("Retry-After")?;
    failure::seconds(&text).or_else(|| {
        let wait_ms = js_sys::Date::parse(&text) - js_sys::Date::parse(&headers.get("Date")?);
        // As a cast does it: what is no date, or past, is nothing.
        wait_ms.is_finite().then_some((wait_ms / 1_000.0).ceil() as u32)
    })
}

fn with_our_rules(
    request: http::Request,
    token: Option<&Secret>,
    limit: &AbortController,
    last_word: bool,
) -> Result<http::Request, JsValue> {
    let rules = RequestInit::new();
    rules.set_cache(RequestCache::NoStore);
    rules.set_credentials(RequestCredentials::Omit);
    // The API never redirects; a password or token must not follow a redirect to another address. A server
    // that redirects can be reached, so it is not an error of the network either.
    rules.set_redirect(RequestRedirect::Manual);
    rules.set_signal(Some(&limit.signal()));
    // web-sys has no word for this one.
    js_sys::Reflect::set(&rules, &"keepalive".into(), &last_word.into())?;
    let request = web_sys::Request::new_with_request_and_init(&web_sys::Request::from(request), &rules)?;
    if let Some(token) = token {
        request.headers().set("Authorization", &format!("Bearer {}", token.expose()))?;
    }
    Ok(request.into())
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
