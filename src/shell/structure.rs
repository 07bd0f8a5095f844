//! A hash of the structure of rendered HTML, which the browser compares with that of the document.
//!
//! Hydration fails, or uses wrong nodes, if other software has changed the nodes that the server sent. `start.js`
//! computes the same hash from the document.

/// An element whose content is text in a browser with scripts.
const TEXT_ONLY: &str = "noscript";
/// Elements without an end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Hashes the nodes that a browser creates from `html`, which must be Leptos' output: every element except void ones has an
/// end tag, and attributes are in double quotes. The hash contains names of elements, their `name` attributes, so that
/// swapped inputs are noticed, and the positions of texts and comments.
pub fn structure(html: &str) -> i32 {
    let mut hash = Hash(0);
    let mut rest = html;
    while let Some(first) = rest.chars().next() {
        if first != '<' {
            hash.add("t");
            rest = after(rest, rest.find('<'));
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            hash.add("!");
            rest = after(comment, comment.find("-->").map(|at| at + 3));
        } else if rest.starts_with("<!") {
            hash.add("!");
            rest = after(rest, rest.find('>').map(|at| at + 1));
        } else if rest.starts_with("</") {
            hash.add("/");
            rest = after(rest, rest.find('>').map(|at| at + 1));
        } else {
            let (tag, following) = rest[1..].split_at(end_of_tag(&rest[1..]));
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            rest = after(following, Some(1));
            hash.add("<");
            hash.add(name);
            hash.add(name_attribute(tag));
            if VOID.contains(&name) || tag.ends_with('/') {
                hash.add("/");
            } else if name == TEXT_ONLY {
                let length = rest.find("</noscript").unwrap_or(rest.len());
                hash.add(if length > 0 { "t" } else { "" });
                rest = &rest[length..];
            }
        }
    }
    hash.0
}

/// The text after the position, or an empty one.
fn after(text: &str, position: Option<usize>) -> &str {
    position.and_then(|position| text.get(position..)).unwrap_or_default()
}

/// The value of the attribute `name`, or an empty text.
fn name_attribute(tag: &str) -> &str {
    // Names and values alternate between the quotation marks.
    let mut parts = tag.split('"');
    while let (Some(names), Some(value)) = (parts.next(), parts.next()) {
        if names.ends_with(" name=") {
            return value;
        }
    }
    ""
}

/// The position of the `>` that ends the tag, not of one in an attribute.
fn end_of_tag(tag: &str) -> usize {
    let mut is_quoted = false;
    let end = tag.find(|c| {
        is_quoted ^= c == '"';
        c == '>' && !is_quoted
    });
    end.unwrap_or(tag.len())
}

/// The hash of Java's `String.hashCode`, which is one line of JavaScript.
struct Hash(i32);

impl Hash {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = self.0.wrapping_mul(31).wrapping_add(i32::from(byte));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> i32 {
        let mut hash = Hash(0);
        hash.add(text);
        hash.0
    }

    #[test]
    fn structure_has_elements_texts_and_comments_in_order() {
        assert_eq!(structure(""), of(""));
        assert_eq!(structure(r#"<p class="a">Hi &lt;you<!></p><!--x-->"#), of("<pt!/!"));
        assert_eq!(structure(r#"<div><input id="a"><br/> </div>"#), of("<div<input/<br/t/"));
        assert_eq!(structure(r#"<svg><path d="M1 2"/></svg>"#), of("<svg<path//"));
    }

    #[test]
    fn structure_has_the_names_of_fields() {
        assert_eq!(structure(r#"<input id="a" name="b" class="c"><input class=" name=">"#), of("<inputb/<input/"));
    }

    #[test]
    fn structure_ignores_other_attributes() {
        assert_eq!(structure(r#"<p title="a > b" hidden>x</p>"#), structure("<p>y</p>"));
        assert_eq!(structure(r#"<a href="/a/">x</a>"#), of("<at/"));
    }

    #[test]
    fn structure_of_noscript_is_one_text() {
        assert_eq!(structure("<noscript><p>x<!></p></noscript><b></b>"), of("<noscriptt/<b/"));
        assert_eq!(structure("<noscript></noscript>"), of("<noscript/"));
    }

    #[test]
    fn structure_of_broken_html_does_not_panic() {
        for html in ["<", "<!", "<!--", "</", "<p", "<p a=\"", "<noscript>", "é<é"] {
            structure(html);
        }
    }
}
