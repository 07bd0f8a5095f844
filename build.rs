//! Makes Cargo rebuild where macros cannot detect new files: in `migrations/`, and in `target/site`, which a binary with the
//! site embedded contains. It also gives the server the name of the built files, which `Cargo.toml` has for cargo-leptos.

use std::fs;

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rustc-env=OUTPUT_NAME={}", output_name());
    if std::env::var_os("CARGO_FEATURE_EMBED").is_some() {
        println!("cargo:rerun-if-changed=target/site");
    }
}

#[expect(clippy::panic, reason = "fails the build with a sentence")]
fn output_name() -> String {
    let manifest = fs::read_to_string("Cargo.toml").unwrap_or_default();
    let line = manifest.lines().find_map(|line| line.strip_prefix("output-name"));
    let name = line.and_then(|rest| rest.trim_start().strip_prefix('=')?.split('"').nth(1).map(str::to_owned));
    name.unwrap_or_else(|| panic!("Cargo.toml has no line output-name = \"…\" below [package.metadata.leptos]"))
}
