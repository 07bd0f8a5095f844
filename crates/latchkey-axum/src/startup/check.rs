//! Checks, before a server starts to serve, that each of Latchkey's routes reaches Latchkey's handler.
//!
//! A route that another router has, or that Leptos has registered itself, would otherwise be found by the first user: as a
//! page in place of JSON, or as an error that the client does not understand.

use crate::ServerState;
use crate::routes::operations;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request, header};
use axum::response::Response;
use latchkey_wire::ApiError;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt as _;

/// A route that does not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteFault {
    /// No handler, or a handler of the application, answers.
    #[error(
        "{method} {path} is not answered by Latchkey: merge Latchkey's `router()` into your routes, \
         nested under the prefix in the settings, and let no other route have that path"
    )]
    NotServed {
        /// The method of the route.
        method: Method,
        /// The path with the prefix.
        path: String,
    },
    /// Leptos has registered the server function, too, and answers in its own format: the application's pages would get
    /// errors that Latchkey's client does not understand, and the checks of the JSON API are missing.
    #[error(
        "{method} {path} is answered by Leptos and not by Latchkey: pass `latchkey_leptos::server::exclusions()` to \
         `generate_route_list_with_exclusions`, so that Leptos does not register Latchkey's server functions, too"
    )]
    InFormatOfLeptos {
        /// The method of the route.
        method: Method,
        /// The path with the prefix.
        path: String,
    },
}

/// Sends each route a request that changes nothing (without a token, and with an empty object as its body) and checks
/// that the error is the one that Latchkey gives.
///
/// # Errors
/// [`RouteFault`] for the first route that does not work.
pub async fn check_routes(routes: &Router, state: &Arc<ServerState>) -> Result<(), RouteFault> {
    for (method, root_path) in operations(&state.settings) {
        let path = format!("{}{root_path}", state.settings.prefix);
        let at_root = probe(routes, state, &method, root_path).await;
        if !state.settings.prefix.is_root() && at_root.is_some_and(|answer| is_of_leptos(&answer)) {
            return Err(RouteFault::InFormatOfLeptos { method, path: root_path.to_owned() });
        }
        let Some(response) = probe(routes, state, &method, &path).await else {
            return Err(RouteFault::NotServed { method, path });
        };
        match response.extensions().get::<ApiError>() {
            Some(ApiError::InvalidToken(_) | ApiError::InvalidRequest) => {}
            _ if is_of_leptos(&response) => return Err(RouteFault::InFormatOfLeptos { method, path }),
            _ => return Err(RouteFault::NotServed { method, path }),
        }
    }
    Ok(())
}

/// The answer to a request that changes nothing.
async fn probe(routes: &Router, state: &Arc<ServerState>, method: &Method, path: &str) -> Option<Response> {
    let mut request = Request::new(Body::from("{}"));
    *request.method_mut() = method.clone();
    *request.uri_mut() = path.parse().ok()?;
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
    request.extensions_mut().insert(state.clone());
    let Ok(response) = routes.clone().oneshot(request).await;
    Some(response)
}

/// Leptos marks the errors of server functions that it answers itself.
fn is_of_leptos(response: &Response) -> bool {
    response.headers().contains_key("serverfnerror")
}
