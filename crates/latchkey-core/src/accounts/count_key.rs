//! The keys of the counts of failed attempts.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The key of a row: the kind, and the first 128 bits of the SHA-256 of `text`.
pub(super) fn count_key(kind: &str, text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    format!("{kind}:{}", URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_key_hides_its_input_and_differs_by_kind() {
        assert!(!count_key("account", "hunter2").contains("hunter2"));
        assert_ne!(count_key("account", "x"), count_key("session", "x"));
        assert_ne!(count_key("account", "x"), count_key("account", "y"));
    }
}
