//! Tells Cargo that a new file in `migrations/` is a reason to compile again: `sqlx::migrate!` cannot.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
