//! Origins whose pages may use the server besides its own.

use super::host_name::HostName;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// Origins as in the `Origin` header: scheme, host and port, without a slash at the end. As text, they are separated by
/// commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// Whether the value of an `Origin` header is in the list. `null`, which any sandboxed page sends, never is.
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Iterates over the origins.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for AllowedOrigins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let origin = |part: &str| {
            normalize_origin(part).ok_or_else(|| {
                let hint =
                    "write each origin in full, scheme and host and nothing else, such as https://app.example.org";
                format!("contains {}: {hint}", redact_url(part))
            })
        };
        Ok(Self(parts.map(origin).collect::<Result<_, _>>()?))
    }
}

impl fmt::Display for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// Normalizes an origin as browsers do: scheme, host and port. `None` if the URL has more than these.
pub fn normalize_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && HostName::from_url(url).is_some()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    url.map(|url| url.origin().ascii_serialization())
}

/// The URL for an error message, unless it may contain a password.
pub fn redact_url(url: &str) -> String {
    if url.contains('@') { "an address with a user name".to_owned() } else { format!("{url:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_origin_matches_the_normalized_form() {
        let origins: AllowedOrigins = "HTTPS://App.Example.org:443/, http://localhost:4200,".parse().unwrap();
        assert_eq!(origins.to_string(), "https://app.example.org,http://localhost:4200");
        assert!(origins.contains("https://app.example.org") && origins.contains("http://localhost:4200"));
        for other in ["null", "*", "", "http://app.example.org", "https://app.example.org:8443", "https://example.org"]
        {
            assert!(!origins.contains(other), "{other}");
        }
    }

    #[test]
    fn wildcard_or_malformed_origin_is_refused() {
        for bad in ["*", "null", "https://*", "app.example.org", "https://app.example.org/path", "file:///x"] {
            assert!(bad.parse::<AllowedOrigins>().is_err(), "{bad}");
        }
        assert_eq!("".parse(), Ok(AllowedOrigins::default()));
    }
}
