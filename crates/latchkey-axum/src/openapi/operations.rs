//! Describes operations with JSON in and out.

use super::operation::{Auth, Content, Operation, describe, problems};
use super::schemas::Schemas;
use latchkey_wire::{ApiError, REMEMBER_BY_DEFAULT};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// One operation.
pub struct Endpoint<'a> {
    /// `get` or `post`.
    pub method: &'static str,
    /// The path below the prefix.
    pub path: &'static str,
    /// The tag that groups it with others.
    pub tag: &'static str,
    /// Its documentation: the first sentence becomes the summary, the rest the description.
    pub description: &'static str,
    /// How the caller is authenticated.
    pub auth: Auth,
    /// An example of the body of a POST.
    pub input: Value,
    /// The status of a success, with an example of its body, if there is one.
    pub output: (u16, Option<Value>),
    /// Its own errors. Those that all operations share, or all with its authentication or a body, are added.
    pub errors: &'a [ApiError],
}

/// Makes Operation Objects, and collects the schemas of their types.
pub struct Operations<'a>(&'a mut Schemas);

impl<'a> Operations<'a> {
    pub(super) fn new(schemas: &'a mut Schemas) -> Self {
        Self(schemas)
    }

    /// Describes an operation with the input `I` and the output `O`.
    pub fn describe<I: ToSchema, O: ToSchema>(&mut self, endpoint: Endpoint<'_>) -> Operation {
        let Endpoint { method, path, tag, description, auth, input, output: (status, output), errors } = endpoint;
        let mut schema = self.0.inline::<I>();
        if let Some(remember) = schema.pointer_mut("/properties/remember") {
            remember["default"] = json!(REMEMBER_BY_DEFAULT);
        }
        let content = output.map(|example| Content::json(self.0.reference::<O>(), example));
        let errors = problems(self.0, errors, auth, method == "post");
        let mut body = describe(tag, description, auth, (status, content), errors);
        body["operationId"] = json!(path.trim_start_matches("/api/").replace('/', "."));
        if method == "post" {
            let required = schema["required"].as_array().is_some_and(|fields| !fields.is_empty());
            body["requestBody"] = json!({ "required": required, "content": Content::json(schema, input).into_value() });
        } else if let Some(fields) = schema["properties"].as_object() {
            let parameters = fields.iter().map(|(name, schema)| {
                // Not the field's own schema, which allows null: a query string cannot contain null.
                json!({ "name": name, "in": "query", "description": schema["description"], "schema": { "type": "string" } })
            });
            body["parameters"] = parameters.collect();
        }
        Operation { path: path.to_owned(), method, body }
    }
}
