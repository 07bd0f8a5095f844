//! `docs/latchkey.http` and `docs/latchkey.jetbrains.http`: a request for each operation of the API, to send from an
//! editor. They are generated from the OpenAPI document, and this test sends them one after the other.

mod read;
mod write;

use crate::support::Server;
use crate::support::binary::Binary;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use write::Dialect;

const CLIENT: &str = "gateway:0123456789abcdef";

fn file(dialect: Dialect) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(dialect.file_name())
}

async fn description() -> Value {
    Server::with(&["--introspection-client", CLIENT]).await.get("/api/openapi.json").await.json()
}

#[tokio::test]
async fn collections_equal_those_made_from_the_api_document() {
    let description = description().await;
    for dialect in [Dialect::RestClient, Dialect::JetBrains] {
        let (path, text) = (file(dialect), write::collection(&description, dialect));
        if std::env::var_os("WRITE_COLLECTIONS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let hint = "the API has changed: WRITE_COLLECTIONS=1 make test ONLY=server/collections writes it anew";
        assert!(fs::read_to_string(&path).unwrap_or_default() == text, "{}: {hint}", path.display());
    }
}

#[tokio::test]
async fn requests_of_the_collections_get_described_responses() {
    let description = description().await;
    let settings = [("LATCHKEY_DEFAULT_ROLES", "Manager"), ("LATCHKEY_INTROSPECTION_CLIENT", CLIENT)];
    let binary = Binary::start(&settings);
    let operations = description["paths"].as_object().unwrap().values();
    let operations: usize = operations.map(|methods| methods.as_object().unwrap().len()).sum();
    // A second time, too: the last request deletes the account that the first has made.
    for dialect in [Dialect::RestClient, Dialect::JetBrains, Dialect::RestClient] {
        let mut session = read::Session::new(&fs::read_to_string(file(dialect)).unwrap(), &binary.address);
        let mut sent = 0;
        while let Some(answered) = session.send_next() {
            let read::Answered { method, path, status, text } = answered;
            let described = &description["paths"][&path][method.to_lowercase()]["responses"];
            assert!(described.get(status.to_string()).is_some(), "{method} {path}: {status} is not described: {text}");
            assert!(status < 300, "{method} {path}: {status} {text}");
            sent += 1;
        }
        assert!(sent > operations, "{sent} of {operations}");
    }
}
