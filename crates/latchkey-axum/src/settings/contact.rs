//! The contact for vulnerability reports (RFC 9116 §2.5.3).

use super::host_name::HostName;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// A contact for `security.txt`. It must fit on one line, because that file is read line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityContact(String);

impl FromStr for SecurityContact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_line = !text.is_empty() && text.len() <= 1000 && text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_contact = is_line
            && Url::parse(text).is_ok_and(|url| match url.scheme() {
                "mailto" => url.path().split(',').all(is_mail_address),
                "https" => {
                    text.starts_with("https://")
                        && HostName::from_url(&url).is_some()
                        && url.username().is_empty()
                        && url.password().is_none()
                }
                "tel" => is_phone_number(url.path()),
                _ => false,
            });
        if is_contact {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("is {text:?}: write an address such as mailto:security@example.org, https://… or tel:…"))
        }
    }
}

/// Whether this is `local@domain` (RFC 6068 §2). Rejects texts that no mail server accepts.
fn is_mail_address(text: &str) -> bool {
    let is_local = |local: &str| !local.is_empty() && local.len() <= 64;
    text.split_once('@').is_some_and(|(local, domain)| is_local(local) && HostName::from_header(domain).is_some())
}

/// Whether this is a phone number: at least three digits, with the separators of RFC 3966 §3, and parameters after a
/// semicolon.
fn is_phone_number(text: &str) -> bool {
    let number = text.split(';').next().unwrap_or_default();
    let number = number.strip_prefix('+').unwrap_or(number);
    let is_part = |byte: u8| byte.is_ascii_digit() || b"-.()".contains(&byte);
    number.bytes().all(is_part) && number.bytes().filter(u8::is_ascii_digit).count() >= 3
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
    fn contact_without_mailto_https_or_tel_is_refused() {
        for good in [
            "mailto:security@example.org",
            "https://example.org/report",
            "tel:+1-201-555-0123",
            "mailto:a@example.org?subject=x",
        ] {
            assert_eq!(good.parse::<SecurityContact>().map(|contact| contact.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "security@example.org",
            "http://example.org/report",
            "javascript:alert(1)",
            "mailto:example",
            "https://example.org/\nPolicy: x",
            "mailto:a b@example.org",
            "mailto:@",
            "mailto:a@",
            "mailto:@example.org",
            "mailto:a@b@c",
            "mailto:a@b..c",
            "tel:abc",
            "tel:+",
            "https://a:b@example.org/",
            "https://a..b/",
            "https:example.org",
            "https:\\\\example.org\\x",
        ] {
            assert!(bad.parse::<SecurityContact>().unwrap_err().contains("mailto:security@example.org"), "{bad:?}");
        }
    }
}
