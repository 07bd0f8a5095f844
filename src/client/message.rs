//! Requests and responses as plain data, so that a request can be sent a second time and the rules about answers can
//! be tested without a browser.

use crate::api::{ApiError, error::Problem};
use futures::stream::{Empty, Stream};
use gloo_net::http::Method;
use server_fn::{Bytes, request::ClientReq, response::ClientRes};
use std::convert::Infallible;

/// A call that a server function wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// Path and query; there is no host in it, so a token never goes anywhere else.
    pub path: String,
    pub content_type: String,
    pub accept: String,
    pub body: Option<Bytes>,
}

impl ClientReq<ApiError> for Request {
    /// Forms are read field by field and sent as JSON; there is no value of this type.
    type FormData = Infallible;

    fn try_new_req_query(
        path: &str,
        content_type: &str,
        accepts: &str,
        query: &str,
        method: Method,
    ) -> Result<Self, ApiError> {
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Ok(Self { method, path, content_type: content_type.to_owned(), accept: accepts.to_owned(), body: None })
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: Method,
    ) -> Result<Self, ApiError> {
        Self::try_new_req_bytes(path, content_type, accepts, Bytes::from(body), method)
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: Method,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            method,
            path: path.to_owned(),
            content_type: content_type.to_owned(),
            accept: accepts.to_owned(),
            body: Some(body),
        })
    }

    fn try_new_req_form_data(_: &str, _: &str, _: &str, body: Infallible, _: Method) -> Result<Self, ApiError> {
        match body {}
    }

    fn try_new_req_multipart(_: &str, _: &str, body: Infallible, _: Method) -> Result<Self, ApiError> {
        match body {}
    }

    /// A stream can be read once, and this transport must be able to send twice.
    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Result<Self, ApiError> {
        Err(ApiError::Internal)
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub body: Bytes,
    /// `Retry-After` in seconds; the form with a date is not honoured.
    pub retry_after: Option<u32>,
}

impl Response {
    /// Whether the server refused the access token, in its own words.
    pub fn refuses_token(&self) -> bool {
        self.status == 401 && matches!(self.problem(), Some(ApiError::InvalidToken(_)))
    }

    /// What a proxy in front of Latchkey says when it is the one that turns a request away. Its body is of no use, but
    /// its `Retry-After` is.
    pub fn turned_away(&self) -> Option<ApiError> {
        let retry_after = self.retry_after?;
        match self.status {
            429 if self.problem().is_none() => Some(ApiError::TooManyRequests { retry_after }),
            503 if self.problem().is_none() => Some(ApiError::Unavailable { retry_after }),
            _ => None,
        }
    }

    fn problem(&self) -> Option<ApiError> {
        serde_json::from_slice::<Problem>(&self.body).ok().map(ApiError::from)
    }
}

impl ClientRes<ApiError> for Response {
    async fn try_into_string(self) -> Result<String, ApiError> {
        String::from_utf8(self.body.into()).map_err(|_| ApiError::NotUnderstood)
    }

    async fn try_into_bytes(self) -> Result<Bytes, ApiError> {
        Ok(self.body)
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, ApiError> {
        Err::<Empty<_>, _>(ApiError::NotUnderstood)
    }

    fn status(&self) -> u16 {
        self.status
    }

    fn status_text(&self) -> String {
        String::new()
    }

    fn location(&self) -> String {
        String::new()
    }

    fn has_redirect(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::{EndReason, TokenFault};

    fn response(status: u16, body: impl Into<Bytes>) -> Response {
        Response { status, body: body.into(), retry_after: None }
    }

    fn problem(error: ApiError) -> Response {
        let status = error.status();
        response(status, serde_json::to_vec(&error).expect("serialises"))
    }

    #[test]
    fn only_our_own_refusal_of_the_token_asks_for_a_refresh() {
        assert!(problem(ApiError::InvalidToken(TokenFault::Expired)).refuses_token());
        assert!(!problem(ApiError::InvalidCredentials).refuses_token());
        assert!(!problem(ApiError::InvalidGrant(EndReason::Expired)).refuses_token());
        assert!(!response(401, "<h1>Authorization required</h1>").refuses_token());
        assert!(!response(401, "").refuses_token());
        let in_disguise = Response { status: 200, ..problem(ApiError::InvalidToken(TokenFault::Invalid)) };
        assert!(!in_disguise.refuses_token());
    }

    #[test]
    fn a_proxy_that_asks_for_patience_is_heard() {
        let busy = Response { retry_after: Some(7), ..response(503, "<h1>Busy</h1>") };
        assert_eq!(busy.turned_away(), Some(ApiError::Unavailable { retry_after: 7 }));
        let slow_down = Response { retry_after: Some(9), ..response(429, "") };
        assert_eq!(slow_down.turned_away(), Some(ApiError::TooManyRequests { retry_after: 9 }));
        assert_eq!(response(503, "<h1>Busy</h1>").turned_away(), None);
        let ours = Response { retry_after: Some(7), ..problem(ApiError::Unavailable { retry_after: 7 }) };
        assert_eq!(ours.turned_away(), None);
    }

    #[test]
    fn a_get_without_arguments_has_no_question_mark() {
        let get = |query| Request::try_new_get("/api/me", "", "application/json", query).expect("plain data").path;
        assert_eq!(get(""), "/api/me");
        assert_eq!(get("before=2"), "/api/me?before=2");
    }
}
