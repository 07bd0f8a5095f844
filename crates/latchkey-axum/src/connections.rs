//! From the socket to the routes: which connections are accepted, and how long each step may take.
//!
//! A server that reads HTTP from strangers must bound what each of them can hold. A client that sends a byte a minute
//! (slowloris) is dropped when its time is over; a network that opens very many connections is stopped at a quarter of
//! all the places, so there are some left for others. The limits on what is inside a request are in
//! [`limits`](super::limits), that on requests at a time in [`in_flight`](super::in_flight).

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

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// To send the head of a request.
    pub head: Duration,
    /// To send or to take in anything at all, while a connection is open.
    pub silence: Duration,
    /// To finish what they have begun, once the server has been asked to stop.
    pub last_call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let [head, silence, last_call] = [15, 60, 10].map(Duration::from_secs);
        Self { head, silence, last_call }
    }
}

/// How long answers may take to go out when the last request has been answered. A client that is still sending the head
/// of its next request is not waited for.
const LAST_BYTES: Duration = Duration::from_millis(500);
/// The most bytes of a request's head that are read; [`limits`](super::limits) refuses much shorter ones, with a
/// message.
const LONGEST_HEAD: usize = 64 * 1024;
/// Files that the process opens besides: the database, the keyring, the log.
const OTHER_FILES: usize = 128;
/// More connections than that have to wait, whatever the system would let us open.
const MOST_CONNECTIONS: usize = 4096;
/// A client that opens very many connections must not fill the log as well.
const ONE_WARNING: Duration = Duration::from_secs(60);
/// How long to wait when the system has run out of something that a connection needs.
const OUT_OF_RESOURCES: Duration = Duration::from_millis(100);

/// Answers on `listener` until `stop` completes, then lets running requests finish, but not for ever: a client that
/// never sends the rest of its request must not keep the server from stopping.
pub async fn serve(
    listener: TcpListener,
    state: &ServerState,
    router: Router,
    timeouts: Timeouts,
    stop: impl Future<Output = ()>,
) {
    let most = places();
    let (places, limiter) = (Arc::new(Semaphore::new(most)), Arc::new(NetworkLimiter::new(most / 4)));
    let (running, busy) = (GracefulShutdown::new(), watch::Sender::new(0_usize));
    let (mut stop, mut warned) = (pin!(stop), None);
    loop {
        let accepted = async {
            // Never closed. Connections without a place wait in the system's queue.
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
                    tokio::time::sleep(OUT_OF_RESOURCES).await;
                }
                continue;
            }
        };
        // A trusted proxy speaks for many; their requests are counted in `in_flight.rs`.
        let counted = !state.settings.trusted_proxies.contains(peer.ip());
        let Some(permit) = limiter.admit(counted.then(|| network(peer.ip()))) else {
            state.metrics.connections_refused.inc();
            if warned.is_none_or(|warned: Instant| warned.elapsed() > ONE_WARNING) {
                warned = Some(Instant::now());
                tracing::warn!(
                    client = %peer.ip(),
                    "connections are refused, for this network has its share: name it in LATCHKEY_TRUSTED_PROXIES if it \
                     is your proxy's"
                );
            }
            continue;
        };
        let connection = running.watch(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(timeouts.head)
                .max_buf_size(LONGEST_HEAD)
                .serve_connection(
                    with_timeout(stream, timeouts.silence),
                    answer_with(router.clone(), peer, busy.clone()),
                ),
        );
        tokio::spawn(async move {
            // A broken connection needs no action: the client has gone.
            let _ = connection.await;
            drop((permit, place));
        });
    }
    drop(listener);
    let quiet = async {
        // The sender is alive: this function owns it.
        let _ = busy.subscribe().wait_for(|busy| *busy == 0).await;
        tokio::time::sleep(LAST_BYTES).await;
    };
    let finished = async {
        tokio::select! { () = running.shutdown() => {} () = quiet => {} }
    };
    let _ = tokio::time::timeout(timeouts.last_call, finished).await;
}

/// A socket that is closed when nothing moves for too long.
fn with_timeout(stream: TcpStream, silence: Duration) -> TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>> {
    // Without this, a small answer waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_read_timeout(Some(silence));
    stream.set_write_timeout(Some(silence));
    TokioIo::new(Box::pin(stream))
}

/// The routes, with the client's address.
fn answer_with(
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

/// One more request that is being answered, until it is dropped.
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

/// How many connections there may be at a time.
pub fn places() -> usize {
    open_files_allowed().saturating_sub(OTHER_FILES).clamp(64, MOST_CONNECTIONS)
}

/// Raises the number of files that this process may have open as far as the system lets it (a connection is one, and
/// many systems start with 1,024), and returns the number.
fn open_files_allowed() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = (MOST_CONNECTIONS + OTHER_FILES) as u64;
    let reached = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|current| current < reached) {
        // If the system refuses, there are only fewer places.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(reached), maximum: limit.maximum });
    }
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(usize::MAX))
}

fn is_out_of_resources(error: &io::Error) -> bool {
    // Any other error concerns this client only.
    !matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
