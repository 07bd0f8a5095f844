//! `POST /oauth/revoke`.

use super::{assert_error, post};
use crate::support::Server;
use crate::support::forge::Forger;

#[tokio::test]
async fn either_token_ends_its_session_with_any_hint() {
    let server = Server::start().await;
    server.register("ada").await;
    for hint in ["", "refresh_token", "access_token", "carrier_pigeon"] {
        for by_access_token in [true, false] {
            let (ended, kept) = (server.log_in("ada").await, server.log_in("ada").await);
            let token = if by_access_token { &ended.access } else { &ended.refresh };
            let answer = post(&server, "/oauth/revoke", &[("token", token), ("token_type_hint", hint)]).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{hint}");
            assert_eq!(answer.header("cache-control"), "no-store");
            server.get_as(&ended.access, "/api/me").await.problem(401, "invalid_token");
            server.refresh(&ended.refresh).await.refused("logged_out");
            assert_eq!(server.get_as(&kept.access, "/api/me").await.status, 200);
        }
    }
}

#[tokio::test]
async fn unknown_or_ended_token_succeeds_and_ends_nothing() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let forged = Forger::from_good(&server, &tokens.access).with_foreign_key().0.sign();
    let (message, last) = tokens.refresh.split_at(tokens.refresh.len() - 2);
    let tagged_wrongly = format!("{message}{}", if last == "AA" { "BA" } else { "AA" });
    for token in ["garbage", "lkr_garbage", &forged, &tagged_wrongly] {
        assert_eq!(post(&server, "/oauth/revoke", &[("token", token)]).await.status, 200);
    }
    server.rotate(&tokens.refresh).await;
    for _ in 0..2 {
        assert_eq!(post(&server, "/oauth/revoke", &[("token", &tokens.refresh)]).await.status, 200);
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'signed_out'").await, "1");
}

#[tokio::test]
async fn revocation_without_one_token_or_right_client_fails() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let token = ("token", &*tokens.refresh);
    for sent in [&[][..], &[("token", "")], &[token, token], &[("refresh_token", &*tokens.refresh)]] {
        assert_error(&post(&server, "/oauth/revoke", sent).await, 400, "invalid_request");
    }
    for wrong in [("client_id", "other"), ("client_secret", "hunter2")] {
        assert_error(&post(&server, "/oauth/revoke", &[token, wrong]).await, 401, "invalid_client");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NOT NULL").await, "0");
    assert_eq!(post(&server, "/oauth/revoke", &[token, ("client_id", "latchkey")]).await.status, 200);
}
