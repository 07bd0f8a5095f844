//! The output encoding of server functions without an answer: an empty body, with status 204.

use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use server_fn::Bytes;
use std::{convert::Infallible, fmt};

/// Names the encoding in a server function: `output = NoContent`.
pub type NoContent = Post<Empty>;

/// Encodes `()` as no bytes at all.
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

/// A body where there should have been none: Latchkey did not send this answer.
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
