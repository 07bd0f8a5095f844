//! Checks the host that a request names.
//!
//! An attacker can make a domain name resolve to this machine (DNS rebinding). For the browser, the server then has the
//! same origin as the attacker's page, which can read the responses. So a request must name a known host: that of the
//! public URL, a loopback name or address, or one in the settings. The port is ignored, because port forwarding changes
//! it, and it does not help an attacker.

use crate::detail::Detail;
use crate::health;
use crate::settings::{HostName, HttpSettings, RouteGroup};
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use latchkey_wire::ApiError;
use std::sync::Arc;
use tracing::field::display;

/// Why a request is rejected.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// The host is missing, repeated or malformed.
    Unclear,
    /// The request is for another host.
    Foreign(HostName),
}

/// Rejects a request with 400 if the host is missing, repeated or malformed, and with 421 if it is not a known one.
pub async fn check(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let path = state.settings.prefix.strip(request.uri().path());
    // Load balancers request the health checks by IP address, and the responses reveal only that the server is running.
    if state.settings.serves(RouteGroup::Health) && path.is_some_and(|path| health::PATHS.contains(&path)) {
        return next.run(request).await;
    }
    let fault = match check_host(&request, &state.settings) {
        Ok(()) => return next.run(request).await,
        Err(fault) => fault,
    };
    if state.warnings.foreign_host.try_acquire(state.database.clock.now()) {
        let host = match &fault {
            Fault::Unclear => None,
            Fault::Foreign(host) => Some(display(host)),
        };
        tracing::warn!(
            host,
            "a request without a host, or for another one, was refused: if users reach the server by that name, set \
             LATCHKEY_PUBLIC_URL to it, or add it to LATCHKEY_ALLOWED_HOSTS; if a proxy changes or removes the name, \
             configure it to forward the client's Host header"
        );
    }
    let (error, detail) = match fault {
        Fault::Unclear => (ApiError::UnclearHost, ApiError::UnclearHost.detail().to_owned()),
        Fault::Foreign(_) => {
            let url = &state.settings.public_url;
            (ApiError::MisdirectedRequest, format!("This server does not answer to that name. Use {url} instead."))
        }
    };
    let mut response = error.into_response();
    response.extensions_mut().insert(Detail(detail));
    response
}

fn check_host<B>(request: &axum::http::Request<B>, settings: &HttpSettings) -> Result<(), Fault> {
    let mut headers = request.headers().get_all(header::HOST).iter();
    let (header, second) = (headers.next(), headers.next());
    // A URI in absolute form overrides the header (RFC 9112 §3.2.2), as `:authority` does in HTTP/2. A proxy and this
    // server may read different ones, so both must name this server.
    let authority = request.uri().authority();
    let may_lack_header = authority.is_some() && request.version() >= Version::HTTP_2;
    if second.is_some() || header.is_none() && !may_lack_header {
        return Err(Fault::Unclear);
    }
    let named = header.map(|value| value.as_bytes()).into_iter().chain(authority.map(|name| name.as_str().as_bytes()));
    for name in named {
        let host = parse(name).ok_or(Fault::Unclear)?;
        if !is_allowed(&host, settings) {
            return Err(Fault::Foreign(host));
        }
    }
    Ok(())
}

/// `uri-host [":" port]` (RFC 9110 §7.2).
fn parse(text: &[u8]) -> Option<HostName> {
    let text = std::str::from_utf8(text).ok()?;
    // The port is after the last colon, unless that is inside an IPv6 address.
    let (name, port) = match text.rfind(':').filter(|colon| !text[*colon..].contains(']')) {
        Some(colon) => (&text[..colon], &text[colon + 1..]),
        None => (text, ""),
    };
    let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    if is_port { HostName::from_header(name) } else { None }
}

fn is_allowed(host: &HostName, settings: &HttpSettings) -> bool {
    host.is_loopback() || settings.public_host.as_ref() == Some(host) || settings.allowed_hosts.contains(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_of_a_host_is_ignored() {
        for (text, host) in [
            ("login.example.org:8443", "login.example.org"),
            ("login.example.org.:", "login.example.org"),
            ("127.0.0.1:3000", "127.0.0.1"),
            ("[::1]:3000", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(parse(text.as_bytes()), HostName::from_header(host), "{text}");
            assert!(parse(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn malformed_host_is_not_parsed() {
        for text in [
            "",
            ":3000",
            ".",
            "::1",
            "[::1",
            "[::1]3000",
            "[127.0.0.1]",
            "a b",
            "a,b",
            "a:b",
            "a:999999",
            "a:80:80",
            "user@localhost",
            "http://localhost",
            "localhost/",
            "%6cocalhost",
            "löcalhost",
            "localhost\t",
            "[::1%25lo]",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(b"local\xffhost"), None);
        assert_eq!(parse("a".repeat(256).as_bytes()), None);
    }
}
