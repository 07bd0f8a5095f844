//! The contact for vulnerability reports (RFC 9116 §2.5.3).

use std::fmt;
use std::str::FromStr;
use url::Url;

/// An address for the file `security.txt`, which is read a line at a time: one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityContact(String);

impl FromStr for SecurityContact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_line = !text.is_empty() && text.len() <= 1000 && text.bytes().all(|byte| byte.is_ascii_graphic());
        let url = Url::parse(text).ok().filter(|_| is_line);
        let is_contact = url.is_some_and(|url| match url.scheme() {
            "mailto" => url.path().contains('@'),
            "https" => url.has_host(),
            "tel" => !url.path().is_empty(),
            _ => false,
        });
        if is_contact {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("is {text:?}: write an address such as mailto:security@example.org, https://… or tel:…"))
        }
    }
}

impl fmt::Display for SecurityContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_is_one_line_with_one_of_three_schemes() {
        for good in ["mailto:security@example.org", "https://example.org/report", "tel:+1-201-555-0123"] {
            assert_eq!(good.parse::<SecurityContact>().map(|contact| contact.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "security@example.org",
            "http://example.org/report",
            "javascript:alert(1)",
            "mailto:nobody",
            "https://example.org/\nPolicy: x",
            "mailto:a b@example.org",
        ] {
            assert!(bad.parse::<SecurityContact>().unwrap_err().contains("mailto:security@example.org"), "{bad:?}");
        }
    }
}
