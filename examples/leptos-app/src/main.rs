#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use latchkey_leptos::prelude::*;
    use leptos_app::{app::*, notes::MIGRATIONS};

    // For the tests: Latchkey's routes below another path.
    let mut settings = Settings::default();
    settings.http.prefix = std::env::var("PREFIX").unwrap_or_default().parse()?;

    settings.user_fields = FIELDS;
    Server::builder().settings(settings).pages(App, shell).migrations(&MIGRATIONS).serve().await?;
    Ok(())
}

#[cfg(not(feature = "ssr"))]
pub fn main() {
    // The browser's entry point is `hydrate` in lib.rs.
}
