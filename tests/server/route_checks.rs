//! The check, before a server starts, that each of Latchkey's routes reaches Latchkey.

use crate::support::host_settings;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::routing::{any, get, post};
use latchkey_axum::routes::{health_and_oauth_routes, well_known};
use latchkey_axum::settings::{RouteGroup, Settings};
use latchkey_axum::startup::{Latchkey, RouteFault, check_routes};
use latchkey_leptos::server::{exclusions, routes as functions};
use latchkey_wire::{ApiError, TokenError};
use tempfile::TempDir;

struct Host {
    latchkey: Latchkey,
    _data: TempDir,
}

impl Host {
    async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let data = TempDir::new().unwrap();
        let mut settings = host_settings(data.path());
        change(&mut settings);
        Self { latchkey: Latchkey::open(settings).await.unwrap(), _data: data }
    }

    fn merged(&self) -> Router {
        self.latchkey.router().merge(self.latchkey.well_known())
    }

    fn at_auth(&self) -> Router {
        Router::new().nest("/auth", self.latchkey.router()).merge(self.latchkey.well_known())
    }

    async fn fault(&self, routes: Router) -> RouteFault {
        check_routes(&routes, &self.latchkey.state()).await.unwrap_err()
    }
}

fn prefix(settings: &mut Settings) {
    settings.http.prefix = "/auth".parse().unwrap();
}

#[tokio::test]
async fn missing_route_fails_the_start() {
    let host = Host::new(prefix).await;
    // A method that is not served counts as missing.
    let other_method = Router::new().route("/auth/api/auth/register", get(async || "a page"));
    for wrong in [Router::new(), host.merged(), other_method] {
        let fault = host.fault(wrong).await;
        assert!(matches!(&fault, RouteFault::NotServed { path, .. } if path == "/auth/api/auth/register"), "{fault}");
        assert!(fault.to_string().contains("POST /auth/api/auth/register is not served: merge Latchkey's `router()`"));
    }
}

#[tokio::test]
async fn missing_oauth_health_or_well_known_fails_the_start() {
    let host = Host::new(|_| {}).await;
    let state = host.latchkey.state();
    let own = || functions(&state.settings).with_state(state.clone());
    let fault = host.fault(own().merge(host.latchkey.well_known())).await;
    assert!(matches!(&fault, RouteFault::NotServed { path, .. } if path == "/oauth/token"), "{fault}");
    let fault = host.fault(host.latchkey.router()).await;
    assert!(fault.to_string().contains("GET /.well-known/jwks.json is not served"), "{fault}");
    assert!(fault.to_string().contains("its `well_known()` at the root"), "{fault}");

    let without_health = Host::new(|settings| settings.http.without = vec![RouteGroup::Health]).await;
    let fault = host.fault(without_health.merged()).await;
    assert!(fault.to_string().contains("GET /healthz is not served"), "{fault}");
    // The metadata are at another path with a prefix.
    let below = Host::new(prefix).await;
    let fault =
        below.fault(Router::new().nest("/auth", below.latchkey.router()).merge(host.latchkey.well_known())).await;
    assert!(fault.to_string().contains("GET /.well-known/oauth-authorization-server/auth is not served"), "{fault}");

    check_routes(&host.merged(), &state).await.unwrap();
    let parts =
        own().merge(health_and_oauth_routes(&state.settings).with_state(state.clone())).merge(well_known(&state));
    check_routes(&parts, &state).await.unwrap();
    check_routes(&below.at_auth(), &below.latchkey.state()).await.unwrap();
}

#[tokio::test]
async fn route_of_the_application_in_the_place_is_named() {
    let host = Host::new(|_| {}).await;
    let page = || Router::new().fallback(async || "<html>");
    // An answer as Latchkey's is still not Latchkey's.
    let likeness = Router::new().route("/{*path}", any(async || ApiError::InvalidRequest));
    for (routes, status) in [(page(), 200), (likeness, 400)] {
        let fault = host.fault(routes.merge(host.latchkey.well_known())).await;
        assert!(matches!(&fault, RouteFault::AnotherRoute { status: found, .. } if *found == status), "{fault}");
        assert!(fault.to_string().starts_with("another route answers POST /api/auth/register"), "{fault}");
    }
    // Beside Latchkey's routes, a page for all other paths is right.
    check_routes(&host.merged().merge(page()), &host.latchkey.state()).await.unwrap();
}

#[tokio::test]
async fn middleware_that_requires_a_sign_in_is_named() {
    let host = Host::new(|_| {}).await;
    let refused = from_fn(async |_: axum::extract::Request, _: axum::middleware::Next| {
        ApiError::InvalidToken(TokenError::Missing)
    });
    let redirected = from_fn(async |_: axum::extract::Request, _: axum::middleware::Next| Redirect::to("/login"));
    let down = from_fn(async |_: axum::extract::Request, _: axum::middleware::Next| StatusCode::SERVICE_UNAVAILABLE);
    for (routes, status) in
        [(host.merged().layer(refused), 401), (host.merged().layer(redirected), 303), (host.merged().layer(down), 503)]
    {
        let fault = host.fault(routes).await;
        assert!(matches!(&fault, RouteFault::AnsweredBefore { status: found, .. } if *found == status), "{fault}");
        let start = format!("a middleware answered POST /api/auth/register before Latchkey (status {status}");
        assert!(fault.to_string().starts_with(&start), "{fault}");
    }
}

#[tokio::test]
async fn server_function_registered_by_leptos_fails_the_start() {
    let by_leptos = || {
        exclusions().iter().fold(Router::new(), |routes, path| {
            routes.route(path, post(leptos_axum::handle_server_fns).get(leptos_axum::handle_server_fns))
        })
    };
    let host = Host::new(|_| {}).await;
    let fault = host.fault(by_leptos()).await;
    assert!(matches!(fault, RouteFault::InFormatOfLeptos { .. }), "{fault}");
    assert!(fault.to_string().contains("exclusions()") && fault.to_string().contains("without Latchkey's state"));

    // Below a prefix, Latchkey's routes are right, and those of Leptos are at the root.
    let host = Host::new(prefix).await;
    let fault = host.fault(host.at_auth().merge(by_leptos())).await;
    assert!(matches!(fault, RouteFault::InFormatOfLeptos { .. }), "{fault}");
}
