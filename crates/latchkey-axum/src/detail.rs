//! Other words for an error.

/// A text for an error instead of its usual one. It travels beside the [`ApiError`](latchkey_wire::ApiError).
#[derive(Clone, Debug)]
pub struct Detail(pub String);
