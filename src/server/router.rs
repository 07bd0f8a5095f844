//! All routes of the application, inside the request pipeline.

use super::openapi;
use super::site::{self, FailurePage, SiteFiles};
use crate::state::App;
use axum::Router;
use latchkey_axum::{pipeline, routes};
use latchkey_leptos::server;
use std::sync::Arc;

/// All routes, with the layers of the pipeline.
pub fn router(app: &App, site: &SiteFiles) -> Router {
    finish(routes(app, site), app, site)
}

/// All routes.
pub fn routes(app: &App, site: &SiteFiles) -> Router {
    let settings = &app.server.settings;
    Router::new()
        .merge(routes::health_and_oauth_routes(settings).with_state(app.server.clone()))
        .merge(routes::well_known(&app.server))
        .merge(routes::json_not_found())
        .merge(server::routes(settings).with_state(app.server.clone()))
        .merge(server::application_functions(|| {}))
        .merge(openapi::routes(&settings.public_url, site))
        .merge(site::routes(app, site).with_state(app.clone()))
}

/// Adds the layers of the pipeline to the routes.
pub fn finish(routes: Router, app: &App, site: &SiteFiles) -> Router {
    pipeline::finish(routes, &app.server, Some(Arc::new(FailurePage::new(site.clone()))))
}
