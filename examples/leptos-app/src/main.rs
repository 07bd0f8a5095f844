#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use latchkey_leptos::prelude::*;
    use leptos_app::{app::*, notes::MIGRATIONS};

    Server::builder().user_fields(FIELDS).pages(App, shell).migrations(&MIGRATIONS).serve().await?;
    Ok(())
}

#[cfg(not(feature = "ssr"))]
pub fn main() {
    // The browser's entry point is `hydrate` in lib.rs.
}
