//! Limits the concurrent requests of each network.
//!
//! The limit on connections does not work behind a trusted proxy, because all connections are the proxy's. If the proxy
//! forwards bodies unbuffered (Caddy, or nginx with `proxy_request_buffering off`), one client that sends a byte a
//! second on many streams could hold all connections. So requests are counted, too, by the network of the client that
//! the proxy names. A request counts from the end of its head until its response begins; sending the response does not
//! count.

use crate::client_address;
use crate::connections::max_connections;
use crate::network_limiter::NetworkLimiter;
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use latchkey_core::sessions::network;
use latchkey_wire::ApiError;
use std::sync::Arc;

/// Concurrent requests of one network, and at most a quarter of the possible connections. A page needs a dozen requests
/// of a few milliseconds, so many users behind one address stay far below this.
const MOST: usize = 128;
/// Seconds.
const RETRY_AFTER: u32 = 1;

/// The state of [`limit`].
#[derive(Clone)]
pub struct InFlight {
    state: Arc<ServerState>,
    limiter: Arc<NetworkLimiter>,
}

impl InFlight {
    /// Starts with no requests counted.
    pub fn new(state: Arc<ServerState>) -> Self {
        Self { state, limiter: Arc::new(NetworkLimiter::new(MOST.min(max_connections() / 4))) }
    }
}

/// Answers 503 to a request beyond its network's limit.
pub async fn limit(State(InFlight { state, limiter }): State<InFlight>, request: Request, next: Next) -> Response {
    let client = client_address::find(request.extensions(), request.headers(), &state.settings.trusted_proxies);
    let Some(_permit) = limiter.admit(client.map(network)) else {
        return ApiError::Unavailable { retry_after: RETRY_AFTER }.into_response();
    };
    next.run(request).await
}
