//! Drives the server with a number of connections; each sends its next request after the answer to the previous one.

use crate::http::{Answer, Connection};
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// The requests of one connection, and its handling of the answers.
pub trait Client: Send + 'static {
    /// The next request; `None` if there is none.
    fn next(&mut self) -> Option<Vec<u8>>;

    /// Handles an answer with a 2xx status.
    fn answered(&mut self, body: &[u8]);
}

/// How long to send requests.
#[derive(Clone, Copy)]
pub struct Timing {
    /// Not counted: connections open, caches and queues fill.
    pub warm_up: Duration,
    pub measured: Duration,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub per_second: f64,
    /// Latency in milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// CPU use of the processes, in percent of their cores.
    pub server_core: f64,
    pub driver_core: f64,
}

/// Starts all clients at the same time; returns the measurements, and the clients for the next run.
///
/// # Errors
/// The first answer that is not a success, because a benchmark of failures is meaningless.
pub async fn drive<C: Client>(
    addr: SocketAddr,
    clients: Vec<C>,
    timing: Timing,
) -> Result<(Measured, Vec<C>), Box<dyn Error>> {
    let mut connections = Vec::with_capacity(clients.len());
    for client in clients {
        connections.push((Connection::open(addr).await?, client));
    }
    let begin = Instant::now() + timing.warm_up;
    let end = begin + timing.measured;
    let mut tasks = JoinSet::new();
    for (number, (connection, client)) in connections.into_iter().enumerate() {
        tasks.spawn(async move { (number, one(connection, client, begin, end).await) });
    }
    let mut latencies = Vec::new();
    let mut last = begin;
    let mut clients = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (number, outcome) = done?;
        let outcome = outcome?;
        latencies.extend(outcome.latencies);
        last = last.max(outcome.last);
        clients.push((number, outcome.client));
    }
    clients.sort_by_key(|(number, _)| *number);
    let elapsed = last.min(end).saturating_duration_since(begin);
    Ok((Measured::of(latencies, elapsed), clients.into_iter().map(|(_, client)| client).collect()))
}

struct Outcome<C> {
    client: C,
    latencies: Vec<Duration>,
    /// When the last counted answer came.
    last: Instant,
}

async fn one<C: Client>(
    mut connection: Connection,
    mut client: C,
    begin: Instant,
    end: Instant,
) -> Result<Outcome<C>, String> {
    let (mut latencies, mut last) = (Vec::new(), begin);
    let mut sent = Instant::now();
    while sent < end {
        let Some(request) = client.next() else { break };
        let answer = connection.exchange(&request).await.map_err(|error| error.to_string())?;
        let Answer { status, body } = answer;
        if !(200..300).contains(&status) {
            return Err(format!("{status} {}", String::from_utf8_lossy(body)));
        }
        client.answered(body);
        let now = Instant::now();
        if now >= begin && now <= end {
            latencies.push(now - sent);
            last = now;
        }
        sent = now;
    }
    Ok(Outcome { client, latencies, last })
}

impl Measured {
    fn of(mut latencies: Vec<Duration>, elapsed: Duration) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let index = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
            latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
        };
        let per_second = latencies.len() as f64 / elapsed.as_secs_f64().max(1e-9);
        Self { per_second, p50: at(50), p99: at(99), ..Self::default() }
    }
}
