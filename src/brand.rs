//! What this application is called. `scripts/rename NAME "Title"` changes these names, and the others that follow from
//! the name of the package; docs/extending.md explains it.

use latchkey_wire::Brand;

/// The names that users, browsers and monitoring know.
pub const BRAND: Brand = Brand::new("Latchkey")
    .with_refresh_token_prefix("lkr_")
    .with_storage_key("latchkey.session")
    .with_metrics_prefix("latchkey")
    .with_realm("latchkey");

/// One sentence about the application: the footer and the description of the pages have it.
pub const TAGLINE: &str = "Latchkey: sign-in that stays signed in.";

/// The key of the chosen theme in the browser's storage.
pub const THEME_KEY: &str = "latchkey.theme";

/// What the names of the built files begin with: `output-name` in `Cargo.toml`, which `build.rs` reads.
#[cfg(feature = "ssr")]
pub const OUTPUT_NAME: &str = env!("OUTPUT_NAME");
