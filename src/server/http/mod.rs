//! HTTP: the routes, and what stands between the socket and the services.

mod api;
mod body;
mod client_address;
mod context;
mod headers;
mod health;
mod oauth;
mod openapi;
mod plain_page;
mod problem;
mod site;
mod well_known;

pub use context::{app, bearer, caller, created, device};

use super::state::App;
use axum::{Router, middleware};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Every route, with the layers that each answer passes.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(api::routes())
        .merge(health::routes())
        .merge(well_known::routes())
        .merge(oauth::routes())
        .merge(openapi::routes(&app))
        .merge(site::routes(&app));
    finish(routes, app)
}

/// Puts the layers around routes: the outermost is the last.
pub fn finish(routes: Router<App>, app: App) -> Router {
    let stylesheet = plain_page::stylesheet(&app.leptos).into();
    routes
        .layer(middleware::from_fn(problem::survive))
        .layer(middleware::from_fn(headers::set))
        .layer(middleware::from_fn_with_state((app.clone(), stylesheet), problem::render))
        .with_state(app)
}

/// How long running requests may take to finish once the server has been asked to stop.
const LAST_CALL: Duration = Duration::from_secs(10);

/// Answers on `listener` until `stop` completes, then lets running requests finish, but not for ever: a client that
/// never sends the rest of its request must not keep the server from stopping.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, stopped) = oneshot::channel();
    let graceful = async move {
        stop.await;
        let _ = stopping.send(());
    };
    tokio::select! {
        done = axum::serve(listener, service).with_graceful_shutdown(graceful).into_future() => done,
        () = async { let _ = stopped.await; tokio::time::sleep(LAST_CALL).await } => Ok(()),
    }
}
