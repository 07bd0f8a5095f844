//! Tells Cargo what is a reason to compile again, where macros cannot: new files in `migrations/`.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
