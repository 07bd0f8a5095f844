//! A host in normalized form, to compare the settings with the Host headers of requests.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The longest name and the longest label in DNS (RFC 1035 §2.3.4).
const MAX_NAME_LENGTH: usize = 253;
const MAX_LABEL_LENGTH: usize = 63;

/// The host of a URL or of a Host header: a name in lower case, in ASCII (IDNs as `xn--…`) and without a dot at its
/// end, or an IP address; an IPv4-mapped IPv6 address becomes IPv4. Settings and headers are parsed by the same rules:
/// a setting that no Host header can match would make the server reject every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(Host);

impl HostName {
    /// Parses `uri-host` (RFC 9110 §7.2) strictly: only ASCII, and no percent-encoding. A dot at the end of a name is
    /// dropped.
    pub fn from_header(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            return Some(Self::v6(rest.strip_suffix(']')?.parse().ok()?));
        }
        match text.parse::<Ipv4Addr>() {
            Ok(address) => Some(Self(Host::Ipv4(address))),
            Err(_) => Self::name(text.strip_suffix('.').unwrap_or(text)),
        }
    }

    /// The host of an `http` or `https` URL.
    pub fn from_url(url: &Url) -> Option<Self> {
        Self::from_host(url.host()?.to_owned())
    }

    /// The host of an origin.
    pub fn from_origin(origin: &str) -> Option<Self> {
        Self::from_url(&Url::parse(origin).ok()?)
    }

    /// Parses a name or an IP address as in a URL, IPv6 with or without brackets.
    pub fn from_setting(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(address) => Some(Self::v6(address)),
            Err(_) => Self::from_host(Host::parse(text).ok()?),
        }
    }

    /// Whether this is a loopback address, or a name under `localhost` (RFC 6761 §6.3).
    pub fn is_loopback(&self) -> bool {
        match &self.0 {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }

    fn from_host(host: Host) -> Option<Self> {
        match host {
            Host::Domain(name) => Self::name(&name),
            Host::Ipv4(address) => Some(Self(Host::Ipv4(address))),
            Host::Ipv6(address) => Some(Self::v6(address)),
        }
    }

    fn v6(address: Ipv6Addr) -> Self {
        Self(address.to_ipv4_mapped().map_or(Host::Ipv6(address), Host::Ipv4))
    }

    /// Parses a name of letters, digits, hyphens, and underscores, which some internal names contain.
    fn name(text: &str) -> Option<Self> {
        let is_label = |label: &str| {
            (1..=MAX_LABEL_LENGTH).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let is_name = text.len() <= MAX_NAME_LENGTH && text.split('.').all(is_label);
        is_name.then(|| Self(Host::Domain(text.to_ascii_lowercase())))
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_in_every_form(text: &str, url: &str) {
        let header = HostName::from_header(text);
        assert!(header.is_some(), "{text}");
        assert_eq!(header, HostName::from_origin(url), "{url}");
        assert_eq!(header, HostName::from_setting(text), "{text}");
    }

    #[test]
    fn host_in_header_url_and_setting_compares_equal() {
        same_in_every_form("Login.Example.org", "https://login.example.org");
        same_in_every_form("my_app", "http://my_app:3000");
        same_in_every_form("192.0.2.1", "https://192.0.2.1");
        same_in_every_form("[2001:db8::1]", "https://[2001:0db8::1]");
        same_in_every_form("[::ffff:192.0.2.1]", "https://192.0.2.1");
        assert_eq!(HostName::from_setting("2001:db8::1"), HostName::from_header("[2001:db8::1]"));
        assert_eq!(HostName::from_setting("bücher.example"), HostName::from_header("xn--bcher-kva.example"));
        assert_eq!(HostName::from_header("login.example.org."), HostName::from_header("login.example.org"));
        // Browsers normalize IPv4 addresses.
        assert_eq!(HostName::from_setting("0x7f.1"), HostName::from_header("127.0.0.1"));
    }

    #[test]
    fn invalid_host_is_refused_in_header_setting_and_origin() {
        let label = "a".repeat(64);
        let long = ["a".repeat(63).as_str(); 4].join(".");
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".example.org",
            "a.org..",
            "a!b.example",
            "a$b",
            "*",
            "*.example.org",
            "[[::1]]]",
            "[::1",
            "::1]",
            "a,b",
            "a b",
            &label,
            &long,
        ] {
            assert_eq!(HostName::from_header(text), None, "{text}");
            assert_eq!(HostName::from_setting(text), None, "{text}");
            assert_eq!(HostName::from_origin(&format!("https://{text}")), None, "{text}");
        }
        assert_eq!(HostName::from_setting("login.example.org."), None);
    }

    #[test]
    fn local_host_names_are_loopback() {
        for (text, loopback) in [
            ("localhost", true),
            ("app.localhost", true),
            ("localhost.", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("10.0.0.1", false),
            // Browsers and curl normalize these to 127.0.0.1.
            ("127.1", false),
            ("0x7f.1", false),
            ("2130706433", false),
        ] {
            assert_eq!(HostName::from_header(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }
}
