//! Checks, before a server starts to serve, that a request for each of Latchkey's routes reaches Latchkey.
//!
//! A route that another router has, or that Leptos has registered itself, would otherwise be found by the first user: as a
//! page in place of JSON, or as an error that the client does not understand.

use crate::ServerState;
use crate::probe::{Probe, Reached};
use crate::routes::{operations, served};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt as _;

/// A route that does not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteFault {
    /// No route has the path, or only one with another method.
    #[error(
        "{method} {path} is not served: merge Latchkey's `router()` into your routes, nested under the prefix in the \
         settings, and its `well_known()` at the root"
    )]
    NotServed {
        /// The method of the route.
        method: Method,
        /// The path with the prefix.
        path: String,
    },
    /// A route of the application answers, such as one with a wildcard, or a page as the fallback.
    #[error(
        "another route answers {method} {path} (status {status}): merge Latchkey's `router()` into your routes, nested \
         under the prefix in the settings, and its `well_known()` at the root, and let no other route have that path"
    )]
    AnotherRoute {
        /// The method of the route.
        method: Method,
        /// The path with the prefix.
        path: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The request was rejected or redirected, as by a middleware of the application that requires a sign-in.
    #[error(
        "a middleware answered {method} {path} before Latchkey (status {status}): add that layer to your own routes \
         before you merge Latchkey's, which guests must reach"
    )]
    AnsweredBefore {
        /// The method of the route.
        method: Method,
        /// The path with the prefix.
        path: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// Leptos has registered the server function, too, and answers in its own format: the application's pages would get
    /// errors that Latchkey's client does not understand, and the checks of the JSON API are missing.
    #[error(
        "{method} {path} is answered by Leptos, without Latchkey's state and format: pass \
         `latchkey_leptos::server::exclusions()` to `generate_route_list_with_exclusions`, so that Leptos does not \
         register Latchkey's server functions, too"
    )]
    InFormatOfLeptos {
        /// The method of the route.
        method: Method,
        /// The path with the prefix.
        path: String,
    },
}

/// Asks each of Latchkey's routes, with the prefix in the settings, whether a request reaches it: those of the API and of
/// OAuth, the health checks, and those under `/.well-known`. A route of Latchkey answers before its handler runs, so the
/// check changes nothing. Another route at that path gets a request without a body and without a token.
///
/// # Errors
/// [`RouteFault`] for the first route that does not work.
pub async fn check_routes(routes: &Router, state: &Arc<ServerState>) -> Result<(), RouteFault> {
    if !state.settings.prefix.is_root() {
        for (method, root_path) in operations(&state.settings) {
            let path = root_path.to_owned();
            if probe(routes, state, &method, &path).await.is_some_and(|response| is_of_leptos(&response)) {
                return Err(RouteFault::InFormatOfLeptos { method, path });
            }
        }
    }
    for (method, path) in served(&state.settings) {
        match probe(routes, state, &method, &path).await {
            Some(response) => fault(&response, method, path).map_or(Ok(()), Err)?,
            None => return Err(RouteFault::NotServed { method, path }),
        }
    }
    Ok(())
}

/// What is wrong, if it was not Latchkey that gave this answer to a [`Probe`]. A handler's answer and a middleware's can be
/// told apart by their status only.
fn fault(response: &Response, method: Method, path: String) -> Option<RouteFault> {
    let status = response.status();
    match status {
        _ if response.extensions().get::<Reached>().is_some() => None,
        _ if is_of_leptos(response) => Some(RouteFault::InFormatOfLeptos { method, path }),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(RouteFault::NotServed { method, path }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            Some(RouteFault::AnsweredBefore { method, path, status })
        }
        _ if status.is_redirection() || status.is_server_error() => {
            Some(RouteFault::AnsweredBefore { method, path, status })
        }
        // Also a handler that does not understand the empty request: 400, 415, 422.
        _ => Some(RouteFault::AnotherRoute { method, path, status }),
    }
}

/// The answer to a request that a route of Latchkey answers at once.
async fn probe(routes: &Router, state: &Arc<ServerState>, method: &Method, path: &str) -> Option<Response> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method.clone();
    *request.uri_mut() = path.parse().ok()?;
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
    request.extensions_mut().insert(state.clone());
    request.extensions_mut().insert(Probe);
    let Ok(response) = routes.clone().oneshot(request).await;
    Some(response)
}

/// Leptos marks the errors of server functions that it answers itself.
fn is_of_leptos(response: &Response) -> bool {
    response.headers().contains_key("serverfnerror")
}
