//! Checks, before a server starts to serve, that each of Latchkey's routes reaches Latchkey's handler.
//!
//! Otherwise the first user would notice a route that another router handles, or that Leptos has registered without
//! Latchkey's state: the response would be a page instead of JSON, or a 500 for every sign-in.

use crate::ServerState;
use crate::routes::operations;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
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
    /// The handler has not found Latchkey's state.
    #[error(
        "{method} {path} is answered without Latchkey's state: pass `latchkey_leptos::server::exclusions()` to \
         `generate_route_list_with_exclusions`, so that Leptos does not register Latchkey's server functions, too"
    )]
    WithoutState {
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
    for (method, path) in operations(&state.settings) {
        let path = format!("{}{path}", state.settings.prefix);
        let mut request = Request::new(Body::from("{}"));
        *request.method_mut() = method.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
        request.extensions_mut().insert(state.clone());
        match path.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Err(RouteFault::NotServed { method, path }),
        }
        let Ok(response) = routes.clone().oneshot(request).await;
        match response.extensions().get::<ApiError>() {
            Some(ApiError::InvalidToken(_) | ApiError::InvalidRequest) => {}
            Some(ApiError::Internal) => return Err(RouteFault::WithoutState { method, path }),
            _ if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
                return Err(RouteFault::WithoutState { method, path });
            }
            _ => return Err(RouteFault::NotServed { method, path }),
        }
    }
    Ok(())
}
