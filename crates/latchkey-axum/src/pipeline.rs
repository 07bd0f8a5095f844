//! The request pipeline: the middleware between the socket and the routes.

use crate::in_flight::{self, InFlight};
use crate::problem::{self, Renderer};
use crate::state::ServerState;
use crate::{headers, host, limits, origin};
use axum::{Extension, Router, middleware};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

pub use crate::problem::{FailurePages, is_host_error};

/// Adds the layers to the routes. A request passes them from the last to the first. The request's extensions contain
/// the state as well, so a Leptos server function of the application can find the user.
pub fn finish(routes: Router, state: &Arc<ServerState>, pages: Option<Arc<dyn FailurePages>>) -> Router {
    let routes = routes
        .layer(Extension(state.clone()))
        .layer(CatchPanicLayer::custom(problem::panic_response))
        .layer(middleware::from_fn_with_state(state.clone(), host::check))
        .layer(middleware::from_fn_with_state(state.clone(), limits::enforce))
        .layer(middleware::from_fn_with_state(state.clone(), origin::check))
        .layer(middleware::from_fn_with_state(InFlight::new(state.clone()), in_flight::limit));
    // The CORS layer is outside the layers that reject requests, so that a page of an allowed origin can read the
    // error.
    let routes = match origin::cors(&state.settings) {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    routes
        .layer(middleware::from_fn_with_state(state.clone(), headers::set))
        .layer(middleware::from_fn_with_state(Renderer { state: state.clone(), pages }, problem::render))
}
