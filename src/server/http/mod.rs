//! HTTP: the routes, and what stands between the socket and the services.

mod api;
mod context;
mod headers;
mod health;
mod problem;
mod site;
mod well_known;

pub use context::{app, bearer, caller, created, device};

use super::state::App;
use axum::{Router, middleware};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Every route, with the layers that each answer passes.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(api::routes())
        .merge(health::routes())
        .merge(well_known::routes())
        .merge(site::routes(&app))
        .layer(middleware::from_fn(headers::set))
        .layer(middleware::from_fn_with_state(app.clone(), problem::render))
        .with_state(app)
}

/// Answers on `listener` until `stop` completes, then lets running requests finish.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
