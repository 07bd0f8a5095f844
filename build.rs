//! Makes Cargo rebuild where macros cannot detect new files: in `migrations/`, and in `target/site`, which a binary with the
//! site embedded contains.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    if std::env::var_os("CARGO_FEATURE_EMBED").is_some() {
        println!("cargo:rerun-if-changed=target/site");
    }
}
