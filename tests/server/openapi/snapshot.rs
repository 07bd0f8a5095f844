//! The whole document, compared with a copy of it: what changes for clients is seen in review.

use super::server;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Set to anything, the copy is written anew instead of compared.
const RENEW: &str = "RENEW_OPENAPI";

#[tokio::test]
async fn document_equals_its_copy_in_the_repository() {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/openapi/document.json");
    let document: Value = server().await.get("/api/openapi.json").await.json();
    let found = format!("{document:#}\n");
    if std::env::var_os(RENEW).is_some() {
        fs::write(&copy, found).unwrap();
        return;
    }
    if fs::read_to_string(&copy).unwrap_or_default() == found {
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("found.json"), &found).unwrap();
    let diff = Command::new("diff").arg("-uN").args([&copy, &folder.path().join("found.json")]).output().unwrap();
    panic!(
        "the OpenAPI document has changed. If it should: {RENEW}=1 make test ONLY=server/openapi\n\n{}",
        String::from_utf8_lossy(&diff.stdout)
    );
}
