//! The names of an application that are visible outside its code.

/// The names of an application that users, browsers, other programs and the operator see, each defined once.
///
/// It is in this crate because both sides use it: the server gets it from its settings, the browser from its session
/// provider. An application chooses its names when it is compiled; a name that it does not set is Latchkey's.
///
/// ```
/// use latchkey_wire::Brand;
///
/// pub const BRAND: Brand = Brand::new("Acme Portal")
///     .with_refresh_token_prefix("acme_")
///     .with_storage_key("acme.session")
///     .with_metrics_prefix("acme")
///     .with_realm("acme");
/// ```
///
/// In a constant, a name with characters that are not allowed in its place does not compile:
///
/// ```compile_fail
/// const BRAND: latchkey_wire::Brand = latchkey_wire::Brand::new("Acme").with_metrics_prefix("acme portal");
/// ```
///
/// # Panics
/// `new` and the functions that begin with `with_` panic for such a name if they run outside a constant.
///
/// # An installation that has users
/// Browsers store their tokens under the storage key, so changing it signs all users out. Dashboards and alerts use the
/// prefix of the metrics. The server accepts refresh tokens with [Latchkey's own prefix](REFRESH_TOKEN_PREFIX) in
/// addition to the application's own, so tokens from before a change stay valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brand {
    title: &'static str,
    refresh_token_prefix: &'static str,
    storage_key: &'static str,
    metrics_prefix: &'static str,
    realm: &'static str,
}

/// The default prefix of refresh tokens.
pub const REFRESH_TOKEN_PREFIX: &str = "lkr_";

impl Brand {
    /// Latchkey's own names.
    pub const LATCHKEY: Self = Self::new("Latchkey");

    /// A brand with this title, and Latchkey's own names for the rest. Users see the title in the titles of pages, in
    /// the API's description, and in the message of the server that it is ready.
    pub const fn new(title: &'static str) -> Self {
        assert!(is_text(title), "a title is text without control characters, 1 to 64 bytes long");
        Self {
            title,
            refresh_token_prefix: REFRESH_TOKEN_PREFIX,
            storage_key: "latchkey.session",
            metrics_prefix: "latchkey",
            realm: "latchkey",
        }
    }

    /// Sets the prefix of refresh tokens, by which a scanner can find a token in a repository or a log.
    #[must_use]
    pub const fn with_refresh_token_prefix(mut self, prefix: &'static str) -> Self {
        assert!(is_made_of(prefix, b"-_"), "a token prefix has 1 to 64 letters, digits, '-' and '_'");
        self.refresh_token_prefix = prefix;
        self
    }

    /// Sets the key of the tokens in the browser's storage, which is also the name of the channel between tabs. Two
    /// applications at one origin need different keys.
    #[must_use]
    pub const fn with_storage_key(mut self, key: &'static str) -> Self {
        assert!(is_made_of(key, b"-_.:"), "a storage key has 1 to 64 letters, digits, '-', '_', '.' and ':'");
        self.storage_key = key;
        self
    }

    /// Sets the prefix of the names of the metrics, without the underscore after it.
    #[must_use]
    pub const fn with_metrics_prefix(mut self, prefix: &'static str) -> Self {
        assert!(
            is_made_of(prefix, b"_") && !prefix.as_bytes()[0].is_ascii_digit(),
            "a metrics prefix begins with a letter and has 1 to 64 letters, digits and '_'"
        );
        self.metrics_prefix = prefix;
        self
    }

    /// Sets the realm in the challenges of the server (RFC 9110 §11.5).
    #[must_use]
    pub const fn with_realm(mut self, realm: &'static str) -> Self {
        assert!(is_made_of(realm, b"-_. "), "a realm has 1 to 64 letters, digits, spaces, '-', '_' and '.'");
        self.realm = realm;
        self
    }

    /// See [`new`](Self::new).
    pub const fn title(self) -> &'static str {
        self.title
    }

    /// See [`with_refresh_token_prefix`](Self::with_refresh_token_prefix).
    pub const fn refresh_token_prefix(self) -> &'static str {
        self.refresh_token_prefix
    }

    /// See [`with_storage_key`](Self::with_storage_key).
    pub const fn storage_key(self) -> &'static str {
        self.storage_key
    }

    /// See [`with_metrics_prefix`](Self::with_metrics_prefix).
    pub const fn metrics_prefix(self) -> &'static str {
        self.metrics_prefix
    }

    /// See [`with_realm`](Self::with_realm).
    pub const fn realm(self) -> &'static str {
        self.realm
    }
}

impl Default for Brand {
    fn default() -> Self {
        Self::LATCHKEY
    }
}

const MAX_LENGTH: usize = 64;

const fn is_text(text: &str) -> bool {
    let (bytes, mut at) = (text.as_bytes(), 0);
    while at < bytes.len() {
        if bytes[at].is_ascii_control() {
            return false;
        }
        at += 1;
    }
    !text.is_empty() && text.len() <= MAX_LENGTH
}

const fn is_made_of(text: &str, signs: &[u8]) -> bool {
    let (bytes, mut at) = (text.as_bytes(), 0);
    while at < bytes.len() {
        let (mut known, mut sign) = (bytes[at].is_ascii_alphanumeric(), 0);
        while sign < signs.len() {
            known = known || bytes[at] == signs[sign];
            sign += 1;
        }
        if !known {
            return false;
        }
        at += 1;
    }
    !text.is_empty() && text.len() <= MAX_LENGTH
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn name_that_is_not_set_is_latchkeys() {
        let brand = Brand::new("Acme");
        assert_eq!(brand.title(), "Acme");
        let others = (brand.refresh_token_prefix(), brand.storage_key(), brand.metrics_prefix(), brand.realm());
        assert_eq!(others, ("lkr_", "latchkey.session", "latchkey", "latchkey"), "what is installed already has these");
        assert_eq!(Brand::default(), Brand::LATCHKEY);
    }

    #[test]
    fn name_that_breaks_its_place_is_refused() {
        let long = "a".repeat(65);
        let long: &'static str = long.leak();
        for bad in ["", long, "a\n", "a\"b", "a'b", "a\\b", "<b>", "ä", "a/b"] {
            assert!(catch_unwind(|| Brand::LATCHKEY.with_refresh_token_prefix(bad)).is_err(), "{bad:?}");
            assert!(catch_unwind(|| Brand::LATCHKEY.with_storage_key(bad)).is_err(), "{bad:?}");
            assert!(catch_unwind(|| Brand::LATCHKEY.with_metrics_prefix(bad)).is_err(), "{bad:?}");
            assert!(catch_unwind(|| Brand::LATCHKEY.with_realm(bad)).is_err(), "{bad:?}");
        }
        for bad in ["", long, "a\nb"] {
            assert!(catch_unwind(|| Brand::new(bad)).is_err(), "{bad:?}");
        }
        for bad in ["1a", "a b", "a-b"] {
            assert!(catch_unwind(|| Brand::LATCHKEY.with_metrics_prefix(bad)).is_err(), "{bad:?}");
        }
        // Access tokens contain dots, so a prefix must not.
        assert!(catch_unwind(|| Brand::LATCHKEY.with_refresh_token_prefix("a.b")).is_err());
        assert_eq!(Brand::new("Größe & Co").with_realm("Acme Portal").realm(), "Acme Portal");
    }
}
