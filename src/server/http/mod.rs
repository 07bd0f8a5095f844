//! HTTP: the routes, and the request pipeline between the socket and the services.

mod api;
mod body;
mod connections;
mod detail;
mod headers;
mod health;
mod host;
mod in_flight;
mod limits;
pub mod metrics;
mod network_limiter;
mod oauth;
mod openapi;
mod origin;
mod plain_page;
mod problem;
mod record;
mod site;
mod well_known;

pub use connections::Timeouts;
pub use site::SiteFiles;

use crate::state::App;
use axum::{Router, middleware};
use in_flight::InFlight;
use tokio::net::TcpListener;

/// Every route, with the layers that each answer passes.
pub fn router(app: App, site: SiteFiles) -> Router {
    let routes = Router::new()
        .merge(api::routes())
        .merge(health::routes())
        .merge(well_known::routes())
        .merge(oauth::routes())
        .merge(openapi::routes(&app, &site))
        .merge(site::routes(&app, &site));
    finish(routes, app, site)
}

/// Puts the layers around routes: the outermost is the last.
pub fn finish(routes: Router<App>, app: App, site: SiteFiles) -> Router {
    let routes = routes
        .layer(middleware::from_fn(problem::survive))
        .layer(middleware::from_fn_with_state(app.clone(), host::check))
        .layer(middleware::from_fn(limits::keep))
        .layer(middleware::from_fn_with_state(app.clone(), origin::check))
        .layer(middleware::from_fn_with_state(InFlight::new(app.clone()), in_flight::limit));
    // Outside of what refuses, so that the page of an allowed origin can read why.
    let routes = match origin::cors(&app.settings) {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    let routes = routes
        .layer(middleware::from_fn_with_state(app.clone(), headers::set))
        .layer(middleware::from_fn_with_state((app.clone(), site), problem::render));
    routes.with_state(app)
}

/// Answers on `listener` until `stop` completes and what was running has finished.
pub async fn serve(
    listener: TcpListener,
    app: App,
    site: SiteFiles,
    timeouts: Timeouts,
    stop: impl Future<Output = ()>,
) {
    let router = router(app.clone(), site);
    connections::serve(listener, app, router, timeouts, stop).await;
}
