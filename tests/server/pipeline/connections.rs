//! Slow clients, on real sockets.

use crate::support::Server;
use latchkey::server::router::router;
use latchkey_axum::connections::{self, Timeouts};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Short limits, so that the tests are quick.
const TIMEOUTS: Timeouts =
    Timeouts { head: Duration::from_millis(500), idle: Duration::from_secs(1), shutdown: Duration::from_millis(500) };

struct Running {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn serve(server: &Server) -> Running {
    serve_with(server, TIMEOUTS).await
}

async fn serve_with(server: &Server, timeouts: Timeouts) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async { drop(stopped.await) };
    let (state, router) = (server.app.server.clone(), router(&server.app, &server.site));
    let ended = tokio::spawn(async move { connections::serve(listener, &state, router, timeouts, stopped).await });
    Running { addr, stop, ended }
}

/// Sends these bytes and reads until the server closes.
async fn answer_to(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    rest_of(&mut stream).await
}

/// A connection that the server closes may also end in an error.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn is_alive(addr: SocketAddr) -> bool {
    answer_to(addr, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.ends_with("alive\n")
}

#[tokio::test]
async fn slowloris_is_dropped_while_others_are_served() {
    let server = Server::start().await;
    let running = serve(&server).await;
    let mut slow = Vec::new();
    for begun in [&b""[..], b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "] {
        let mut stream = TcpStream::connect(running.addr).await.unwrap();
        stream.write_all(begun).await.unwrap();
        slow.push(stream);
    }
    assert!(is_alive(running.addr).await);
    for mut stream in slow {
        rest_of(&mut stream).await;
    }
    assert!(is_alive(running.addr).await);
}

#[tokio::test]
async fn idle_connection_is_closed() {
    let server = Server::start().await;
    let running = serve(&server).await;
    let answer = answer_to(running.addr, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.ends_with("alive\n"), "{answer}");
}

/// The responses fill the buffers of both systems, and then the server's.
#[tokio::test]
async fn client_that_does_not_read_is_dropped_others_are_served() {
    let server = Server::start().await;
    let running = serve(&server).await;
    let mut deaf = TcpStream::connect(running.addr).await.unwrap();
    let page = b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
    deaf.write_all(&page.repeat(400)).await.unwrap();
    assert!(is_alive(running.addr).await);
    let dropped = async {
        // Only a write tells that the other side has gone.
        while deaf.write_all(b"\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), dropped).await.expect("it is dropped");
    assert!(is_alive(running.addr).await);
}

#[tokio::test]
async fn bytes_that_are_not_http_get_a_400() {
    let server = Server::start().await;
    let running = serve(&server).await;
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..], b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let answer = answer_to(running.addr, garbage).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    assert!(is_alive(running.addr).await);
}

#[tokio::test]
async fn request_line_for_a_proxy_is_a_400() {
    let server = Server::start().await;
    let running = serve(&server).await;
    for line in ["CONNECT a:1", "GET x:1", "DELETE x:1", "POST x:1", "OPTIONS *", "GET *"] {
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = answer_to(running.addr, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{line}: {answer}");
        assert!(answer.to_lowercase().contains("x-content-type-options: nosniff"), "{line}: {answer}");
    }
}

#[tokio::test]
async fn oversized_body_gets_a_readable_413() {
    let server = Server::start().await;
    let running = serve(&server).await;
    for length in [20_000, 900_000] {
        let head = format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        let request = [head.into_bytes(), vec![b' '; length]].concat();
        let answer = answer_to(running.addr, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("payload_too_large"), "{length}: {answer}");
    }
}

/// If a proxy and the server delimit a request differently, an attacker can smuggle in a second request.
#[tokio::test]
async fn ambiguous_framing_yields_no_second_request() {
    let server = Server::start().await;
    let running = serve(&server).await;
    for headers in [
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Content-Length: +4",
        "Content-Length : 4",
    ] {
        let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        let request = format!("POST /api/auth/login HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{smuggled}");
        let answer = answer_to(running.addr, request.as_bytes()).await;
        assert!(!answer.contains("alive"), "{headers}: {answer}");
    }
}

#[tokio::test]
async fn unfinished_request_does_not_delay_the_stop() {
    let server = Server::start().await;
    let running = serve(&server).await;
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    stream.write_all(b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{").await.unwrap();
    assert!(is_alive(running.addr).await, "it has been taken in");
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
    assert!(TcpStream::connect(running.addr).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn stop_does_not_wait_for_an_unfinished_head() {
    let server = Server::start().await;
    let timeouts = Timeouts { head: Duration::from_secs(60), shutdown: Duration::from_secs(60), ..TIMEOUTS };
    let running = serve_with(&server, timeouts).await;
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost").await.unwrap();
    assert!(is_alive(running.addr).await, "it has been taken in");
    let began = std::time::Instant::now();
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
