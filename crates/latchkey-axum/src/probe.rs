//! Lets the [check at the start](crate::startup::check_routes) see that a request reaches one of Latchkey's routes.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};

/// In the extensions of a request: it only asks whether it reaches Latchkey. A client cannot set it.
#[derive(Clone)]
pub(crate) struct Probe;

/// In the extensions of a response: a route of Latchkey has answered the [`Probe`].
#[derive(Clone)]
pub(crate) struct Reached;

/// Lets these routes of Latchkey answer the check at the start, before their handlers run. Every router of Latchkey's
/// routes needs it.
///
/// # Panics
/// Without a route.
pub fn answer_probes<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.route_layer(middleware::from_fn(answer))
}

async fn answer(request: Request, next: Next) -> Response {
    if request.extensions().get::<Probe>().is_none() {
        return next.run(request).await;
    }
    let mut response = ().into_response();
    response.extensions_mut().insert(Reached);
    response
}
