//! The Content-Security-Policy of pages.

/// Sources that the pages of an application may use in addition to their own origin. Each is a CSP source expression,
/// such as `https://cdn.example.org` (CSP3 §2.3.1). Scripts of other origins are not among them: such a script can read
/// the tokens of every user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagePolicy {
    /// For `style-src`; `'unsafe-inline'` allows `style` attributes.
    pub styles: Vec<String>,
    /// For `img-src`, such as `data:`.
    pub images: Vec<String>,
    /// For `font-src`.
    pub fonts: Vec<String>,
    /// For `connect-src`: other servers that the pages call.
    pub connections: Vec<String>,
    /// For `frame-src`.
    pub frames: Vec<String>,
}

impl PagePolicy {
    /// The header for a page whose inline scripts have this nonce: scripts of this origin, inline scripts with the
    /// nonce, WebAssembly, and no other code. Under `cargo leptos watch`, the live reload may connect to its own port.
    pub fn header(&self, nonce: &str, watched: bool) -> String {
        let more = |sources: &[String]| sources.iter().map(|source| format!(" {source}")).collect::<String>();
        let or_none = |name: &str, sources: &[String]| match sources {
            [] => String::new(),
            sources => format!("{name}{}; ", more(sources)),
        };
        let live_reload = if watched { " ws:" } else { "" };
        format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'{styles}; \
             img-src 'self'{images}; connect-src 'self'{live_reload}{connections}; {fonts}{frames}object-src 'none'; \
             base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
            styles = more(&self.styles),
            images = more(&self.images),
            connections = more(&self.connections),
            fonts = or_none("font-src", &self.fonts),
            frames = or_none("frame-src", &self.frames),
        )
    }

    /// The first source that is not a source expression. One with a space or a `;` would end its directive and begin
    /// another.
    pub fn fault(&self) -> Option<&str> {
        let all = [&self.styles, &self.images, &self.fonts, &self.connections, &self.frames].into_iter().flatten();
        let is_source = |source: &str| {
            !source.is_empty() && source.bytes().all(|byte| byte.is_ascii_graphic() && !b";,".contains(&byte))
        };
        all.map(String::as_str).find(|source| !is_source(source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_source_stands_in_its_directive_alone() {
        let images = vec!["https://cdn.example.org".to_owned(), "data:".to_owned()];
        let fonts = vec!["https://fonts.example.org".to_owned()];
        let header = PagePolicy { images, fonts, ..PagePolicy::default() }.header("n", false);
        assert!(header.contains("; img-src 'self' https://cdn.example.org data:; "), "{header}");
        assert!(header.contains("; font-src https://fonts.example.org; object-src"), "{header}");
        assert_eq!(header.matches("https://").count(), 2);
        assert!(!PagePolicy::default().header("n", false).contains("font-src"));
    }

    #[test]
    fn source_that_ends_its_directive_is_a_fault() {
        for bad in ["", "a b", "https://a.example;script-src *", "a,b", "https://ä.example", "a\n"] {
            let policy = PagePolicy { connections: vec![bad.to_owned()], ..PagePolicy::default() };
            assert_eq!(policy.fault(), Some(bad));
        }
        let good = PagePolicy { connections: vec!["wss://x.example:8443".into()], ..PagePolicy::default() };
        assert_eq!(good.fault(), None);
    }
}
