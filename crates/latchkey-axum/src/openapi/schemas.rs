//! The schemas of the types in requests and responses. Their descriptions are the types' doc comments, without what
//! only rustdoc can render.

use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// The schemas that operations refer to, collected for `components/schemas`.
#[derive(Default)]
pub struct Schemas(Vec<(String, RefOr<Schema>)>);

impl Schemas {
    /// Adds the type's schema to the components, and returns a `$ref` to it. A list has no name, so its own schema is
    /// returned.
    pub fn reference<T: ToSchema>(&mut self) -> Value {
        T::schemas(&mut self.0);
        match to_json(&T::schema()) {
            schema if schema["type"] == "array" => schema,
            _ => {
                self.0.push((T::name().into_owned(), T::schema()));
                serde_json::json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
            }
        }
    }

    /// Returns the type's schema itself, without its description.
    pub fn inline<T: ToSchema>(&mut self) -> Value {
        T::schemas(&mut self.0);
        let mut schema = to_json(&T::schema());
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("description");
        }
        schema
    }

    /// The value of `components/schemas`.
    pub fn into_components(self) -> Map<String, Value> {
        self.0.into_iter().map(|(name, schema)| (name, to_json(&schema))).collect()
    }
}

/// The schema as JSON, with its descriptions converted.
fn to_json(schema: &RefOr<Schema>) -> Value {
    let mut schema = serde_json::to_value(schema).unwrap_or_default();
    convert_descriptions(&mut schema);
    schema
}

/// Converts each description with [`without_rustdoc_markup`].
fn convert_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => *text = without_rustdoc_markup(text),
                    value => convert_descriptions(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(convert_descriptions),
        _ => {}
    }
}

/// Removes from a doc comment the links to Rust items, and the section "Errors", because the document lists the error
/// responses.
fn without_rustdoc_markup(comment: &str) -> String {
    let text = comment.split("# Errors").next().unwrap_or_default();
    let mut parts = text.trim().split("[`");
    let mut markdown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (item, rest) = part.split_once("`]").unwrap_or((part, ""));
        // The target of a link, if it has one.
        let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
        markdown.push_str(&format!("`{item}`{rest}"));
    }
    // Joins the lines of each paragraph.
    let line = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    markdown.split("\n\n").map(line).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_comment_loses_rustdoc_links_and_errors_section() {
        assert_eq!(
            without_rustdoc_markup("One\n two.\n\nAn [`A`](b::A) and [`B::C`].\n\n# Errors\n[`D`]."),
            "One two.\n\nAn `A` and `B::C`."
        );
        assert_eq!(
            without_rustdoc_markup("A [link](https://example.org) stays."),
            "A [link](https://example.org) stays."
        );
    }
}
