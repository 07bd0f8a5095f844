//! `GET /.well-known/oauth-authorization-server`.

use crate::support::Server;
use serde_json::json;

#[tokio::test]
async fn metadata_names_the_endpoints_at_the_public_url() {
    let server = Server::with(&[
        "--public-url",
        "https://login.example.org",
        "--introspection-client",
        "gateway:0123456789abcdef",
    ]);
    let answer = server.await.get("/.well-known/oauth-authorization-server").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    assert_eq!(
        answer.json(),
        json!({
            "issuer": "https://login.example.org",
            "token_endpoint": "https://login.example.org/oauth/token",
            "token_endpoint_auth_methods_supported": ["none"],
            "grant_types_supported": ["refresh_token"],
            "response_types_supported": [],
            "revocation_endpoint": "https://login.example.org/oauth/revoke",
            "revocation_endpoint_auth_methods_supported": ["none"],
            "introspection_endpoint": "https://login.example.org/oauth/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "jwks_uri": "https://login.example.org/.well-known/jwks.json",
            "service_documentation": "https://login.example.org/api/docs",
        })
    );
}

#[tokio::test]
async fn metadata_names_the_issuer_and_no_disabled_endpoint() {
    let server = Server::start().await;
    let metadata = server.get("/.well-known/oauth-authorization-server").await.json();
    let claims = server.register("ada").await.claims();
    assert_eq!(metadata["issuer"], claims["iss"]);
    assert!(!metadata.to_string().contains("introspection"), "{metadata}");
}
