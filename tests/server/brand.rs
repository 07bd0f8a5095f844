//! The names of an application that chooses its own.

use crate::support::Server;
use axum::body::Body;
use axum::http::{Request, header};
use latchkey_wire::{Brand, REFRESH_TOKEN_PREFIX};

const ACME: Brand =
    Brand::new("Acme").with_refresh_token_prefix("acme-1_").with_metrics_prefix("acme").with_realm("Acme Portal");

#[tokio::test]
async fn token_from_before_a_new_prefix_refreshes_to_the_new_one() {
    let server = Server::start().await.restart_as(Brand::LATCHKEY).await;
    let before = server.register("ada").await;
    assert!(before.refresh.starts_with(REFRESH_TOKEN_PREFIX), "{}", before.refresh);

    let server = server.restart_as(ACME).await;
    let first = server.rotate(&before.refresh).await;
    assert!(first.refresh.starts_with("acme-1_"), "{}", first.refresh);
    let retried = server.rotate(&before.refresh).await;
    assert_eq!(retried.refresh, first.refresh, "the same successor");
    let second = server.rotate(&first.refresh).await;
    assert_eq!(server.get_as(&second.access, "/api/me").await.status, 200);

    // The prefix is not part of what is signed, so the old token is the same token with either one.
    let renamed = before.refresh.replace(REFRESH_TOKEN_PREFIX, "acme-1_");
    server.refresh(&renamed).await.refused("replayed");
}

#[tokio::test]
async fn prefix_of_another_application_is_refused() {
    let server = Server::start().await.restart_as(ACME).await;
    let tokens = server.register("ada").await;
    let both = format!("{REFRESH_TOKEN_PREFIX}acme-1_");
    for other in ["", "acme_", both.as_str(), "acme-1_acme-1_", "ACME-1_"] {
        server.refresh(&tokens.refresh.replace("acme-1_", other)).await.refused("unknown");
    }
    assert_eq!(server.refresh(&tokens.refresh).await.status, 200);
}

#[tokio::test]
async fn challenges_have_the_realm_of_the_application() {
    let server = Server::start().await.restart_as(ACME).await;
    let missing = server.get("/api/me").await;
    assert_eq!(missing.header("www-authenticate"), r#"Bearer realm="Acme Portal""#);
    let invalid = server.get_as("a.b.c", "/api/me").await;
    assert_eq!(invalid.header("www-authenticate"), r#"Bearer realm="Acme Portal", error="invalid_token""#);
    let ada = server.register("ada").await;
    let forbidden = server.get_as(&ada.access, "/api/customers").await;
    assert_eq!(forbidden.header("www-authenticate"), r#"Bearer realm="Acme Portal", error="insufficient_scope""#);

    let request = Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let form = "grant_type=refresh_token&refresh_token=x&client_id=other";
    let refused = server.send(request.body(Body::from(form)).unwrap()).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, r#"Basic realm="Acme Portal""#));
}

#[tokio::test]
async fn metrics_begin_with_the_prefix_of_the_application() {
    let server = Server::start().await.restart_as(ACME).await;
    let text = server.app.server.metrics.to_text();
    let names: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(names.len() > 30 && names.iter().all(|name| name.starts_with("acme_")), "{text}");
}
