//! Generates a collection of requests from the OpenAPI document.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// How a request uses the answer to an earlier one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// VS Code's REST Client, Visual Studio, httpYac, Kulala: by the name of the earlier request.
    RestClient,
    /// JetBrains' HTTP Client: by a script that stores it.
    JetBrains,
}

impl Dialect {
    pub fn file_name(self) -> &'static str {
        match self {
            Self::RestClient => "latchkey.http",
            Self::JetBrains => "latchkey.jetbrains.http",
        }
    }

    fn head(self) -> &'static str {
        match self {
            Self::RestClient => {
                "# A request for each operation of the API, for VS Code's REST Client, Visual Studio, httpYac and Kulala.\n\
                 # JetBrains' HTTP Client reads latchkey.jetbrains.http. `make run` serves what they are sent to.\n"
            }
            Self::JetBrains => {
                "# A request for each operation of the API, for JetBrains' HTTP Client. Other editors read latchkey.http.\n\
                 # `make run` serves what they are sent to.\n"
            }
        }
    }
}

/// The usable values of an answer, with their paths in each dialect.
const TOKENS: [(&str, &str); 2] = [("token", "token"), ("refreshToken", "refreshToken")];
const OAUTH_TOKENS: [(&str, &str); 2] = [("token", "access_token"), ("refreshToken", "refresh_token")];

/// Requests that end sessions which others use come last, each after a sign-in.
const ENDS: [&str; 4] = ["account.password", "token.revoke", "oauth.revoke", "account.delete"];

struct Writer {
    dialect: Dialect,
    text: String,
    /// The request whose answer has the newest tokens, and what they are called in it.
    newest: Option<(String, [(&'static str, &'static str); 2])>,
    sign_ins: usize,
}

/// The whole file.
pub fn collection(description: &Value, dialect: Dialect) -> String {
    let mut writer = Writer { dialect, text: dialect.head().to_owned(), newest: None, sign_ins: 0 };
    writer.text.push_str(
        "# Send them from the top: what a request is answered, later ones use. The last one deletes the account.\n\n\
         @host = http://127.0.0.1:3000\n@username = ada.lovelace\n@password = correct horse battery staple\n\
         # The client in LATCHKEY_INTROSPECTION_CLIENT; without that setting, /oauth/introspect answers 404.\n\
         @client = gateway\n@clientSecret = 0123456789abcdef\n",
    );
    let id = |operation: &Value| operation["operationId"].as_str().unwrap().to_owned();
    let all = || {
        let paths = description["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
        })
    };
    for first in ["auth.register", "auth.login"] {
        let (path, method, operation) = all().find(|(.., operation)| id(operation) == first).unwrap();
        writer.request(path, method, operation);
    }
    for (path, method, operation) in all() {
        if !["auth.register", "auth.login"].contains(&id(operation).as_str()) && !ENDS.contains(&id(operation).as_str())
        {
            writer.request(path, method, operation);
        }
    }
    for end in ENDS {
        let (path, method, sign_in) = all().find(|(.., operation)| id(operation) == "auth.login").unwrap();
        writer.request(path, method, sign_in);
        let (path, method, operation) = all().find(|(.., operation)| id(operation) == end).unwrap();
        writer.request(path, method, operation);
    }
    writer.text
}

impl Writer {
    fn request(&mut self, path: &str, method: &str, operation: &Value) {
        let id = operation["operationId"].as_str().unwrap();
        let mut name: String = id.split(['.', '-']).map(capitalised).collect();
        if id == "auth.login" {
            self.sign_ins += 1;
            name.push_str(&if self.sign_ins == 1 { String::new() } else { self.sign_ins.to_string() });
        }
        let summary = operation["summary"].as_str().unwrap();
        let _ = write!(self.text, "\n### {summary}\n# @name {name}\n{} {{{{host}}}}{path}\n", method.to_uppercase());
        let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
        let body = content.map(|(kind, content)| (kind.as_str(), self.body(id, &content["example"])));
        let needs_token = operation["security"].as_array().unwrap().iter().all(|way| way.get("accessToken").is_some());
        if needs_token && !operation["security"].as_array().unwrap().is_empty() {
            let token = self.newest("token");
            let _ = writeln!(self.text, "Authorization: Bearer {token}");
        }
        match body {
            Some((kind @ "application/json", body)) => {
                let _ = writeln!(self.text, "Content-Type: {kind}\n\n{body:#}");
            }
            Some((kind, body)) => {
                let fields = body.as_object().unwrap().iter();
                let fields: Vec<_> =
                    fields.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
                let _ = writeln!(self.text, "Content-Type: {kind}\n\n{}", fields.join("&"));
            }
            None => {}
        }
        self.answered(id, &name, operation);
    }

    /// The example of a body, with variables instead of placeholder values.
    fn body(&self, id: &str, example: &Value) -> Value {
        let mut body = example.clone();
        for (field, value) in body.as_object_mut().into_iter().flatten() {
            *value = match (id, field.as_str()) {
                (_, "username") => json!("{{username}}"),
                // The same again, so that the sign-ins below work.
                ("auth.password-advice", _) => continue,
                (_, "password" | "currentPassword" | "newPassword") => json!("{{password}}"),
                ("oauth.introspect", "token") => json!(self.newest("token")),
                (_, "refreshToken" | "refresh_token" | "token") => json!(self.newest("refreshToken")),
                ("sessions.revoke", "id") => json!(self.other_session()),
                _ => continue,
            };
        }
        if id == "oauth.introspect" {
            body["client_id"] = json!("{{client}}");
            body["client_secret"] = json!("{{clientSecret}}");
        }
        body
    }

    fn newest(&self, what: &str) -> String {
        let (name, fields) = self.newest.as_ref().unwrap();
        let (_, field) = fields.iter().find(|(own, _)| *own == what).unwrap();
        match self.dialect {
            Dialect::RestClient => format!("{{{{{name}.response.body.$.{field}}}}}"),
            Dialect::JetBrains => format!("{{{{{what}}}}}"),
        }
    }

    /// The registration's: the list begins with the session that it is asked with.
    fn other_session(&self) -> &'static str {
        match self.dialect {
            Dialect::RestClient => "{{Sessions.response.body.$[1].id}}",
            Dialect::JetBrains => "{{otherSession}}",
        }
    }

    /// What later requests use of the answer.
    fn answered(&mut self, id: &str, name: &str, operation: &Value) {
        let content = &operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let stores: Vec<(&str, String)> = match content.as_str().and_then(|schema| schema.rsplit('/').next()) {
            Some("Tokens") => self.have(name, TOKENS),
            Some("TokenAnswer") => self.have(name, OAUTH_TOKENS),
            _ if id == "sessions" => vec![("otherSession", "[1]?.id".to_owned())],
            _ => return,
        };
        if self.dialect == Dialect::JetBrains {
            self.text.push_str("\n> {%\n");
            for (variable, field) in stores {
                let _ = writeln!(self.text, "client.global.set(\"{variable}\", response.body{field});");
            }
            self.text.push_str("%}\n");
        }
    }

    fn have(&mut self, name: &str, fields: [(&'static str, &'static str); 2]) -> Vec<(&'static str, String)> {
        self.newest = Some((name.to_owned(), fields));
        fields.map(|(variable, field)| (variable, format!(".{field}"))).to_vec()
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
