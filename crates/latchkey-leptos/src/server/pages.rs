//! The pages of an application, with their Content-Security-Policy.

use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderValue, header};
use latchkey_axum::ServerState;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{IntoView, provide_context, use_context};
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{
    LeptosRoutes as _, ResponseOptions, file_and_error_handler_with_context, generate_route_list_with_exclusions,
};
use std::sync::Arc;

/// The state of the routes of pages, and of the application's server functions.
#[derive(Clone)]
pub struct PageState {
    /// The state of Latchkey.
    pub server: Arc<ServerState>,
    /// The options of Leptos.
    pub leptos: LeptosOptions,
    /// Called for each request, to provide the contexts that the application's views and server functions use.
    pub context: Arc<dyn Fn() + Send + Sync>,
}

impl FromRef<PageState> for Arc<ServerState> {
    fn from_ref(state: &PageState) -> Self {
        state.server.clone()
    }
}

impl FromRef<PageState> for LeptosOptions {
    fn from_ref(state: &PageState) -> Self {
        state.leptos.clone()
    }
}

/// Routes for the pages of `app`. The fallback serves the site's files, and a page for unknown paths.
pub fn pages<A, S>(
    app: impl Fn() -> A + Clone + Send + Sync + 'static,
    shell: impl Fn(LeptosOptions) -> S + Clone + Send + Sync + 'static,
    state: PageState,
) -> Router
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    // The server functions are excluded, because `functions` has their routes.
    let functions = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let list = generate_route_list_with_exclusions(app, Some(functions));
    let (own, page) = (state.context.clone(), page_context(state.server.clone()));
    let context = move || {
        page();
        own();
    };
    let fallback = file_and_error_handler_with_context::<PageState, S>(context.clone(), shell.clone());
    let options = state.leptos.clone();
    Router::new()
        .leptos_routes_with_context(&state, list, context, move || shell(options.clone()))
        .fallback(fallback)
        .with_state(state)
}

/// Whether `cargo leptos watch` runs the program, and reloads its pages. Not by `LEPTOS_ENV`, which is `DEV` unless it is
/// set: the policy of pages would allow WebSockets to any host in production.
pub fn is_watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// For `leptos_routes_with_context`: gives a page the server's state, and sets its Content-Security-Policy with the nonce
/// that it is rendered with. Under `cargo leptos watch`, the policy allows the live reload.
pub fn page_context(state: Arc<ServerState>) -> impl Fn() + Clone + Send + Sync + 'static {
    let watched = is_watched();
    move || {
        provide_context(state.clone());
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&state.settings.page_policy.header(&nonce, watched))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}
