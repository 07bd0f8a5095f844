//! The items that most applications need: `use latchkey_leptos::prelude::*;`.

pub use crate::client::lifecycle::log_out;
pub use crate::client::session::{AuthState, SessionContext, use_session};
pub use crate::client::signed_in::SignedIn;
pub use crate::components::after_sign_in::{redirect_when_signed_in, use_next};
pub use crate::components::guard::Guard;
pub use crate::components::head::Head;
pub use crate::components::login_form::LoginForm;
pub use crate::components::login_page::LoginPage;
pub use crate::components::register_form::RegisterForm;
pub use crate::components::register_page::RegisterPage;
pub use crate::components::session_provider::SessionProvider;
#[cfg(feature = "ssr")]
pub use crate::server::{Server, Settings, StoreError, current_user, database, require_role, statement};
#[cfg(feature = "ssr")]
pub use latchkey_core::identity::Role;
pub use latchkey_wire::{ApiError, Brand, UserField};
