//! `POST /oauth/token`.

use super::{assert_error, exchange, post, post_with};
use crate::support::forge::Forger;
use crate::support::{Server, claims};
use std::time::Duration;

const WITHOUT_CLIENT: [(&str, &str); 1] = [("grant_type", "refresh_token")];

#[tokio::test]
async fn refresh_grant_returns_an_oauth_token_response() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let answer = exchange(&server, &first.refresh).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!(answer.header("content-type"), "application/json");
    let tokens = answer.json();
    let mut names: Vec<_> = tokens.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &300.into()));

    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(access)["gen"], 1);
    assert_eq!(server.get_as(access, "/api/me").await.status, 200);
    // Both endpoints continue the same session.
    let third = server.rotate(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(third.claims()["gen"], 2);
    assert_eq!(third.claims()["sid"], first.claims()["sid"]);
}

#[tokio::test]
async fn repeated_refresh_grant_gets_the_same_token() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let (one, other) = (exchange(&server, &first.refresh).await.json(), exchange(&server, &first.refresh).await.json());
    assert_eq!(one["refresh_token"], other["refresh_token"]);
}

#[tokio::test]
async fn replay_at_the_token_endpoint_ends_the_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let elsewhere = server.log_in("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;

    let description = assert_error(&exchange(&server, &first.refresh).await, 400, "invalid_grant");
    assert!(description.starts_with("replayed: "), "{description}");
    server.get_as(&third.access, "/api/me").await.problem(401, "invalid_token");
    let description = assert_error(&exchange(&server, &third.refresh).await, 400, "invalid_grant");
    assert!(description.starts_with("replayed: "), "{description}");
    assert_eq!(server.get_as(&elsewhere.access, "/api/me").await.status, 200);
}

#[tokio::test]
async fn reason_is_given_only_for_a_token_that_verifies() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let (message, last) = tokens.refresh.split_at(tokens.refresh.len() - 2);
    let forged = format!("{message}{}", if last == "AA" { "BA" } else { "AA" });
    server.clock.advance(Duration::from_secs(12 * 60 * 60));
    for (token, reason) in [(&*tokens.refresh, "expired: "), (&forged, "unknown: "), ("garbage", "unknown: ")] {
        let description = assert_error(&exchange(&server, token).await, 400, "invalid_grant");
        assert!(description.starts_with(reason), "{description}");
    }
    let access = Forger::from_good(&server, &tokens.access).sign();
    assert_error(&exchange(&server, &access).await, 400, "invalid_grant");
}

#[tokio::test]
async fn grant_of_a_logged_out_session_names_the_reason() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.post("/api/token/revoke", serde_json::json!({ "refreshToken": tokens.refresh })).await;
    let description = assert_error(&exchange(&server, &tokens.refresh).await, 400, "invalid_grant");
    assert!(description.starts_with("logged_out: "), "{description}");
}

#[tokio::test]
async fn unsupported_grant_type_is_refused() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    for grant in ["password", "authorization_code", "client_credentials", "REFRESH_TOKEN", "refresh_token "] {
        let sent = [("grant_type", grant), ("refresh_token", &tokens.refresh), ("username", "ada"), ("password", "x")];
        assert_error(&post(&server, "/oauth/token", &sent).await, 400, "unsupported_grant_type");
    }
    assert_error(&post(&server, "/oauth/token", &[("grant_type", "password")]).await, 400, "unsupported_grant_type");
    exchange(&server, &tokens.refresh).await.json()["access_token"].as_str().unwrap();
}

#[tokio::test]
async fn missing_or_repeated_parameter_is_an_invalid_request() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let token = ("refresh_token", &*tokens.refresh);
    let grant = ("grant_type", "refresh_token");
    let cases: [&[(&str, &str)]; 8] = [
        &[],
        &[grant],
        &[token],
        &[grant, ("refresh_token", "")],
        &[("grant_type", ""), token],
        &[grant, token, token],
        &[grant, grant, token],
        &[grant, token, ("colour", "green"), ("colour", "")],
    ];
    for sent in cases {
        assert_error(&post(&server, "/oauth/token", sent).await, 400, "invalid_request");
    }
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "0");
}

#[tokio::test]
async fn parameters_in_the_url_are_refused() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let address = format!("/oauth/token?grant_type=refresh_token&refresh_token={}", tokens.refresh);
    assert_error(&post(&server, &address, &[]).await, 400, "invalid_request");
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "0");
}

#[tokio::test]
async fn unknown_and_empty_parameters_are_ignored() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let sent = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*tokens.refresh),
        ("client_id", "latchkey"),
        ("client_secret", ""),
        ("scope", ""),
        ("colour", "green"),
    ];
    assert_eq!(post(&server, "/oauth/token", &sent).await.status, 200);
}

#[tokio::test]
async fn unknown_scope_is_ignored_and_an_empty_one_returned() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let sent = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh), ("scope", "openid admin")];
    let answer = post(&server, "/oauth/token", &sent).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["scope"], "", "none is granted (RFC 6749 §3.3)");
}

#[tokio::test]
async fn empty_secret_in_the_header_counts_as_none() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let sent = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh)];
    for authorization in ["Basic bGF0Y2hrZXk6", "basic bGF0Y2hrZXk6", "Basic Og=="] {
        let answer = post_with(&server, "/oauth/token", authorization, &sent).await;
        assert_eq!(answer.status, 200, "{authorization}: {}", answer.text);
    }
    let other = post_with(&server, "/oauth/token", "Basic b3RoZXI6", &sent).await; // other:
    assert_error(&other, 401, "invalid_client");
    let revoked = post_with(&server, "/oauth/revoke", "Basic bGF0Y2hrZXk6", &[("token", &tokens.refresh)]).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
}

#[tokio::test]
async fn unknown_client_or_unexpected_secret_is_refused() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let good = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh)];
    for (name, value) in [("client_id", "other"), ("client_id", "Latchkey"), ("client_secret", "hunter2")] {
        let answer = post(&server, "/oauth/token", &[good[0], good[1], (name, value)]).await;
        assert_error(&answer, 401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), r#"Basic realm="latchkey""#);
    }
    for authorization in ["Basic bGF0Y2hrZXk6IA==", "basic bGF0Y2hrZXk6c2VjcmV0", "Basic ***", "Basic bm9jb2xvbg=="] {
        assert_error(&post_with(&server, "/oauth/token", authorization, &good).await, 401, "invalid_client");
    }
    // A stale access token does not authenticate a client.
    assert_eq!(post_with(&server, "/oauth/token", "Bearer long.gone.token", &good).await.status, 200);
}

#[tokio::test]
async fn invalid_client_is_reported_before_the_grant() {
    let server = Server::start().await;
    let sent = [WITHOUT_CLIENT[0], ("client_id", "other")];
    assert_error(&post(&server, "/oauth/token", &sent).await, 401, "invalid_client");
}

#[tokio::test]
async fn replay_at_the_token_endpoint_is_logged_with_source() {
    use axum::extract::ConnectInfo;
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    server.rotate(&second.refresh).await;
    let mut request = super::form("/oauth/token", &[WITHOUT_CLIENT[0], ("refresh_token", &first.refresh)]);
    let thief: std::net::SocketAddr = "203.0.113.9:4000".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(thief));
    request.headers_mut().insert("user-agent", "curl/8".parse().unwrap());
    assert_error(&server.send(request).await, 400, "invalid_grant");
    let log = "SELECT ip || ' ' || user_agent FROM events WHERE kind = 'replay_detected'";
    assert_eq!(server.sql(log).await, "203.0.113.9 curl/8");
}
