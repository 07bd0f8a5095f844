//! A replacement for the text of an error.

/// Replaces the usual `detail` of an error. A response has it in its extensions, beside the
/// [`ApiError`](latchkey_wire::ApiError).
#[derive(Clone, Debug)]
pub struct Detail(pub String);
