//! Rules for the whole source. The modules of each crate form no cycle.
//!
//! At every level of the module tree, sibling modules and the code of their parent use each other in one direction
//! only. The test reads `use` declarations and paths in the source. A re-export does not count as a use; a re-exported
//! name belongs to the module that defines it. Unit tests are ignored.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod cycle;
mod names;
mod source;
mod views;

use cycle::cycles;
use source::Crate;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn modules_of_each_crate_form_no_cycle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.to_owned()];
    folders.extend(fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path()));
    let mut found = Vec::new();
    for folder in folders {
        let mut sources = Vec::new();
        read(&folder.join("src"), &mut sources);
        assert!(!sources.is_empty(), "{} has no source", folder.display());
        found.extend(cycles(&Crate::read(&sources)).into_iter().map(|cycle| format!("{}: {cycle}", folder.display())));
    }
    assert!(found.is_empty(), "modules that use each other in a cycle:\n\n{}", found.join("\n"));
}

/// Reads the files below `folder`, with the names of their modules.
fn read(folder: &Path, sources: &mut Vec<(Vec<String>, String)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            let from = sources.len();
            read(&entry, sources);
            let name = entry.file_name().unwrap().to_str().unwrap();
            for (module, _) in &mut sources[from..] {
                module.insert(0, name.to_owned());
            }
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let module = match entry.file_stem().unwrap().to_str().unwrap() {
                "main" => continue,
                "lib" | "mod" => Vec::new(),
                name => vec![name.to_owned()],
            };
            sources.push((module, fs::read_to_string(&entry).unwrap()));
        }
    }
}

/// Cycles of a crate with these modules.
fn cycles_of(modules: &[(&str, &str)]) -> Vec<String> {
    let split = |path: &str| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let sources: Vec<_> = modules.iter().map(|(path, text)| (split(path), (*text).to_owned())).collect();
    cycles(&Crate::read(&sources))
}

#[test]
fn modules_that_import_each_other_are_a_cycle() {
    let found = cycles_of(&[("", ""), ("a", "use crate::b::{self, B};"), ("b", "use super::a::A;")]);
    assert_eq!(found, ["in the crate, a → b → a\n    a uses B of b\n    b uses A of a\n"]);
}

#[test]
fn modules_that_use_one_way_form_no_cycle() {
    let b = "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }";
    assert_eq!(cycles_of(&[("", "pub mod a; pub use a::A;"), ("a", "use crate::b::B;"), ("b", b)]), [""; 0]);
}

#[test]
fn folders_whose_files_use_each_other_are_a_cycle() {
    // No two files do.
    let a = [("a", ""), ("a::x", "use crate::b::x::f;"), ("a::y", "")];
    let b = [("b", ""), ("b::x", ""), ("b::y", "fn f() { crate::a::y::g() }")];
    assert_eq!(cycles_of(&[&[("", "")][..], &a, &b].concat()).len(), 1);
}

#[test]
fn name_belongs_to_the_module_behind_the_re_export() {
    let parent = ("a", "mod x; mod y; pub use x::X; pub(crate) use y::*;");
    assert_eq!(cycles_of(&[("", ""), parent, ("a::x", ""), ("a::y", "use super::X;")]), [""; 0]);
    let found = cycles_of(&[("", ""), parent, ("a::x", "use crate::a::Y;"), ("a::y", "use super::X; pub struct Y;")]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn parent_and_child_that_use_each_other_are_a_cycle() {
    let found = cycles_of(&[("", ""), ("a", "mod x; struct A; fn f() { x::g() }"), ("a::x", "use super::A;")]);
    assert_eq!(found, ["in a, a itself → x → a itself\n    a uses g of a::x\n    a::x uses A of a\n"]);
    // A parent may use what it re-exports.
    let parent = ("a", "mod x; pub use x::X; struct A(X);");
    assert_eq!(cycles_of(&[("", ""), parent, ("a::x", "use super::A;")]).len(), 1);
}
