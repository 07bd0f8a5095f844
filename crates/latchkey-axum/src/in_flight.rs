//! Limits the concurrent requests of each network.
//!
//! The limit on connections does not work behind a trusted proxy, because all connections are the proxy's. If the proxy
//! forwards bodies unbuffered (Caddy, or nginx with `proxy_request_buffering off`), one client that sends a byte a
//! second on many streams could hold all connections. So the server also counts requests, by the network of the client
//! address that the proxy reports. A request counts from the end of its head until its response begins.

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

/// The highest number of concurrent requests of each network. [`InFlight::new`] lowers it to a quarter of the maximum
/// number of connections if that is less. A page needs a dozen requests of a few milliseconds, so many users behind one
/// address stay far below it.
const MAX_REQUESTS: usize = 128;
const RETRY_AFTER_SECONDS: u32 = 1;

/// The state of [`limit`].
#[derive(Clone)]
pub struct InFlight {
    state: Arc<ServerState>,
    limiter: Arc<NetworkLimiter>,
}

impl InFlight {
    /// Creates the state, with no requests counted.
    pub fn new(state: Arc<ServerState>) -> Self {
        Self { state, limiter: Arc::new(NetworkLimiter::new(MAX_REQUESTS.min(max_connections() / 4))) }
    }
}

/// Rejects a request with 503 if its network has reached the limit. A request without a client address is not limited.
pub async fn limit(State(InFlight { state, limiter }): State<InFlight>, request: Request, next: Next) -> Response {
    let client = client_address::find(request.extensions(), request.headers(), &state.settings.trusted_proxies);
    let Some(_permit) = limiter.try_acquire(client.map(network)) else {
        return ApiError::Unavailable { retry_after: RETRY_AFTER_SECONDS }.into_response();
    };
    next.run(request).await
}
