//! Under which names the server answers.
//!
//! A page of any site can make its own name lead to this machine (DNS rebinding); to the browser, the server is of that
//! page's origin then, and the page reads what it answers. So a request must name a host of ours: the public URL's, this
//! machine's own names, or one that the settings allow. The port is ignored: forwarding changes it, and no attacker gains
//! by it.

use super::problem::Detail;
use crate::api::ApiError;
use crate::server::config::Settings;
use crate::server::state::App;
use axum::extract::{Request, State};
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::{Ipv4Addr, Ipv6Addr};
use url::Host;

/// Load balancers send these by address, and the answers reveal only that the server is alive.
const EXEMPT: [&str; 2] = ["/healthz", "/readyz"];

/// Why a request is not for this server.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// A missing or repeated host, or text that is not a host.
    Unclear,
    /// Another host's name.
    Foreign(Host),
}

/// Answers 400 to a request that names no host or several, and 421 to one that names another.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if EXEMPT.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (error, words) = match judge(&request, &app.settings) {
        Ok(()) => return next.run(request).await,
        Err(Fault::Unclear) => (ApiError::InvalidRequest, "Send one Host header, with one name in it.".to_owned()),
        Err(Fault::Foreign(host)) => {
            if app.warnings.foreign_host.is_due(app.clock.now()) {
                tracing::warn!(
                    %host,
                    "a request for another host was refused: if this server has that name, add it to \
                     LATCHKEY_ALLOWED_HOSTS; if the proxy in front changed the name, let it pass on the client's Host"
                );
            }
            let url = &app.settings.public_url;
            (ApiError::MisdirectedRequest, format!("This server does not answer to that name. Use {url} instead."))
        }
    };
    let mut response = error.into_response();
    response.extensions_mut().insert(Detail(words));
    response
}

fn judge<B>(request: &axum::http::Request<B>, settings: &Settings) -> Result<(), Fault> {
    let mut headers = request.headers().get_all(header::HOST).iter();
    let (header, second) = (headers.next(), headers.next());
    // An absolute address outranks the header (RFC 9112 §3.2.2); `:authority` of HTTP/2 stands in the same place. Two
    // that differ are for two servers, and both must be us.
    let authority = request.uri().authority();
    let may_lack_header = authority.is_some() && request.version() >= Version::HTTP_2;
    if second.is_some() || header.is_none() && !may_lack_header {
        return Err(Fault::Unclear);
    }
    let named = header.map(|value| value.as_bytes()).into_iter().chain(authority.map(|name| name.as_str().as_bytes()));
    for name in named {
        let host = parse(name).ok_or(Fault::Unclear)?;
        if !is_ours(&host, settings) {
            return Err(Fault::Foreign(host));
        }
    }
    Ok(())
}

/// `uri-host [":" port]` (RFC 9110 §7.2), strictly: no user, no escapes, nothing but ASCII.
fn parse(text: &[u8]) -> Option<Host> {
    let text = std::str::from_utf8(text).ok()?;
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (Host::Ipv6(address.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            // The dot at the end of a name that is already complete.
            let name = name.strip_suffix('.').unwrap_or(name);
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            if name.is_empty() || name.len() > 255 || !name.bytes().all(is_plain) {
                return None;
            }
            match name.parse::<Ipv4Addr>() {
                Ok(address) => (Host::Ipv4(address), port),
                Err(_) => (Host::Domain(name.to_ascii_lowercase()), port),
            }
        }
    };
    let digits = if port.is_empty() { port } else { port.strip_prefix(':')? };
    (digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

fn is_ours(host: &Host, settings: &Settings) -> bool {
    let is_loopback = match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    };
    is_loopback || settings.public_host.as_ref() == Some(host) || settings.allowed_hosts.contains(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_with_port_and_brackets_is_read() {
        let name = |text: &str| Some(Host::Domain(text.to_owned()));
        for (text, host) in [
            ("Login.Example.org", name("login.example.org")),
            ("login.example.org:8443", name("login.example.org")),
            ("login.example.org.:", name("login.example.org")),
            ("localhost:3000", name("localhost")),
            ("127.0.0.1:3000", Some(Host::Ipv4(Ipv4Addr::LOCALHOST))),
            ("[::1]:3000", Some(Host::Ipv6(Ipv6Addr::LOCALHOST))),
            ("[::1]", Some(Host::Ipv6(Ipv6Addr::LOCALHOST))),
        ] {
            assert_eq!(parse(text.as_bytes()), host, "{text}");
        }
    }

    #[test]
    fn host_that_is_none_is_unclear() {
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
