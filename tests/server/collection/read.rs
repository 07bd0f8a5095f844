//! A minimal editor client, which sends the requests of a file one after the other.

use crate::support::binary::{Plain, send};
use serde_json::Value;
use std::collections::HashMap;
use std::vec::IntoIter;

/// A file whose requests are being sent.
pub struct Session {
    address: String,
    requests: IntoIter<String>,
    variables: HashMap<String, String>,
    answers: HashMap<String, Value>,
}

/// A request that was answered.
pub struct Answered {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub text: String,
}

impl Session {
    pub fn new(file: &str, address: &str) -> Self {
        let mut blocks = file.split("\n### ");
        let variables = blocks.next().unwrap().lines().filter_map(|line| line.strip_prefix('@')?.split_once(" = "));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let requests: Vec<_> = blocks.map(str::to_owned).collect();
        Self { address: address.to_owned(), requests: requests.into_iter(), variables, answers: HashMap::new() }
    }

    /// Sends the next request; `None` after the last.
    pub fn send_next(&mut self) -> Option<Answered> {
        let block = self.requests.next()?;
        let (request, script) = block.split_once("\n> {%\n").unwrap_or((&block, ""));
        // The first line is the title.
        let (comments, rest): (Vec<_>, Vec<_>) = request.lines().skip(1).partition(|line| line.starts_with('#'));
        let text = self.filled(&rest.join("\n"));
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let (line, headers) = head.trim_end().split_once('\n').unwrap_or((head.trim_end(), ""));
        let (method, url) = line.split_once(' ').unwrap();
        let path = url.strip_prefix(&self.variables["host"]).unwrap();
        let headers: String = headers.lines().map(|header| format!("{header}\r\n")).collect();
        let answer = send(&self.address, format!("{method} {path} HTTP/1.1\r\n{headers}").as_bytes(), body.trim_end());
        let Plain { status, body, .. } = answer;
        let json = serde_json::from_str(&body).unwrap_or_default();
        for line in script.lines().filter(|line| line.starts_with("client.global.set(")) {
            let (variable, field) = line.split_once("\", response.body").unwrap();
            let variable = variable.trim_start_matches("client.global.set(\"").to_owned();
            self.variables.insert(variable, at(&json, field.trim_end_matches(");")).to_owned());
        }
        if let Some(name) = comments.iter().find_map(|line| line.strip_prefix("# @name ")) {
            self.answers.insert(name.to_owned(), json);
        }
        Some(Answered { method: method.to_owned(), path: path.to_owned(), status, text: body })
    }

    /// Puts the values in the place of the variables.
    fn filled(&self, text: &str) -> String {
        let mut parts = text.split("{{");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (variable, rest) = part.split_once("}}").unwrap();
            let value = match variable.split_once(".response.body.$") {
                Some((name, field)) => at(&self.answers[name], field),
                None => &self.variables[variable],
            };
            filled.push_str(value);
            filled.push_str(rest);
        }
        filled
    }
}

/// The text at `.field` or `[1].field`.
fn at<'a>(answer: &'a Value, field: &str) -> &'a str {
    let pointer = field.replace(['.', '['], "/").replace([']', '?'], "");
    answer.pointer(&pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {field} in {answer}"))
}
