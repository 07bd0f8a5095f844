//! The structure of rendered HTML as one number, for the browser to compare with that of the document.
//!
//! Hydration takes over the nodes that the server sent and fails, or takes the wrong ones, when other software has changed
//! them. `start.js` computes the same number over the document.

/// What a browser with scripts reads as text, whatever stands in it.
const TEXT_ONLY: &str = "noscript";
/// Elements without an end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// The structure of the nodes that a browser makes of `html`, which must be as Leptos renders it: every element but the
/// void ones has its end tag, and attributes stand in double quotes. Elements count by their names and their
/// `name` attributes, so that two inputs which changed places are noticed; texts and comments by being there.
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

/// What follows the place, or nothing.
fn after(text: &str, place: Option<usize>) -> &str {
    place.and_then(|place| text.get(place..)).unwrap_or_default()
}

/// The value of the attribute `name`, or nothing.
fn name_attribute(tag: &str) -> &str {
    // Names and values take turns between the quotation marks.
    let mut parts = tag.split('"');
    while let (Some(names), Some(value)) = (parts.next(), parts.next()) {
        if names.ends_with(" name=") {
            return value;
        }
    }
    ""
}

/// Where the `>` is that ends the tag: one in an attribute does not.
fn end_of_tag(tag: &str) -> usize {
    let mut is_quoted = false;
    let end = tag.find(|c| {
        is_quoted ^= c == '"';
        c == '>' && !is_quoted
    });
    end.unwrap_or(tag.len())
}

/// The hash of Java's strings, which takes one line in a script.
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
    fn structure_ignores_other_attributes_whatever_is_in_them() {
        assert_eq!(structure(r#"<p title="a > b" hidden>x</p>"#), structure("<p>y</p>"));
        assert_eq!(structure(r#"<a href="/a/">x</a>"#), of("<at/"));
    }

    #[test]
    fn structure_of_noscript_is_one_text() {
        assert_eq!(structure("<noscript><p>x<!></p></noscript><b></b>"), of("<noscriptt/<b/"));
        assert_eq!(structure("<noscript></noscript>"), of("<noscript/"));
    }

    #[test]
    fn structure_of_broken_html_is_some_number() {
        for html in ["<", "<!", "<!--", "</", "<p", "<p a=\"", "<noscript>", "é<é"] {
            structure(html);
        }
    }
}
