//! The host names under which the server answers (DNS rebinding).

use crate::support::binary::Binary;
use crate::support::{Answer, PASSWORD, Server, settings};
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::path::Path;

const PUBLIC: &str = "https://login.example.org";

async fn server() -> Server {
    Server::with(&["--public-url", PUBLIC, "--allowed-hosts", "intern.example, 192.0.2.1, 2001:db8::1"]).await
}

async fn ask(server: &Server, method: Method, path: &str, hosts: &[&[u8]]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    for host in hosts {
        request.headers_mut().append(header::HOST, HeaderValue::from_bytes(host).unwrap());
    }
    server.send_as_it_is(request).await
}

#[tokio::test]
async fn dns_rebinding_page_gets_421_that_names_the_public_url() {
    let server = server().await;
    for host in [
        "evil.example",
        "evil.example:3000",
        "login.example.org.evil.example",
        "xlogin.example.org",
        "example.org",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "128.0.0.1",
        "0.0.0.0:3000",
        "192.0.2.2",
        "[2001:db8::2]:3000",
        "2130706433",
        "0x7f.1",
    ] {
        for path in ["/", "/login", "/api/me", "/api/nothing", "/pkg/x.js", "/.well-known/jwks.json", "/healthz/"] {
            let answer = ask(&server, Method::GET, path, &[host.as_bytes()]).await;
            let problem = answer.problem(421, "misdirected_request");
            assert!(problem["detail"].as_str().unwrap().contains(PUBLIC), "{host} {path}: {}", answer.text);
            assert!(!answer.text.contains("evil"), "{}", answer.text);
        }
        let answer = ask(&server, Method::GET, "/oauth/token", &[host.as_bytes()]).await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(answer.json()["error_description"].as_str().unwrap().contains(PUBLIC), "{}", answer.text);
    }
}

#[tokio::test]
async fn requests_to_every_valid_public_url_are_answered() {
    for (url, host) in [
        ("https://Login.Example.org:8443", "login.example.org:8443"),
        ("https://my_app.internal", "my_app.internal"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://192.0.2.1", "192.0.2.1"),
        ("https://[::ffff:192.0.2.1]", "[::ffff:c000:201]"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ] {
        let server = Server::with(&["--public-url", url]).await;
        let answer = ask(&server, Method::GET, "/login", &[host.as_bytes()]).await;
        assert_eq!(answer.status, 200, "{url}");
    }
    for url in ["https://login.example.org.", "https://a!b.example", "https://.", "https://a..b", "https://a$b"] {
        let error = settings(Path::new("x"), &["--public-url", url]).unwrap_err();
        assert!(error.starts_with("LATCHKEY_PUBLIC_URL"), "{url}: {error}");
    }
}

/// To the browser such a page and the server are of one origin, so nothing else stops it.
#[tokio::test]
async fn dns_rebinding_post_creates_no_account() {
    let server = Server::start().await;
    let request = Request::post("/api/auth/register")
        .header("host", "evil.example:3000")
        .header("origin", "http://evil.example:3000")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json");
    let body = json!({ "username": "eve", "password": PASSWORD }).to_string();
    server.send(request.body(Body::from(body)).unwrap()).await.problem(421, "misdirected_request");
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
}

#[tokio::test]
async fn own_host_with_any_port_is_answered() {
    let server = server().await;
    for host in [
        "login.example.org",
        "LOGIN.Example.ORG",
        "login.example.org.",
        "login.example.org:443",
        "login.example.org:8443",
        "localhost",
        "Localhost:3000",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.8.8.8:3000",
        "[::1]",
        "[::1]:3000",
        "[0:0:0:0:0:0:0:1]:3000",
        "intern.example",
        "192.0.2.1:3000",
        "[2001:db8::1]",
    ] {
        assert_eq!(ask(&server, Method::GET, "/login", &[host.as_bytes()]).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn missing_repeated_or_malformed_host_is_a_400() {
    let server = server().await;
    let own = &b"localhost"[..];
    for hosts in [
        &[][..],
        &[own, own],
        &[own, b"evil.example"],
        &[b"evil.example", own],
        &[b""],
        &[b":3000"],
        &[b"localhost, evil.example"],
        &[b"localhost evil.example"],
        &[b"evil.example@localhost"],
        &[b"http://localhost"],
        &[b"local\xffhost"],
        &[b"[::1"],
    ] {
        for path in ["/", "/api/me"] {
            let answer = ask(&server, Method::GET, path, hosts).await;
            let problem = answer.problem(400, "unclear_host");
            assert!(problem["detail"].as_str().unwrap().contains("Host"), "{hosts:?}: {}", answer.text);
        }
    }
}

/// A request line with a whole address outranks the header (RFC 9112 §3.2.2), so both must name this server.
#[tokio::test]
async fn absolute_url_of_another_host_is_refused() {
    let server = server().await;
    let own = &b"localhost"[..];
    for (address, hosts, status) in [
        ("http://evil.example/login", &[own][..], 421),
        ("http://localhost/login", &[b"evil.example"], 421),
        ("http://localhost:3000/login", &[own], 200),
        ("http://localhost/login", &[], 400),
        ("http://localhost/login", &[own, own], 400),
        ("http://evil.example/healthz", &[own], 200),
    ] {
        assert_eq!(ask(&server, Method::GET, address, hosts).await.status, status, "{address} {hosts:?}");
    }
    // HTTP/2 has `:authority` in the place of the header.
    let mut request = Request::get("http://localhost/login").version(axum::http::Version::HTTP_2);
    assert_eq!(server.send_as_it_is(request.body(Body::empty()).unwrap()).await.status, 200);
    request = Request::get("http://evil.example/login").version(axum::http::Version::HTTP_2);
    assert_eq!(server.send_as_it_is(request.body(Body::empty()).unwrap()).await.status, 421);
}

#[tokio::test]
async fn health_checks_are_answered_under_any_host() {
    let server = server().await;
    for path in ["/healthz", "/readyz"] {
        for hosts in [&[][..], &[&b"10.1.2.3:3000"[..]], &[b"a", b"b"]] {
            assert_eq!(ask(&server, Method::GET, path, hosts).await.status, 200, "{path} {hosts:?}");
        }
    }
}

#[test]
fn foreign_host_is_logged_once_a_minute() {
    let mut binary = Binary::start(&[("LATCHKEY_METRICS_ADDR", "127.0.0.1:0"), ("LATCHKEY_LOG", "warn")]);
    let rebound = |binary: &Binary, host: &str| {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(&binary.address).unwrap();
        let head = format!("GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for host in ["evil.example", "other.example:80", "evil.example"] {
        assert!(rebound(&binary, host).starts_with("HTTP/1.1 421"), "{host}");
    }
    assert!(rebound(&binary, "localhost:1").starts_with("HTTP/1.1 200"));
    binary.wait_until("the log says so", |binary| binary.log().contains("LATCHKEY_ALLOWED_HOSTS"));
    assert_eq!(binary.log().matches("LATCHKEY_ALLOWED_HOSTS").count(), 1, "{}", binary.log());
    assert!(binary.log().contains("evil.example"), "{}", binary.log());
}

/// A proxy has changed or dropped the host name.
#[tokio::test]
async fn browser_under_a_foreign_host_gets_an_explaining_page() {
    let server = server().await;
    for (hosts, status) in [(&[&b"latchkey:3000"[..]][..], 421), (&[], 400)] {
        for path in ["/", "/login"] {
            let mut request =
                Request::get(path).header(header::ACCEPT, "text/html,*/*;q=0.8").body(Body::empty()).unwrap();
            for host in hosts {
                request.headers_mut().append(header::HOST, HeaderValue::from_bytes(host).unwrap());
            }
            let answer = server.send_as_it_is(request).await;
            assert_eq!((answer.status, answer.header("content-type")), (status, "text/html; charset=utf-8"), "{path}");
            let (named, link) = (format!(">{PUBLIC}<"), format!("href=\"{PUBLIC}/\""));
            for word in ["usual address", "LATCHKEY_PUBLIC_URL", "Host", &named, &link] {
                assert!(answer.text.contains(word), "{word}: {}", answer.text);
            }
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
            assert_complete(&answer);
        }
    }
}

/// The server refuses every request for a file under that name, so the page must not need one.
fn assert_complete(page: &Answer) {
    for linked in ["/pkg/", "href=\"/favicon", "rel=\"stylesheet\"", "src="] {
        assert!(!page.text.contains(linked), "{linked}: {}", page.text);
    }
    let (_, style) = page.text.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    assert!(style.contains(".button"), "{style}");
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'; img-src data:")), "{policy}");
    assert!(page.text.contains("<link rel=\"icon\" href=\"data:image/svg+xml;base64,"));
}
