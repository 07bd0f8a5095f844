//! An error description that replaces the default one.

/// Replaces the default `detail` of a problem, or the `error_description` of an OAuth error. A handler puts it into the
/// extensions of the response, together with the [`ApiError`](latchkey_wire::ApiError).
#[derive(Clone, Debug)]
pub struct Detail(pub String);
