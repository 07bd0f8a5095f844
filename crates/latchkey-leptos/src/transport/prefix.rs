//! The path prefix of Latchkey's routes, which the server names in the page: see [`Head`](crate::components::head::Head).

/// The name of the `meta` element.
pub const META: &str = "latchkey-prefix";

/// The first segments of the paths of Latchkey's operations, below `/api/`.
const OPERATIONS: [&str; 5] = ["auth", "token", "me", "sessions", "account"];

/// For the developer of the application, in the browser's console.
const HEAD_IS_MISSING: &str = "Latchkey does not answer at this path. If the server has a path prefix, put <Head /> into the \
                               <head> of the shell.";

/// The path of a call with the prefix that the page names. Browser only.
pub fn with_prefix(path: &str) -> String {
    applied(path, &page_prefix().unwrap_or_default())
}

/// Logs that [`Head`](crate::components::head::Head) may be missing, if the answer looks like it. `url` is that of the
/// call. Browser only.
pub fn warn_without_prefix(url: &str, status: u16, is_json: bool) {
    if is_not_from_latchkey(url, status, is_json) && page_prefix().is_none() {
        leptos::leptos_dom::logging::console_warn(HEAD_IS_MISSING);
    }
}

/// The prefix that the page names. It is looked up in the head only, where no content of users is.
fn page_prefix() -> Option<String> {
    let meta = leptos::prelude::document().query_selector("head > meta[name=latchkey-prefix]").ok()?;
    meta?.get_attribute("content")
}

/// Whether a call of one of Latchkey's operations was answered by another route or by none: Latchkey's own errors are JSON.
fn is_not_from_latchkey(url: &str, status: u16, is_json: bool) -> bool {
    !is_json && matches!(status, 404 | 405) && url.find("/api/").is_some_and(|at| is_operation(&url[at..]))
}

/// The path with the prefix, if it is one of Latchkey's operations; the application's own are at the root. A prefix that
/// is not a path on this site, such as `//evil.example`, does not count: passwords and tokens would be sent there.
fn applied(path: &str, prefix: &str) -> String {
    if is_operation(path) && is_path(prefix) { format!("{prefix}{path}") } else { path.to_owned() }
}

/// Whether it is a slash, and text without a slash at its begin or end.
fn is_path(prefix: &str) -> bool {
    prefix.strip_prefix('/').is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.ends_with('/')
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
    })
}

/// Whether this is the path of one of Latchkey's operations.
pub fn is_operation(path: &str) -> bool {
    let segment = path.strip_prefix("/api/").and_then(|rest| rest.split(['/', '?']).next());
    segment.is_some_and(|segment| OPERATIONS.contains(&segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_for_operations_of_latchkey_alone() {
        assert_eq!(applied("/api/me", "/auth"), "/auth/api/me");
        assert_eq!(applied("/api/account/events?before=2", "/auth"), "/auth/api/account/events?before=2");
        for of_application in ["/api/customers", "/api/mention", "/reports/api/me", "/api/", "/me"] {
            assert_eq!(applied(of_application, "/auth"), of_application);
        }
        assert_eq!(applied("/api/me", "/a/b-1"), "/a/b-1/api/me");
    }

    #[test]
    fn prefix_that_leads_to_another_site_does_not_count() {
        for bad in ["", "/", "//evil.example", "https://evil.example", "/\\evil.example", "/a/", "/a?b", "evil.example"]
        {
            assert_eq!(applied("/api/me", bad), "/api/me", "{bad}");
        }
    }

    #[test]
    fn page_in_place_of_an_operation_is_not_from_latchkey() {
        let login = "http://127.0.0.1:3000/api/auth/login";
        assert!(is_not_from_latchkey(login, 404, false) && is_not_from_latchkey(login, 405, false));
        assert!(!is_not_from_latchkey(login, 404, true) && !is_not_from_latchkey(login, 502, false));
        assert!(!is_not_from_latchkey("http://127.0.0.1:3000/api/customers", 404, false));
        assert!(HEAD_IS_MISSING.contains("<Head />"));
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn operation_of_each_route_gets_the_prefix() {
        for (_, path) in latchkey_axum::routes::all_operations() {
            assert!(is_operation(path), "{path}");
        }
    }
}
