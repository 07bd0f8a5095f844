//! `after_sign_in`.

use super::{Calls, take};
use crate::support::{PASSWORD, Place, Server};
use latchkey_core::hooks::{Hooks, SignIn, SignInKind};
use latchkey_core::store::statement;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

const HERE: Place<'static> = Place::new("192.0.2.7", "Firefox/145.0");

#[tokio::test]
async fn sign_in_reports_user_session_client_and_kind() {
    let calls: Calls<SignIn> = Arc::default();
    let noted = calls.clone();
    let hooks = Hooks::default().after_sign_in(move |sign_in| {
        let noted = noted.clone();
        async move { noted.lock().unwrap().push(sign_in) }
    });
    let server = Server::start().await.with_hooks(hooks);
    let account = json!({ "username": "Ada", "password": PASSWORD });
    let registered = server.post_from(HERE, "/api/auth/register", account.clone()).await.tokens();
    let logged_in = server.post_from(HERE, "/api/auth/login", account).await.tokens();
    let calls = take(&calls);
    for (call, tokens, kind) in
        [(&calls[0], &registered, SignInKind::Registration), (&calls[1], &logged_in, SignInKind::Login)]
    {
        assert_eq!(call.kind, kind);
        assert_eq!(call.user.id.as_str(), tokens.all["user"]["id"]);
        assert_eq!(call.user.username, "Ada");
        assert_eq!(call.session_id.to_string(), tokens.claims()["sid"].as_str().unwrap());
        assert_eq!((call.client.ip.as_deref(), call.client.user_agent.as_deref()), (Some(HERE.ip), HERE.user_agent));
    }
    assert_eq!(calls.len(), 2);
}

#[tokio::test]
async fn failed_login_or_refresh_does_not_call_after_sign_in() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let (signed_in, mut sign_ins) = mpsc::unbounded_channel();
    let server = server.with_hooks(Hooks::default().after_sign_in(move |sign_in| {
        let signed_in = signed_in.clone();
        async move { signed_in.send(sign_in.user.username).unwrap() }
    }));
    server.rotate(&tokens.refresh).await;
    let wrong = json!({ "username": "ada", "password": "wrong horse battery staple" });
    server.post("/api/auth/login", wrong).await.problem(401, "invalid_credentials");
    let taken = json!({ "username": "ada", "password": PASSWORD });
    server.post("/api/auth/register", taken).await.problem(409, "username_taken");
    assert!(sign_ins.try_recv().is_err());
}

#[tokio::test]
async fn panic_in_after_sign_in_does_not_fail_the_sign_in() {
    let hooks = Hooks::default().after_sign_in(async |_| panic!("a bug of the application"));
    let server = Server::start().await.with_hooks(hooks);
    let registered = server.register("ada").await;
    let logged_in = server.log_in("ada").await;
    for tokens in [registered, logged_in] {
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    }
}

#[tokio::test]
async fn hook_sees_the_committed_session() {
    let server = Server::start().await;
    let database = server.app.server.database.clone();
    let (found, mut sessions) = mpsc::unbounded_channel();
    let server = server.with_hooks(Hooks::default().after_sign_in(move |sign_in| {
        let (database, found) = (database.clone(), found.clone());
        async move {
            let query = "SELECT COUNT(*) FROM sessions WHERE id = $1 AND user_id = $2";
            let count: i64 = statement(query)
                .bind(sign_in.session_id.to_string())
                .bind(sign_in.user.id.to_string())
                .value(database.store.readers())
                .await
                .unwrap();
            found.send(count).unwrap();
        }
    }));
    server.register("ada").await;
    server.log_in("ada").await;
    assert_eq!((sessions.try_recv(), sessions.try_recv()), (Ok(1), Ok(1)));
}

#[tokio::test]
async fn hook_runs_after_the_client_has_disconnected() {
    let (reached, waiting) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let once = Arc::new(std::sync::Mutex::new(Some((reached, gate))));
    let (signed_in, mut sign_ins) = mpsc::unbounded_channel();
    let hooks = Hooks::default()
        .before_register(move |_| {
            let (reached, gate) = once.lock().unwrap().take().unwrap();
            async move {
                reached.send(()).unwrap();
                gate.await.unwrap();
                Ok(())
            }
        })
        .after_sign_in(move |sign_in| {
            let signed_in = signed_in.clone();
            async move { signed_in.send(sign_in.user.username).unwrap() }
        });
    let server = Arc::new(Server::start().await.with_hooks(hooks));
    let request = tokio::spawn({
        let server = server.clone();
        async move { server.register("ada").await }
    });
    waiting.await.unwrap();
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    open.send(()).unwrap();
    assert_eq!(sign_ins.recv().await.as_deref(), Some("ada"));
}
