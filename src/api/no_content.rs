//! The output encoding of server functions that have nothing to say: an empty body, which goes out as 204.

use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use server_fn::Bytes;
use std::convert::Infallible;

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

impl Decodes<()> for Empty {
    type Error = Infallible;

    fn decode(_: Bytes) -> Result<(), Infallible> {
        Ok(())
    }
}
