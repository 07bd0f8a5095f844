//! A specific description in place of the default one of an error.

/// Replaces the default `detail` of a problem, or the `error_description` of an OAuth error. It is in the extensions of the
/// response, together with the [`ApiError`](latchkey_wire::ApiError).
#[derive(Clone, Debug)]
pub struct Detail(pub String);
