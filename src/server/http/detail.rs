//! Other words for an error.

/// What to say of an error in the place of its usual sentence. It travels beside the [`ApiError`].
#[derive(Clone, Debug)]
pub struct Detail(pub String);
