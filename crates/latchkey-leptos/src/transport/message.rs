//! Requests and responses as plain data, so that a request can be sent twice, and the handling of responses can be
//! tested without a browser.

use futures::stream::{Empty, Stream};
use gloo_net::http::Method;
use latchkey_wire::ApiError;
use serde::de::DeserializeOwned;
use server_fn::{Bytes, request::ClientReq, response::ClientRes};

/// A call of a server function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method of the function's encoding.
    pub method: Method,
    /// Path and query without a host, so a token is never sent to another server.
    pub path: String,
    /// The media type of the body.
    pub content_type: String,
    /// The media type of the answer.
    pub accept: String,
    /// The encoded arguments; `None` if they are in the query.
    pub body: Option<Bytes>,
}

/// The data of a form. `ActionForm` requires the type, but reads the form field by field into the arguments of the function,
/// so it is never sent. A function whose input is multipart data cannot use this transport, which may have to send twice.
pub struct Form;

impl From<web_sys::FormData> for Form {
    fn from(_: web_sys::FormData) -> Self {
        Self
    }
}

impl ClientReq<ApiError> for Request {
    type FormData = Form;

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

    fn try_new_req_form_data(_: &str, _: &str, _: &str, _: Form, _: Method) -> Result<Self, ApiError> {
        Err(ApiError::Internal)
    }

    fn try_new_req_multipart(_: &str, _: &str, _: Form, _: Method) -> Result<Self, ApiError> {
        Err(ApiError::Internal)
    }

    /// A stream can be read only once, but this transport may have to send twice.
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

/// A successful response with its whole body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status, from 200 to 299.
    pub status: u16,
    /// The encoded result.
    pub body: Bytes,
}

impl Response {
    /// Parses the body as JSON of any shape with `serde_json`, unlike the responses of Latchkey's own server functions.
    ///
    /// # Errors
    /// [`ApiError::NotUnderstood`] if it is not such JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body).map_err(|_| ApiError::NotUnderstood)
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

    #[test]
    fn response_other_than_expected_json_is_not_understood() {
        let names = |body: &str| Response { status: 200, body: Bytes::from(body.to_owned()) }.json::<Vec<String>>();
        assert_eq!(names(r#"["Jane"]"#), Ok(vec!["Jane".to_owned()]));
        for bad in ["", "{}", "<html>", "[1]"] {
            assert_eq!(names(bad), Err(ApiError::NotUnderstood), "{bad}");
        }
    }

    #[test]
    fn get_request_without_arguments_has_no_query() {
        let get = |query| Request::try_new_get("/api/me", "", "application/json", query).expect("plain data").path;
        assert_eq!(get(""), "/api/me");
        assert_eq!(get("before=2"), "/api/me?before=2");
    }
}
