//! The page after a sign-in: writes the `next` of `/login?next=…`, and checks it when it is read.

/// The page after a sign-in without a `next`.
pub const HOME: &str = "/";

/// The paths of the pages for guests. A signed-in user is never sent to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestPages {
    /// The page with the login form.
    pub login: &'static str,
    /// The page with the registration form.
    pub register: &'static str,
}

impl GuestPages {
    /// The pages of an application that does not name others.
    pub const DEFAULT: Self = Self { login: "/login", register: "/register" };
}

/// The address of `page` with the page to open after the sign-in: `/login?next=/customers`.
pub fn with_next(page: &str, next: &str) -> String {
    match next {
        HOME => page.to_owned(),
        next => format!("{page}?next={}", percent_encode(next)),
    }
}

/// `next` if it is an absolute path on this site, otherwise [`HOME`].
///
/// An attacker can send a link with any `next`, and browsers accept many forms of addresses: `//host` and `/\host` lead
/// to another site, tabs and line breaks are removed before parsing, and `/.//host` becomes `//host`. So only plain
/// paths on this site are accepted, except those of the two pages for guests.
pub fn safe_next(next: &str, guest_pages: GuestPages) -> String {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let leads_away = !path.starts_with('/') || path.contains("//");
    // A router that resolves dot segments could open a page that is not checked here, such as `/./login`.
    let has_dots = path.split('/').any(|segment| matches!(percent_decode(segment).as_str(), "." | ".."));
    let is_odd = next.contains('\\') || next.chars().any(char::is_control);
    let is_for_guests =
        [guest_pages.login, guest_pages.register].iter().any(|page| without_slash(page) == without_slash(path));
    if leads_away || has_dots || is_odd || is_for_guests { HOME.to_owned() } else { next.to_owned() }
}

fn without_slash(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// The value of `next` in a query, decoded once. The router's own map decodes twice, which would change a `next` that
/// has its own query.
pub fn next_in(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("next="))?;
    Some(percent_decode(&value.replace('+', " ")))
}

/// Undoes percent-encoding (RFC 3986 §2.1); what is not valid stays as it is.
fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(escaped) => {
                decoded.push(escaped);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Escapes all characters that could end a query value. Slashes cannot (RFC 3986 §3.4) and stay readable.
fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honoured(next: &str) -> String {
        safe_next(next, GuestPages::DEFAULT)
    }

    #[test]
    fn next_path_on_this_site_is_kept() {
        for good in
            ["/", "/customers", "/customers?page=2&sort=name", "/a/b/c/", "/kunden/größe", "/a?u=http://x//y", "/a#b"]
        {
            assert_eq!(honoured(good), good);
        }
    }

    #[test]
    fn next_path_to_another_site_becomes_home() {
        for bad in [
            "",
            "customers",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/%2e//evil.example",
            "/a\u{0}",
            "/a\u{85}",
            "?next=//evil.example",
            "#x",
            "@evil.example",
        ] {
            assert_eq!(honoured(bad), HOME, "{bad:?}");
        }
    }

    #[test]
    fn next_path_with_dot_segments_becomes_home() {
        for bad in ["/./login", "/a/../login", "/%2e/login", "/a/%2E%2e/b", "/..", "/."] {
            assert_eq!(honoured(bad), HOME, "{bad}");
        }
        assert_eq!(honoured("/a.b/...?x=/../"), "/a.b/...?x=/../");
    }

    #[test]
    fn next_path_in_a_query_is_read_back_unchanged() {
        for page in ["/customers?page=2&q=a%26b%20c%2Bd", "/a?b=100%25", "/ü?x=%zz%", "/a#b+c"] {
            let query = with_next("/login", page);
            assert_eq!(next_in(query.split_once('?').unwrap_or_default().1).as_deref(), Some(page));
        }
        assert_eq!(next_in("a=b&next=/c+d"), Some("/c d".to_owned()));
        assert_eq!(next_in("nextt=/c"), None);
    }

    #[test]
    fn next_path_to_a_guest_page_becomes_home() {
        for page in ["/login", "/login/", "/login?next=/customers", "/register", "/register#x"] {
            assert_eq!(honoured(page), HOME, "{page}");
        }
        assert_eq!(honoured("/login-help"), "/login-help");
    }

    #[test]
    fn pages_for_guests_with_other_paths_are_no_goal() {
        let pages = GuestPages { login: "/sign-in/", register: "/accounts/new" };
        for page in ["/sign-in", "/sign-in/?next=/customers", "/accounts/new", "/accounts/new#x"] {
            assert_eq!(safe_next(page, pages), HOME, "{page}");
        }
        for other in ["/login", "/register", "/accounts", "/sign-in-help", "/customers"] {
            assert_eq!(safe_next(other, pages), other);
        }
    }

    #[test]
    fn plain_next_path_is_not_encoded() {
        assert_eq!(with_next("/login", "/customers"), "/login?next=/customers");
        assert_eq!(with_next("/register", HOME), "/register");
    }

    #[test]
    fn next_path_with_a_query_is_encoded() {
        assert_eq!(with_next("/login", "/a?b=c&d=e#f"), "/login?next=/a%3Fb%3Dc%26d%3De%23f");
        assert_eq!(with_next("/login", "/ü +%"), "/login?next=/%C3%BC%20%2B%25");
    }
}
