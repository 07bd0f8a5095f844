//! Schemas of the types, with doc comments converted for readers of the document.

use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// The schemas that operations refer to, for `components/schemas`.
#[derive(Default)]
pub struct Schemas(Vec<(String, RefOr<Schema>)>);

impl Schemas {
    /// Adds the type to the components, and returns a reference to it.
    pub fn refer<T: ToSchema>(&mut self) -> Value {
        T::schemas(&mut self.0);
        match json(&T::schema()) {
            // A list has no name, so its schema is inlined.
            schema if schema["type"] == "array" => schema,
            _ => {
                self.0.push((T::name().into_owned(), T::schema()));
                serde_json::json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
            }
        }
    }

    /// The type's schema, to be inlined, without its description.
    pub fn write_out<T: ToSchema>(&mut self) -> Value {
        T::schemas(&mut self.0);
        let mut schema = json(&T::schema());
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("description");
        }
        schema
    }

    /// The value of `components/schemas`.
    pub fn into_components(self) -> Map<String, Value> {
        self.0.into_iter().map(|(name, schema)| (name, json(&schema))).collect()
    }
}

fn json(schema: &RefOr<Schema>) -> Value {
    let mut schema = serde_json::to_value(schema).unwrap_or_default();
    clean(&mut schema);
    schema
}

/// Converts each description with [`plain`].
fn clean(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => *text = plain(text),
                    value => clean(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        _ => {}
    }
}

/// A doc comment without what only rustdoc can show: links to items, and the errors section, which the responses replace.
fn plain(comment: &str) -> String {
    let text = comment.split("# Errors").next().unwrap_or_default();
    let mut parts = text.trim().split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (item, rest) = part.split_once("`]").unwrap_or((part, ""));
        // Drops an explicit link target.
        let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
        plain.push_str(&format!("`{item}`{rest}"));
    }
    // Joins the lines of each paragraph.
    let line = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.split("\n\n").map(line).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_comment_loses_rustdoc_links_and_errors_section() {
        assert_eq!(
            plain("One\n two.\n\nAn [`A`](b::A) and [`B::C`].\n\n# Errors\n[`D`]."),
            "One two.\n\nAn `A` and `B::C`."
        );
        assert_eq!(plain("A [link](https://example.org) stays."), "A [link](https://example.org) stays.");
    }
}
