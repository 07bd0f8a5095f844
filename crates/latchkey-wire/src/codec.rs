//! Encodings of the results of server functions: JSON, no content, and [`ApiError`].

use crate::error::ApiError;
use crate::json::{self, Unreadable};
use serde::{Serialize, de::DeserializeOwned};
use server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    codec::Post,
    error::{FromServerFnError, ServerFnErrorErr},
};
use std::{convert::Infallible, fmt};

/// The JSON encoding of a server function: `output = JsonAnswer`. Use `server_fn::codec::Json` for types with
/// `serde_json::Value`, `#[serde(flatten)]`, untagged enums or maps: this parser rejects the first three, and panics on
/// keys that are deserialized as `String`.
pub type JsonAnswer = Post<AnswerEncoding>;

/// Serializes with `serde_json` and parses with [`json::read`].
pub struct AnswerEncoding;

impl ContentType for AnswerEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for AnswerEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for AnswerEncoding {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for AnswerEncoding {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Unreadable> {
        json::read(&bytes)
    }
}

/// The encoding of a server function without a result: `output = NoContent`. The empty body is sent as 204.
pub type NoContent = Post<Empty>;

/// Encodes `()` as an empty body.
pub struct Empty;

impl ContentType for Empty {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Empty {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<()> for Empty {
    type Error = Infallible;

    fn encode(_: &()) -> Result<Bytes, Infallible> {
        Ok(Bytes::new())
    }
}

/// The body is not empty, so the response is not from Latchkey.
#[derive(Debug)]
pub struct NotEmpty;

impl fmt::Display for NotEmpty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a body where there should have been none")
    }
}

impl Decodes<()> for Empty {
    type Error = NotEmpty;

    fn decode(body: Bytes) -> Result<(), NotEmpty> {
        if body.is_empty() { Ok(()) } else { Err(NotEmpty) }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = AnswerEncoding;

    /// Maps the errors of Leptos. Their text may quote the input or the parser, so it is dropped. On the server, a body
    /// that cannot be decoded is an error of the client; in the browser, such a response is not from Latchkey.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        match error {
            E::Args(_) | E::MissingArg(_) => Self::InvalidRequest,
            E::Deserialization(_) if cfg!(feature = "server") => Self::InvalidRequest,
            E::Deserialization(_) => Self::NotUnderstood,
            E::Request(_) => Self::Unreachable,
            E::Registration(_)
            | E::UnsupportedRequestMethod(_)
            | E::ServerError(_)
            | E::MiddlewareError(_)
            | E::Serialization(_)
            | E::Response(_) => Self::Internal,
        }
    }
}
