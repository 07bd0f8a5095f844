//! The path prefix of Latchkey's routes, which the server names in the page: see [`Head`](crate::components::head::Head).

/// The name of the `meta` element.
pub const META: &str = "latchkey-prefix";

/// The first segments of the paths of Latchkey's operations, below `/api/`.
const OPERATIONS: [&str; 5] = ["auth", "token", "me", "sessions", "account"];

/// The path of a call with the prefix that the page names. Browser only.
pub fn with_prefix(path: &str) -> String {
    // Only in the head, where no content of users is.
    let meta = leptos::prelude::document().query_selector("head > meta[name=latchkey-prefix]").ok().flatten();
    applied(path, &meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default())
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

    #[cfg(feature = "ssr")]
    #[test]
    fn operation_of_each_route_gets_the_prefix() {
        for (_, path) in latchkey_axum::routes::all_operations() {
            assert!(is_operation(path), "{path}");
        }
    }
}
