//! Host names that the server accepts besides that of its public URL and loopback names.

use super::host_name::HostName;
use super::origins::redact_url;
use std::str::FromStr;

/// Names and IP addresses without a port. As text, they are separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<HostName>);

impl AllowedHosts {
    /// Whether the host is in the list.
    pub fn contains(&self, host: &HostName) -> bool {
        self.0.contains(host)
    }
}

impl FromStr for AllowedHosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let host = |part: &str| {
            HostName::from_setting(part).ok_or_else(|| {
                format!(
                    "contains {}: write each name or IP address alone, without scheme and port, such as login.example.org",
                    redact_url(part)
                )
            })
        };
        Ok(Self(parts.map(host).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_hosts_match_the_normalized_host_header() {
        let hosts: AllowedHosts =
            "Login.Example.org, 192.0.2.1,[2001:db8::1], 2001:db8::2,bücher.example,".parse().unwrap();
        for host in ["login.example.org", "192.0.2.1", "[2001:db8::1]", "[2001:db8::2]", "xn--bcher-kva.example"] {
            assert!(hosts.contains(&HostName::from_header(host).unwrap()), "{host}");
        }
        assert!(!hosts.contains(&HostName::from_header("example.org").unwrap()));
    }

    #[test]
    fn invalid_allowed_host_is_explained_in_the_error() {
        for wrong in [
            "https://login.example.org",
            "login.example.org:443",
            "*",
            "*.example.org",
            "a b",
            "a/b",
            "x@y",
            "a..b",
            "[[::1]]]",
        ] {
            let complaint = wrong.parse::<AllowedHosts>().unwrap_err();
            assert!(complaint.contains("without scheme and port"), "{wrong}: {complaint}");
        }
    }
}
