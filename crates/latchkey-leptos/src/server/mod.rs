//! The server side: [`Server`], its parts for an application that builds its own server, and functions for server
//! functions.

mod builder;
mod context;
mod functions;
mod pages;

pub use builder::Server;
pub use context::{created, current_user, database, request, require_role};
pub use functions::{application_functions, exclusions, routes};
pub use latchkey_axum::hooks;
pub use latchkey_axum::settings::Settings;
pub use latchkey_core::store::{StoreError, statement};
pub use pages::{PageState, is_watched, page_context, pages};
