//! The names under which the server may be asked for, apart from its public URL's and this machine's own.

use super::parse::shown;
use std::str::FromStr;
use url::{Host, Url};

/// Names and addresses without a port, as they stand in a Host header: lower case, IDNs in ASCII, IPv6 without brackets.
/// As text, with commas between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Host>);

impl AllowedHosts {
    /// Whether this is one of them.
    pub fn contains(&self, host: &Host) -> bool {
        self.0.contains(host)
    }
}

impl FromStr for AllowedHosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let host = |part: &str| {
            plain_host(part).ok_or_else(|| {
                format!(
                    "contains {}: write each name or IP address alone, without scheme and port, such as login.example.org",
                    shown(part)
                )
            })
        };
        Ok(Self(parts.map(host).collect::<Result<_, _>>()?))
    }
}

fn plain_host(text: &str) -> Option<Host> {
    if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse() {
        return Some(Host::Ipv6(address));
    }
    // To a URL's grammar, an asterisk is a letter of the name; a Host header never has one.
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let host = text.chars().all(is_plain).then(|| Host::parse(text).ok())?;
    host.filter(|host| !matches!(host, Host::Domain(name) if name.is_empty() || name.ends_with('.')))
}

/// The host of an origin.
pub(super) fn host_of(origin: &str) -> Option<Host> {
    Url::parse(origin).ok()?.host().map(|host| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_compared_as_a_host_header_has_them() {
        let hosts: AllowedHosts =
            "Login.Example.org, 192.0.2.1,[2001:db8::1], 2001:db8::2,bücher.example,".parse().unwrap();
        for host in ["login.example.org", "192.0.2.1", "[2001:db8::1]", "[2001:db8::2]", "xn--bcher-kva.example"] {
            assert!(hosts.contains(&Host::parse(host).unwrap()), "{host}");
        }
        assert!(!hosts.contains(&Host::parse("example.org").unwrap()));
    }

    #[test]
    fn what_is_no_plain_host_is_named() {
        for wrong in ["https://login.example.org", "login.example.org:443", "*", "*.example.org", "a b", "a/b", "x@y"] {
            let complaint = wrong.parse::<AllowedHosts>().unwrap_err();
            assert!(complaint.contains("without scheme and port"), "{wrong}: {complaint}");
        }
    }
}
