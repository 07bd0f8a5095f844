//! New keys are published before they sign: the server verifies with them at once, and makes tokens with them later.

use super::{contents, kid};
use crate::support::Server;
use crate::support::forge::Forger;
use latchkey_core::clock::Clock as _;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::keyring::file::{self, PUBLICATION_PERIOD, Start};
use latchkey_core::sessions::keyring::live::KeyringChange;
use latchkey_core::sessions::{ParsedRefreshToken, RowSecret};
use latchkey_wire::REFRESH_TOKEN_PREFIX;
use serde_json::Value;
use std::time::Duration;

/// Adds new keys, like `latchkey key rotate`, which the running server loads. Returns the kid of the new signing key.
fn publish(server: &Server) -> Value {
    let path = &server.app.settings.server.keyring;
    file::rotate(path, &SystemRandom, server.clock.now(), Start::Published).unwrap();
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
    contents(path)["signing"][0]["kid"].clone()
}

async fn published_kids(server: &Server) -> Vec<Value> {
    let keys = server.get("/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().clone();
    keys.into_iter().map(|key| key["kid"].clone()).collect()
}

const SECRETS_IN_ROWS: &str = "SELECT COUNT(DISTINCT tag_key) FROM sessions";

#[tokio::test]
async fn new_keys_sign_from_their_time_on() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    server.log_in("ada").await;
    let (old, new) = (kid(&first.access), publish(&server));
    assert_eq!(published_kids(&server).await, [old.clone(), new.clone()]);

    server.clock.advance(PUBLICATION_PERIOD - Duration::from_millis(1));
    let second = server.rotate(&first.refresh).await;
    assert_eq!(kid(&second.access), old);
    assert_eq!(kid(&server.log_in("ada").await.access), old);
    assert_eq!(server.sql(SECRETS_IN_ROWS).await, "1");

    server.clock.advance(Duration::from_millis(1));
    let third = server.rotate(&second.refresh).await;
    assert_eq!(kid(&third.access), new);
    assert_eq!(server.sql(SECRETS_IN_ROWS).await, "2");
    assert_eq!(kid(&server.log_in("ada").await.access), new);
    assert_eq!(published_kids(&server).await, [new, old]);
    for tokens in [&first, &second, &third] {
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200, "old tokens stay valid");
    }
    server.rotate(&third.refresh).await;
}

#[tokio::test]
async fn tokens_of_published_keys_are_accepted() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let new = publish(&server);
    // A server whose clock is ahead signs with the new keys already.
    let access = Forger::from_good(&server, &tokens.access).with_header("kid", new).sign();
    assert_eq!(server.get_as(&access, "/api/me").await.status, 200);

    let parsed = ParsedRefreshToken::parse(&tokens.refresh, REFRESH_TOKEN_PREFIX).unwrap();
    let secret = RowSecret::parse(&server.sql("SELECT secret FROM sessions").await).unwrap();
    let (keyring, later) = (server.app.server.sessions.keyring(), server.clock.now().after(PUBLICATION_PERIOD));
    let refresh = ParsedRefreshToken::mint(keyring.secret_in_use(later), parsed.session, parsed.generation, secret)
        .encode(REFRESH_TOKEN_PREFIX);
    assert_ne!(refresh.expose(), tokens.refresh);
    server.rotate(refresh.expose()).await;
}

#[tokio::test]
async fn retry_across_the_switch_gets_the_same_refresh_token() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let new = publish(&server);
    server.clock.advance(PUBLICATION_PERIOD - Duration::from_secs(1));
    let second = server.rotate(&first.refresh).await;
    server.clock.advance(Duration::from_secs(2));
    let again = server.rotate(&first.refresh).await;
    assert_eq!(again.refresh, second.refresh);
    assert_eq!(kid(&again.access), new);
    server.rotate(&second.refresh).await;
}

#[tokio::test]
async fn restart_does_not_make_published_keys_sign() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let new = publish(&server);
    server.clock.advance(Duration::from_secs(30));
    let server = server.restart(&[]).await;
    let second = server.rotate(&first.refresh).await;
    assert_eq!(kid(&second.access), kid(&first.access));
    server.clock.advance(Duration::from_secs(31));
    assert_eq!(kid(&server.rotate(&second.refresh).await.access), new);
}

#[tokio::test]
async fn rotation_at_once_overtakes_published_keys() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let leaked = publish(&server);
    super::rotate_keys(&server);
    let second = server.rotate(&first.refresh).await;
    assert!(![&kid(&first.access), &leaked].contains(&&kid(&second.access)));
    server.clock.advance(2 * PUBLICATION_PERIOD);
    assert_eq!(kid(&server.rotate(&second.refresh).await.access), kid(&second.access));
}
