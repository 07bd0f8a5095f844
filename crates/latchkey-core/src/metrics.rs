//! The Prometheus metrics. `metrics.rs` of latchkey-axum serves them; docs/operations.md explains each name.
//!
//! Every label has a bounded set of values. A series is kept for as long as the server runs, so no text that a client
//! can choose may become a label. Each outcome has a series from the start, at zero, because `rate()` does not count
//! the first event of a series that did not exist before.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Duration;

/// Upper ends of the buckets, in seconds: a protected request takes a fraction of a millisecond, a sign-in twenty, and
/// a request that waits for the database is rejected after five seconds.
const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The running server's metrics.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_duration: Family<RouteLabel, Histogram>,
    refreshes: Outcomes,
    logins: Outcomes,
    registrations: Outcomes,
    keyring_changes: Outcomes,
    /// Connections rejected because their network had reached its limit.
    pub connections_refused: Counter,
    /// The number of live sessions.
    pub live_sessions: Gauge,
    /// 1 while the database is available, otherwise 0.
    pub database_ready: Gauge,
}

type Outcomes = Family<[(&'static str, &'static str); 1], Counter>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Arc<str>,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: Arc<str>,
}

/// The metrics that the hashing threads and their queue update.
#[derive(Clone, Debug, Default)]
pub struct HashingMetrics {
    /// Hashes begun.
    pub computed: Counter,
    /// Jobs that wait for a thread.
    pub waiting: Gauge,
    /// Requests that found the hashing queue full, or whose client had used up its share of it.
    pub refused: Counter,
}

/// The time in seconds for which a write waited for the database's writer, including writes that timed out. For a
/// shared update that is alone in its batch, the time until it was committed.
pub fn write_wait() -> Histogram {
    Histogram::new(BUCKETS)
}

/// The outcome of a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The head: rotated.
    Rotated,
    /// The parent of the head: a tolerated retry.
    Retried,
    /// The same retry, from another network or user agent than the last rotation.
    RetriedElsewhere,
    /// The parent of a confirmed head, from elsewhere within the retry window: the client must wait.
    RefusedElsewhere,
    /// An old token; this presentation ended the session. Later ones of that session count as revoked.
    Replayed,
    /// A token that the database has not issued yet, because it was restored from a backup. This presentation ended the
    /// session.
    Restored,
    /// The session had expired.
    Expired,
    /// The session had been revoked before.
    Revoked,
    /// A token from before a password change in its session, which stays live.
    PasswordChanged,
    /// The server did not issue the token.
    Unknown,
    /// An error of the server: the database, the hook `claims`, or the crypto library. The client may try again.
    Failed,
}

impl RefreshOutcome {
    const ALL: [Self; 11] = [
        Self::Rotated,
        Self::Retried,
        Self::RetriedElsewhere,
        Self::RefusedElsewhere,
        Self::Replayed,
        Self::Restored,
        Self::Expired,
        Self::Revoked,
        Self::PasswordChanged,
        Self::Unknown,
        Self::Failed,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Rotated => "rotated",
            Self::Retried => "retried",
            Self::RetriedElsewhere => "retried_elsewhere",
            Self::RefusedElsewhere => "refused_elsewhere",
            Self::Replayed => "replayed",
            Self::Restored => "restored",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::PasswordChanged => "password_changed",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// The outcome of a login or a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryOutcome {
    /// The user is signed in.
    Succeeded,
    /// A wrong password, a bad form, a name that is taken, or closed registration.
    Refused,
    /// Too many failures before, or too many sign-ins of the account.
    Throttled,
    /// Too many passwords were being checked.
    Busy,
    /// An error of the server.
    Failed,
}

impl EntryOutcome {
    const ALL: [Self; 5] = [Self::Succeeded, Self::Refused, Self::Throttled, Self::Busy, Self::Failed];

    const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

impl Metrics {
    /// Registers all metrics, with this prefix before each name. The store updates `write_wait`, and the hashing
    /// threads update `hashing`.
    pub fn new(prefix: &str, write_wait: &Histogram, hashing: &HashingMetrics) -> Self {
        let outcomes = |names: &mut dyn Iterator<Item = &'static str>| {
            let family = Outcomes::default();
            names.for_each(|name| drop(family.get_or_create(&[("outcome", name)])));
            family
        };
        let entries = || outcomes(&mut EntryOutcome::ALL.into_iter().map(EntryOutcome::name));
        let mut metrics = Self {
            registry: Registry::with_prefix(prefix),
            requests: Family::default(),
            request_duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            refreshes: outcomes(&mut RefreshOutcome::ALL.into_iter().map(RefreshOutcome::name)),
            logins: entries(),
            registrations: entries(),
            keyring_changes: outcomes(&mut [TAKEN_UP, REFUSED].into_iter()),
            connections_refused: Counter::default(),
            live_sessions: Gauge::default(),
            database_ready: Gauge::default(),
        };
        metrics.register(write_wait, hashing);
        metrics
    }

    fn register(&mut self, write_wait: &Histogram, hashing: &HashingMetrics) {
        let registry = &mut self.registry;
        registry.register("build", "Which Latchkey this is", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("http_requests", "Requests by route, method and class of status", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the request's headers to the answer's",
            Unit::Seconds,
            self.request_duration.clone(),
        );
        registry.register(
            "connections_refused",
            "Connections refused: per-network connection limit",
            self.connections_refused.clone(),
        );
        registry.register("refreshes", "Presented refresh tokens", self.refreshes.clone());
        registry.register("logins", "Attempts to sign in", self.logins.clone());
        registry.register("registrations", "Attempts to make an account", self.registrations.clone());
        registry.register("live_sessions", "Sessions that can be refreshed", self.live_sessions.clone());
        registry.register("hashes", "Password hashes begun", hashing.computed.clone());
        registry.register("hashing_waiting", "Passwords that wait for a hashing thread", hashing.waiting.clone());
        registry.register("hashing_refused", "Requests that found the hashing queue full", hashing.refused.clone());
        registry.register_with_unit(
            "database_write_wait",
            "How long a write waited for the database's writer, or gave up; one that is small and alone, until it was done",
            Unit::Seconds,
            write_wait.clone(),
        );
        registry.register("database_ready", "Whether the database answers", self.database_ready.clone());
        registry.register("keyring_changes", "Changes of the keyring's file", self.keyring_changes.clone());
    }

    /// Counts a request; `status` is `None` if the client closed the connection before the answer.
    pub fn request(&self, route: &Arc<str>, method: &'static str, status: Option<u16>, took: Duration) {
        let class = match status.map(|status| status / 100) {
            Some(1) => "1xx",
            Some(2) => "2xx",
            Some(3) => "3xx",
            Some(4) => "4xx",
            Some(_) => "5xx",
            None => "none",
        };
        self.requests.get_or_create(&RequestLabels { route: Arc::clone(route), method, status: class }).inc();
        if status.is_some() {
            self.request_duration.get_or_create(&RouteLabel { route: Arc::clone(route) }).observe(took.as_secs_f64());
        }
    }

    /// Counts a presented refresh token.
    pub fn refresh(&self, outcome: RefreshOutcome) {
        self.refreshes.get_or_create(&[("outcome", outcome.name())]).inc();
    }

    /// Counts an attempt to sign in.
    pub fn login(&self, outcome: EntryOutcome) {
        self.logins.get_or_create(&[("outcome", outcome.name())]).inc();
    }

    /// Counts an attempt to make an account.
    pub fn registration(&self, outcome: EntryOutcome) {
        self.registrations.get_or_create(&[("outcome", outcome.name())]).inc();
    }

    /// Counts a change of the keyring's file: loaded, or rejected because the file is not valid.
    pub fn keyring_change(&self, taken_up: bool) {
        let outcome = if taken_up { TAKEN_UP } else { REFUSED };
        self.keyring_changes.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// All metrics, as OpenMetrics text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

const TAKEN_UP: &str = "taken_up";
const REFUSED: &str = "refused";
