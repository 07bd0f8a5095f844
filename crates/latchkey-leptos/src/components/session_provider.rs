//! A component that provides the session to the views inside it.

use crate::client::{
    keep_fresh::keep_fresh,
    next::GuestPages,
    provide::{provide_event_log, provide_session},
};
use latchkey_wire::Brand;
use leptos::prelude::*;

/// Provides the session of this tab to its children, which read it with
/// [`use_session`](crate::client::session::use_session), and keeps its tokens fresh while the page is open.
#[component]
pub fn SessionProvider(
    /// The names of the application. The settings of the server must have the same.
    #[prop(default = Brand::LATCHKEY)]
    brand: Brand,
    /// The path of the page with the login form, to which the guard sends guests: an absolute path without a query.
    #[prop(default = GuestPages::DEFAULT.login)]
    login_path: &'static str,
    /// The path of the page with the registration form. A sign-in never redirects to it.
    #[prop(default = GuestPages::DEFAULT.register)]
    register_path: &'static str,
    children: Children,
) -> impl IntoView {
    provide_event_log();
    provide_session(brand, GuestPages { login: login_path, register: register_path });
    keep_fresh();
    children()
}
