//! The names of this application. `scripts/rename NAME "Title"` changes them, and those that are derived from the name
//! of the package; see docs/extending.md.

use latchkey_wire::Brand;

/// The names that users, browsers and monitoring see.
pub const BRAND: Brand = Brand::new("Latchkey")
    .with_refresh_token_prefix("lkr_")
    .with_storage_key("latchkey.session")
    .with_metrics_prefix("latchkey")
    .with_realm("latchkey");

/// One sentence about the application, for the footer and the description of the pages.
pub const TAGLINE: &str = "Latchkey: sign-in that stays signed in.";

/// The key of the chosen theme in the browser's storage.
pub const THEME_KEY: &str = "latchkey.theme";

/// The prefix of the names of the built files: `output-name` in `Cargo.toml`, which `build.rs` reads.
#[cfg(feature = "ssr")]
pub const OUTPUT_NAME: &str = env!("OUTPUT_NAME");
