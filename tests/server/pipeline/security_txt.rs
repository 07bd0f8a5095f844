//! `/.well-known/security.txt` (RFC 9116).

use crate::support::Server;

#[tokio::test]
async fn security_txt_names_contact_and_expiry() {
    let arguments = ["--security-contact", "mailto:security@example.org", "--public-url", "https://login.example.org"];
    let answer = Server::with(&arguments).await.get("/.well-known/security.txt").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert_eq!(
        answer.text,
        "Contact: mailto:security@example.org\nExpires: 2026-06-30T00:00:00Z\n\
         Canonical: https://login.example.org/.well-known/security.txt\n"
    );
}

#[tokio::test]
async fn security_txt_without_the_setting_is_404() {
    let server = Server::start().await;
    server.get("/.well-known/security.txt").await.problem(404, "not_found");
}
