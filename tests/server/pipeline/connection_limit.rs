//! The limits on connections, tested on the real binary.

use crate::support::binary::{Binary, free_address, send};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// With this limit on open files, the server allows 64 connections, and 16 for each network.
const OPEN_FILES: usize = 192;
const PLACES: usize = 64;
const SHARE: usize = 16;

/// Connects from an address of this machine.
async fn connect(binary: &Binary, from: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).unwrap();
    socket.connect(binary.address.parse().unwrap()).await.unwrap()
}

/// Whether a request on this connection, which stays open, is answered.
async fn is_answered(stream: &mut TcpStream) -> bool {
    let mut first = [0; 1];
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok()
        && stream.read(&mut first).await.is_ok_and(|read| read == 1)
}

#[tokio::test]
async fn network_with_many_connections_leaves_places_for_others() {
    let metrics = free_address();
    let mut binary = Binary::start_with_open_files(OPEN_FILES, &[("LATCHKEY_METRICS_ADDR", &metrics)]);
    let mut let_in = Vec::new();
    for _ in 0..3 * SHARE {
        let mut stream = connect(&binary, 1).await;
        if is_answered(&mut stream).await {
            let_in.push(stream);
        }
    }
    assert_eq!(let_in.len(), SHARE);
    assert!(is_answered(&mut connect(&binary, 2).await).await, "another network has places of its own");
    let text = send(&metrics, b"GET /metrics HTTP/1.1\r\n", "").body;
    let counted = format!("\nlatchkey_connections_refused_total {}\n", 2 * SHARE);
    assert!(text.contains(&counted), "{text}");
    binary.wait_until("the log says so", |binary| binary.log().contains("connections are refused"));
    assert_eq!(binary.log().matches("connections are refused").count(), 1, "and not for each");
    drop(let_in);
    let again = async { while !is_answered(&mut connect(&binary, 1).await).await {} };
    timeout(Duration::from_secs(30), again).await.expect("places are given back");
}

#[tokio::test]
async fn connection_over_the_limit_waits_for_a_place() {
    let binary = Binary::start_with_open_files(OPEN_FILES, &[]);
    let mut all = Vec::new();
    for place in 0..PLACES {
        // Not from where the binary's own start was looked at.
        let mut stream = connect(&binary, (2 + place / SHARE) as u8).await;
        assert!(is_answered(&mut stream).await, "place {place}");
        all.push(stream);
    }
    let mut next = connect(&binary, 99).await;
    let answered = timeout(Duration::from_millis(500), is_answered(&mut next)).await;
    assert!(answered.is_err(), "there is no place");
    all.pop();
    let mut first = [0; 1];
    let read = timeout(Duration::from_secs(30), next.read(&mut first)).await.expect("now there is one");
    assert_eq!(read.unwrap(), 1);
}
