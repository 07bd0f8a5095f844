//! The record of each request: one line in the log, and its count in the metrics.
//!
//! The line names the route's template and never the path. People and programs put tokens into addresses, even wrong
//! ones, and a log is read by more people than a database. So nothing that a client wrote is in it at all, but for the
//! address that a proxy vouches for.

use crate::client_address;
use crate::state::ServerState;
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tracing::field::display;
use tracing::{Level, Span};

/// The route of unknown addresses, and of the files of `public/`.
const NO_ROUTE: &str = "other";

/// The log line of a request that is being answered. If it is dropped without an answer, the line says so.
pub struct RequestLog {
    state: Arc<ServerState>,
    /// Around everything that is logged meanwhile, at any level: it carries the request's id.
    pub span: Span,
    begun: Instant,
    route: Arc<str>,
    method: &'static str,
    client: Option<IpAddr>,
    answered: bool,
}

impl RequestLog {
    /// Begins with the request's arrival.
    pub fn begin(state: &Arc<ServerState>, id: &str, request: &Request) -> Self {
        warn_of_unreadable_forwarding(state, request);
        Self {
            span: tracing::error_span!("request", id),
            begun: Instant::now(),
            route: request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).into(),
            method: known(request.method()),
            client: client_address::of(request.extensions(), request.headers(), &state.settings.trusted_proxies),
            state: state.clone(),
            answered: false,
        }
    }

    /// Ends with the answer; `code` is what a problem says that it is.
    pub fn answer<B>(mut self, response: &Response<B>, code: Option<&str>) {
        self.answered = true;
        let status = response.status().as_u16();
        self.write(Some(status), code);
    }

    fn write(&self, status: Option<u16>, code: Option<&str>) {
        let took = self.begun.elapsed();
        self.state.metrics.request(&self.route, self.method, status, took);
        let ms = took.as_micros() as f64 / 1000.0;
        let client = self.client.map(display);
        // A level must be known when the program is compiled.
        macro_rules! line {
            ($level:ident, $text:literal) => {
                tracing::event!(
                    parent: &self.span, Level::$level, method = self.method, route = &*self.route, status, code, ms, client,
                    $text
                )
            };
        }
        match status {
            None => line!(INFO, "not answered: the client hung up, or the server stopped"),
            Some(503) => line!(WARN, "answered that it is unavailable for now"),
            Some(500..) => line!(ERROR, "answered with an error"),
            Some(_) if matches!(&*self.route, "/healthz" | "/readyz") => line!(DEBUG, "answered"),
            Some(_) => line!(INFO, "answered"),
        }
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        if !self.answered {
            self.write(None, None);
        }
    }
}

fn warn_of_unreadable_forwarding(state: &ServerState, request: &Request) {
    let proxies = &state.settings.trusted_proxies;
    if client_address::is_unreadable(request.extensions(), request.headers(), proxies)
        && state.warnings.unreadable_forwarding.is_due(state.database.clock.now())
    {
        tracing::warn!(
            "a proxy in LATCHKEY_TRUSTED_PROXIES sends an X-Forwarded-For that does not name the client: its visitors are \
             throttled together; let it send the client's IP address"
        );
    }
}

/// A client may make up methods; they all have one name here.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
