//! Records each request: one log line, and the metrics.
//!
//! The line contains the route's template, never the path: clients put tokens into URLs, also into wrong ones, and more
//! people can read a log than a database. So the line contains no text of the client.

use crate::client_address;
use crate::state::ServerState;
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tracing::field::display;
use tracing::{Level, Span};

/// The route of unknown paths, and of the files of `public/`.
const NO_ROUTE: &str = "other";

/// The log line of a running request. If it is dropped without a response, the line says so.
pub struct RequestLog {
    state: Arc<ServerState>,
    /// The span of all events during the request, at any level. It has the request's id.
    pub span: Span,
    started: Instant,
    route: Arc<str>,
    method: &'static str,
    client: Option<IpAddr>,
    answered: bool,
}

impl RequestLog {
    /// Starts measuring the time of a request.
    pub fn begin(state: &Arc<ServerState>, id: &str, request: &Request) -> Self {
        warn_of_unreadable_forwarding(state, request);
        Self {
            span: tracing::error_span!("request", id),
            started: Instant::now(),
            route: request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).into(),
            method: method_name(request.method()),
            client: client_address::find(request.extensions(), request.headers(), &state.settings.trusted_proxies),
            state: state.clone(),
            answered: false,
        }
    }

    /// Writes the line; `code` is that of the error, if the response is an error.
    pub fn finish<B>(mut self, response: &Response<B>, code: Option<&str>) {
        self.answered = true;
        let status = response.status().as_u16();
        self.write(Some(status), code);
    }

    fn write(&self, status: Option<u16>, code: Option<&str>) {
        let took = self.started.elapsed();
        self.state.metrics.request(&self.route, self.method, status, took);
        let ms = took.as_micros() as f64 / 1000.0;
        let client = self.client.map(display);
        // `tracing::event!` needs a constant level.
        macro_rules! line {
            ($level:ident, $text:literal) => {
                tracing::event!(
                    parent: &self.span, Level::$level, method = self.method, route = &*self.route, status, code, ms, client,
                    $text
                )
            };
        }
        match status {
            None => line!(INFO, "not answered: the client disconnected, or the server stopped"),
            Some(503) => line!(WARN, "answered: unavailable"),
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
        && state.warnings.unreadable_forwarding.try_acquire(state.database.clock.now())
    {
        tracing::warn!(
            "a proxy in LATCHKEY_TRUSTED_PROXIES sends an X-Forwarded-For that does not name the client: its users are \
             throttled together; configure it to send the client's IP address"
        );
    }
}

/// Unknown methods share one name, because a client could invent any number of them.
fn method_name(method: &Method) -> &'static str {
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
