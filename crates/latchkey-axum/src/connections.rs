//! Accepts connections and serves HTTP on them, with limits on their number and timeouts for each step.
//!
//! A client that sends a byte a minute (slowloris) is disconnected after a timeout. A network may hold at most a
//! quarter of all connections, so some are left for others. The limits on a request's content are in
//! [`limits`](super::limits), the limit on concurrent requests in [`in_flight`](super::in_flight).

use crate::network_limiter::NetworkLimiter;
use crate::state::ServerState;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use latchkey_core::sessions::network;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

/// The timeouts of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// How long a client may take to send the head of a request.
    pub head: Duration,
    /// How long a pending read or write may make no progress.
    pub idle: Duration,
    /// How long running requests may take after the server was asked to stop.
    pub shutdown: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let [head, idle, shutdown] = [15, 60, 10].map(Duration::from_secs);
        Self { head, idle, shutdown }
    }
}

/// How long the last responses may take to go out at shutdown, after all requests have been handled. The server does
/// not wait for a client that is still sending the head of its next request.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);
/// hyper's limit on a request's head, in bytes. [`limits`](super::limits) has a lower limit, which sends an error
/// response.
const MAX_HEAD: usize = 64 * 1024;
/// File descriptors that are kept for the database, the keyring and the log.
const RESERVED_FILES: usize = 128;
/// The limit on connections, even if the system allows more open files. Further connections wait in the listen queue.
const MAX_CONNECTIONS: usize = 4096;
/// At most one warning is logged in this time, so that a client that opens many connections cannot fill the log.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);
/// How long to wait before the next `accept` when the system is out of resources, such as file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `stop` completes, then waits for running requests, at most for
/// [`Timeouts::shutdown`]: a client that never sends the rest of its request must not keep the server from stopping.
pub async fn serve(
    listener: TcpListener,
    state: &ServerState,
    router: Router,
    timeouts: Timeouts,
    stop: impl Future<Output = ()>,
) {
    let most = max_connections();
    let (places, limiter) = (Arc::new(Semaphore::new(most)), Arc::new(NetworkLimiter::new(most / 4)));
    let (running, busy) = (GracefulShutdown::new(), watch::Sender::new(0_usize));
    let (mut stop, mut warned) = (pin!(stop), None);
    loop {
        let accepted = async {
            // The semaphore is never closed. Until a place is free, connections wait in the system's listen queue.
            let place = places.clone().acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if is_out_of_resources(&error) {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
                continue;
            }
        };
        // A trusted proxy forwards for many clients; `in_flight.rs` counts their requests.
        let counted = !state.settings.trusted_proxies.contains(peer.ip());
        let Some(permit) = limiter.try_acquire(counted.then(|| network(peer.ip()))) else {
            state.metrics.connections_refused.inc();
            if warned.is_none_or(|warned: Instant| warned.elapsed() > WARNING_INTERVAL) {
                warned = Some(Instant::now());
                tracing::warn!(
                    client = %peer.ip(),
                    "connections are refused, because this network has reached its limit: add it to \
                     LATCHKEY_TRUSTED_PROXIES if it is your proxy's"
                );
            }
            continue;
        };
        let connection = running.watch(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(timeouts.head)
                .max_buf_size(MAX_HEAD)
                .serve_connection(with_timeout(stream, timeouts.idle), service_for(router.clone(), peer, busy.clone())),
        );
        tokio::spawn(async move {
            // An error here means that the connection broke, which needs no action.
            let _ = connection.await;
            drop((permit, place));
        });
    }
    drop(listener);
    let quiet = async {
        // Cannot fail: this function owns the sender.
        let _ = busy.subscribe().wait_for(|busy| *busy == 0).await;
        tokio::time::sleep(FLUSH_TIMEOUT).await;
    };
    let finished = async {
        tokio::select! { () = running.shutdown() => {} () = quiet => {} }
    };
    let _ = tokio::time::timeout(timeouts.shutdown, finished).await;
}

/// A socket on which a read or a write fails after this time without progress.
fn with_timeout(stream: TcpStream, idle: Duration) -> TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>> {
    // Without this, Nagle's algorithm delays a small response until the previous one is acknowledged.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_read_timeout(Some(idle));
    stream.set_write_timeout(Some(idle));
    TokioIo::new(Box::pin(stream))
}

/// A service that adds the peer's address to each request and counts it in `busy` while it is handled.
fn service_for(
    router: Router,
    peer: SocketAddr,
    busy: watch::Sender<usize>,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (answer, busy) = (router.clone().oneshot(request.map(Body::new)), Busy::new(busy.clone()));
        async move {
            let answer = answer.await;
            drop(busy);
            answer
        }
    })
}

/// Counts one request as running until it is dropped.
struct Busy(watch::Sender<usize>);

impl Busy {
    fn new(busy: watch::Sender<usize>) -> Self {
        busy.send_modify(|busy| *busy += 1);
        Self(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|busy| *busy -= 1);
    }
}

/// The maximum number of concurrent connections.
pub fn max_connections() -> usize {
    open_files_allowed().saturating_sub(RESERVED_FILES).clamp(64, MAX_CONNECTIONS)
}

/// Raises the limit on open files as far as needed and allowed, and returns it. Each connection is an open file, and on
/// many systems the limit is 1,024 at first.
fn open_files_allowed() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = (MAX_CONNECTIONS + RESERVED_FILES) as u64;
    let reached = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|current| current < reached) {
        // If the system refuses, the limit on connections stays lower.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(reached), maximum: limit.maximum });
    }
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(usize::MAX))
}

fn is_out_of_resources(error: &io::Error) -> bool {
    // These three concern one connection; any other error, such as `EMFILE`, concerns the whole process.
    !matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
