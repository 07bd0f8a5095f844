//! Describes a device by its user agent.

use latchkey_wire::{Device, DeviceKind};
use woothee::parser::Parser;

/// The device that a user agent claims to be.
pub(super) fn describe(user_agent: Option<&str>) -> Device {
    let Some(text) = user_agent else {
        return Device::default();
    };
    let Some(found) = Parser::new().parse(text) else {
        return Device::default();
    };
    let known = |name: &str| (name != "UNKNOWN").then(|| name.to_owned());
    let kind = match (found.category, found.os) {
        (_, "iPad") => DeviceKind::Tablet,
        // The user agent of an Android tablet lacks "Mobile".
        ("smartphone", "Android") if !text.contains("Mobile") => DeviceKind::Tablet,
        ("smartphone" | "mobilephone", _) => DeviceKind::Phone,
        ("pc", _) => DeviceKind::Computer,
        _ => DeviceKind::Other,
    };
    let browser = match found.name {
        // Programs name themselves: curl, Go-http-client.
        "HTTP Library" => text.split(['/', ' ']).next().filter(|name| is_token(name)).map(str::to_owned),
        name => known(name),
    };
    let system = match found.os {
        // Apple's name for it.
        "Mac OSX" => Some("macOS".to_owned()),
        name => known(name),
    };
    Device { kind, browser, system }
}

/// A product name (RFC 9110 §5.6.2), without characters that hide or reverse the text beside it.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(user_agent: &str) -> (DeviceKind, String, String) {
        let Device { kind, browser, system } = describe(Some(user_agent));
        (kind, browser.unwrap_or_default(), system.unwrap_or_default())
    }

    #[test]
    fn common_user_agents_are_recognised() {
        let own = |kind, browser: &str, system: &str| (kind, browser.to_owned(), system.to_owned());
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                own(DeviceKind::Computer, "Chrome", "Windows 10"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                own(DeviceKind::Computer, "Edge", "Windows 10"),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                own(DeviceKind::Computer, "Firefox", "Linux"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                own(DeviceKind::Computer, "Safari", "macOS"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                own(DeviceKind::Phone, "Safari", "iPhone"),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                own(DeviceKind::Tablet, "Safari", "iPad"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                own(DeviceKind::Phone, "Chrome", "Android"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                own(DeviceKind::Tablet, "Chrome", "Android"),
            ),
            ("curl/8.5.0", own(DeviceKind::Other, "curl", "")),
        ] {
            assert_eq!(named(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn program_name_with_odd_characters_is_left_out() {
        assert_eq!(named("my-app_2.0 Java(TM) 2 Runtime Environment, 1.8").1, "my-app_2.0");
        for odd in ["\u{202e}gpj", "ליידי", "<b>app</b>", ""] {
            let user_agent = format!("{odd} Java(TM) 2 Runtime Environment, 1.8");
            assert_eq!(named(&user_agent).1, "", "{user_agent}");
        }
    }

    #[test]
    fn uninformative_user_agent_is_an_unknown_device() {
        assert_eq!(describe(None), Device::default());
        for user_agent in ["", "???", "<script>alert(1)</script>"] {
            assert_eq!(describe(Some(user_agent)), Device::default(), "{user_agent}");
        }
    }
}
