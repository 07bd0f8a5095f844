//! The path prefix of Latchkey's routes, which the server names in the page: see [`Head`](crate::components::head::Head).

/// The name of the `meta` element.
pub const META: &str = "latchkey-prefix";

/// The first segments of the paths of Latchkey's operations, below `/api/`.
const OPERATIONS: [&str; 5] = ["auth", "token", "me", "sessions", "account"];

/// The prefix that the page names; empty for none. Browser only.
pub fn in_page() -> String {
    let meta = leptos::prelude::document().query_selector("meta[name=latchkey-prefix]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// The path of a call, with the prefix if it is one of Latchkey's operations. The application's own server functions
/// are at the root.
pub fn applied(path: &str, prefix: &str) -> String {
    if is_operation(path) { format!("{prefix}{path}") } else { path.to_owned() }
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
        assert_eq!(applied("/api/me", ""), "/api/me");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn operation_of_each_route_gets_the_prefix() {
        for (_, path) in latchkey_axum::routes::all_operations() {
            assert!(is_operation(path), "{path}");
        }
    }
}
