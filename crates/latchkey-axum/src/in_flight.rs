//! How many requests of one network are answered at the same time.
//!
//! The limit on connections does not hold where a trusted proxy stands in front: all connections are the proxy's. A proxy
//! that hands bodies on as they come (Caddy does, nginx with `proxy_request_buffering off`) then lets one client, which
//! sends a byte a second on many streams, hold all the connections that there may be. So requests are counted as well, by
//! the network of the client that the proxy names, from the end of their head until the answer begins. The answer's own
//! way to the client does not count: it is the proxy's, or the connection's.

use crate::client_address;
use crate::connections::places;
use crate::network_limiter::NetworkLimiter;
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use latchkey_core::sessions::network;
use latchkey_wire::ApiError;
use std::sync::Arc;

/// Requests of one network at a time, and never more than a quarter of the connections that there may be. A page loads with
/// a dozen, and most requests take a few milliseconds, so a school behind one address stays far below it.
const MOST: usize = 128;
/// Seconds.
const RETRY_AFTER: u32 = 1;

/// What the layer needs.
#[derive(Clone)]
pub struct InFlight {
    state: Arc<ServerState>,
    limiter: Arc<NetworkLimiter>,
}

impl InFlight {
    /// With nothing in flight yet.
    pub fn new(state: Arc<ServerState>) -> Self {
        Self { state, limiter: Arc::new(NetworkLimiter::new(MOST.min(places() / 4))) }
    }
}

/// Passes on a request that is within its network's share.
pub async fn limit(State(InFlight { state, limiter }): State<InFlight>, request: Request, next: Next) -> Response {
    let client = client_address::of(request.extensions(), request.headers(), &state.settings.trusted_proxies);
    let Some(_permit) = limiter.admit(client.map(network)) else {
        return ApiError::Unavailable { retry_after: RETRY_AFTER }.into_response();
    };
    next.run(request).await
}
