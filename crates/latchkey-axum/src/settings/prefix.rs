//! The path under which an application serves Latchkey's routes.

use std::fmt;
use std::str::FromStr;

/// A path prefix such as `/auth`; empty for the root. Latchkey's routes are below it, except those under `/.well-known`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// The prefix as it is in a path: without a slash at the end, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the prefix is empty.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The part of `path` after the prefix, with its leading slash; `None` for a path outside the prefix.
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.as_str()).filter(|rest| rest.starts_with('/'))
    }
}

impl FromStr for PathPrefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        match text.strip_prefix('/') {
            _ if text.is_empty() || text == "/" => Ok(Self::default()),
            Some(path) if path.split('/').all(is_plain) => Ok(Self(text.to_owned())),
            _ => Err(format!("{text:?} is not a path prefix: write letters, digits and '-', such as /auth")),
        }
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_that_changes_a_path_is_refused() {
        for bad in
            ["auth", "/auth/", "//auth", "/a//b", "/..", "/a/./b", "/a b", "/a?b", "/a#b", "/ä", "/a{b}", "/a%2fb"]
        {
            assert!(bad.parse::<PathPrefix>().is_err(), "{bad}");
        }
        for (good, wanted) in [("", ""), ("/", ""), ("/auth", "/auth"), ("/a/b-1", "/a/b-1")] {
            assert_eq!(good.parse::<PathPrefix>().map(|prefix| prefix.to_string()), Ok(wanted.to_owned()));
        }
    }

    #[test]
    fn path_is_stripped_at_a_segment_only() {
        let auth: PathPrefix = "/auth".parse().unwrap();
        assert_eq!(auth.strip("/auth/api/me"), Some("/api/me"));
        for elsewhere in ["/authority/api/me", "/api/me", "/auth"] {
            assert_eq!(auth.strip(elsewhere), None, "{elsewhere}");
        }
        assert_eq!(PathPrefix::default().strip("/api/me"), Some("/api/me"));
    }
}
