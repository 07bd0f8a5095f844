//! A changing part of a view has its own element: see `components/dynamic.rs` of latchkey-leptos.

use std::{fs, path::Path};

const VIEWS: [&str; 3] = ["src/components", "src/pages", "crates/latchkey-leptos/src/components"];

/// Whether a line of a view, after the line before it, has a changing part without its own element.
fn changes_outside_an_element(before: &str, line: &str) -> bool {
    let line = line.trim_start();
    let is_result = line.starts_with("move ||") && (before.is_empty() || before.ends_with([';', '{']));
    is_result
        || line.starts_with("{move ||")
        || line.contains(">{move ||")
        || line.contains("<Show")
        || line.contains("<For ")
}

fn find_changes(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find_changes(&path, found);
        }
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let changes = lines.windows(2).filter(|pair| changes_outside_an_element(pair[0].trim_end(), pair[1]));
        found.extend(changes.map(|pair| format!("{}: {}", path.display(), pair[1].trim())));
    }
}

#[test]
fn changing_text_in_a_view_has_its_own_element() {
    for change in
        ["    {move || text.get()}", "<p>{move || text.get()}</p>", "<Show when=done>", "    move || text.get()"]
    {
        assert!(changes_outside_an_element("", change), "{change}");
    }
    let mut found = Vec::new();
    for folder in VIEWS {
        find_changes(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    assert!(found.is_empty(), "use `text`, `dynamic` or `prop:textContent`: {found:#?}");
}
