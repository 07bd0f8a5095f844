//! The server side: [`Server`], its parts for an application that builds its own, and what a server function needs.

mod context;
mod functions;
mod pages;
mod server;

pub use context::{created, current_user, request, require_role};
pub use functions::{application_functions, exclusions, routes};
pub use latchkey_axum::settings::Settings;
pub use pages::{PageState, page_context, pages};
pub use server::Server;
