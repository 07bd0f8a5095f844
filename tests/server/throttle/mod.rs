//! Guessing passwords, and locking out others by guessing. The clock stands still unless a test moves it.

mod clear;
mod guessing;
mod networks;
mod old_password;
mod shares;
mod sign_ins;
mod uniform;

use crate::support::{Answer, PASSWORD, Server, Tokens};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};

const HOME: &str = "192.0.2.7";
const ELSEWHERE: &str = "198.51.100.9";
const WRONG: &str = "not the password";

/// Sends from an address, with an `X-Forwarded-For` from an attacker or a proxy.
async fn post_from(server: &Server, ip: &str, forwarded_for: Option<&str>, path: &str, body: Value) -> Answer {
    let mut request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 5000)));
    if let Some(addresses) = forwarded_for {
        request = request.header("x-forwarded-for", addresses);
    }
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// Sends from an address as the user of this access token.
async fn post_as_from(server: &Server, ip: &str, access_token: &str, path: &str, body: Value) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
        .extension(ConnectInfo(SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 5000)));
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn log_in(server: &Server, ip: &str, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    post_from(server, ip, None, "/api/auth/login", body).await
}

/// Registers without "keep me signed in".
async fn register(server: &Server, ip: &str, username: &str) -> Tokens {
    let body = json!({ "username": username, "password": PASSWORD, "remember": false });
    let answer = post_from(server, ip, None, "/api/auth/register", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.tokens()
}

/// Fails until there is a wait, and returns its seconds.
async fn fail_until_throttled(server: &Server, ip: &str, username: &str) -> u64 {
    for _ in 0..100 {
        let answer = log_in(server, ip, username, WRONG).await;
        if answer.status == 429 {
            return seconds(&answer);
        }
        answer.problem(401, "invalid_credentials");
    }
    panic!("a hundred guesses and no wait")
}

#[track_caller]
fn seconds(answer: &Answer) -> u64 {
    let problem = answer.problem(429, "too_many_requests");
    assert_eq!(problem["retryAfter"].to_string(), answer.header("retry-after"));
    problem["retryAfter"].as_u64().unwrap()
}
