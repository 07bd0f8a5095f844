//! Renders the document as HTML that needs no JavaScript.

use serde_json::Value;

/// The `main` element of a page that describes the API.
pub fn render(document: &Value) -> String {
    let (mut contents, mut sections) = (String::new(), String::new());
    for tag in items(&document["tags"]) {
        let name = text(&tag["name"]);
        let mut operations = String::new();
        contents += &format!("<li>{name}\n<ul>\n");
        for (path, methods) in fields(&document["paths"]) {
            for (method, operation) in fields(methods) {
                if operation["tags"][0] == tag["name"] {
                    operations += &render_operation(document, path, method, operation);
                    let (id, method) = (text(&operation["operationId"]), method.to_uppercase());
                    contents += &format!("<li><a href=\"#{id}\"><code>{method} {path}</code></a></li>\n");
                }
            }
        }
        contents += "</ul>\n</li>\n";
        let description = text(&tag["description"]);
        sections += &format!("<h2>{name}</h2>\n<p>{description}</p>\n{operations}");
    }
    let schemas: String = fields(&document["components"]["schemas"])
        .map(|(name, schema)| {
            let described = described(&schema["description"]);
            format!("<article id=\"{name}\">\n<h3>{name}</h3>\n{described}{}</article>\n", table(schema))
        })
        .collect();
    let server = text(&document["servers"][0]["url"]);
    format!(
        r#"<main class="reference">
<h1>The API</h1>
<p class="lead">What this server answers at <code>{server}</code>.</p>
<p>The same for programs: <a href="/api/openapi.json">OpenAPI 3.1</a>. JSON in and out, unless it says otherwise; unknown
fields are ignored. An access token goes into the header <code>Authorization: Bearer …</code>.</p>
<nav aria-label="Contents"><ul>
{contents}</ul></nav>
{sections}<h2>Types</h2>
{schemas}<p class="actions"><a class="button" href="/">Go to the home page</a></p>
</main>"#
    )
}

fn render_operation(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let (id, summary) = (text(&operation["operationId"]), with_code(&text(&operation["summary"])));
    let method = method.to_uppercase();
    let needs: Vec<_> = items(&operation["security"])
        .map(|way| match fields(way).next() {
            Some((scheme, _)) => text(&document["components"]["securitySchemes"][scheme]["description"]),
            None => "Or nothing, if the body says enough.".to_owned(),
        })
        .collect();
    let needs = if needs.is_empty() { String::new() } else { format!("<p>Needs: {}</p>\n", needs.join(" ")) };
    let query: String = items(&operation["parameters"])
        .map(|parameter| {
            let (name, description) = (text(&parameter["name"]), text(&parameter["description"]));
            format!("<p>In the address: <code>?{name}=</code> {description}</p>\n")
        })
        .collect();
    let request: String = fields(&operation["requestBody"]["content"])
        .map(|(kind, content)| {
            let example = example(&content["example"]);
            format!("<p>Send <code>{kind}</code>:</p>\n{}{example}", table(&content["schema"]))
        })
        .collect();
    let answers: String =
        fields(&operation["responses"]).map(|(status, answer)| render_answer(status, answer)).collect();
    format!(
        "<article id=\"{id}\">\n<h3>{summary}</h3>\n<p><code>{method} {path}</code></p>\n\
         {}{needs}{query}{request}{answers}</article>\n",
        described(&operation["description"])
    )
}

fn render_answer(status: &str, answer: &Value) -> String {
    let what = with_code(&text(&answer["description"]));
    let body: String = fields(&answer["content"])
        .map(|(kind, content)| {
            let kind = if status.starts_with('2') {
                format!(": <code>{kind}</code> {}", type_of(&content["schema"]))
            } else {
                String::new()
            };
            let details: String = fields(&content["examples"])
                .map(|(name, one)| {
                    let description =
                        ["detail", "error_description"].iter().find_map(|field| one["value"][field].as_str());
                    format!("<li><code>{name}</code> {}</li>\n", escaped(description.unwrap_or_default()))
                })
                .collect();
            let details = if details.is_empty() { details } else { format!("<ul>\n{details}</ul>\n") };
            let fields = if status.starts_with('2') { table(&content["schema"]) } else { String::new() };
            format!("{kind}</p>\n{details}{fields}{}", example(&content["example"]))
        })
        .collect();
    let body = if body.is_empty() { "</p>\n".to_owned() } else { body };
    format!("<p><strong>{status}</strong> {what}{body}")
}

/// The fields of an object, with their types and descriptions.
fn table(schema: &Value) -> String {
    let parts = std::iter::once(schema).chain(items(&schema["allOf"])).chain(items(&schema["oneOf"]));
    // If this is a list, its items may have an inline schema.
    let parts = parts.chain(std::iter::once(&schema["items"]));
    let rows: String = parts
        .flat_map(|part| fields(&part["properties"]).map(move |field| (part, field)))
        .map(|(part, (name, schema))| {
            let required = items(&part["required"]).any(|required| required == name);
            let optional = if required { "" } else { ", optional" };
            let description = with_code(&text(&schema["description"]));
            format!("<dt><code>{name}</code></dt><dd>{}{optional}. {description}</dd>\n", type_of(schema))
        })
        .collect();
    if rows.is_empty() { String::new() } else { format!("<dl>\n{rows}</dl>\n") }
}

fn type_of(schema: &Value) -> String {
    let alternatives = || items(&schema["oneOf"]).chain(items(&schema["anyOf"])).chain(items(&schema["allOf"]));
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if alternatives().next().is_some() {
        return alternatives().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        kind => text(kind),
    };
    let words: Vec<_> = items(&schema["enum"]).map(|word| format!("<code>{}</code>", text(word))).collect();
    match (kind.as_str(), schema["format"].as_str()) {
        _ if !words.is_empty() => words.join(", "),
        ("array", _) => format!("list of {}", type_of(&schema["items"])),
        (kind, Some("date-time")) => format!("{kind}, RFC 3339"),
        (kind, _) => kind.to_owned(),
    }
}

fn example(example: &Value) -> String {
    match example {
        Value::Null => String::new(),
        example => format!("<pre><code>{}</code></pre>\n", escaped(&format!("{example:#}"))),
    }
}

fn described(description: &Value) -> String {
    let text = text(description);
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>\n", with_code(paragraph))).collect()
}

/// Turns text between backticks into `code` elements.
fn with_code(text: &str) -> String {
    let mut parts = text.split('`');
    let mut html = parts.next().unwrap_or_default().to_owned();
    while let Some(code) = parts.next() {
        html += &format!("<code>{code}</code>{}", parts.next().unwrap_or_default());
    }
    html
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

/// Escapes text for HTML, also in attribute values.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
