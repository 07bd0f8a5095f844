//! Tells Cargo what is a reason to compile again, where macros cannot: new files in `migrations/`, and in the site that a
//! single-file binary contains.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    if std::env::var_os("CARGO_FEATURE_EMBED").is_some() {
        println!("cargo:rerun-if-changed=target/site");
    }
}
