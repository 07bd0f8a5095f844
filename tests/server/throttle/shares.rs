//! The shares of the hashing queue for one network and one user, also with right passwords.

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinHandle;

const UNLIMITED: [&str; 2] = ["--sign-ins-per-hour", "100000"];
const NEW: &str = "violet umbrella on a quiet tram";
/// More than one network's share of the hashing queue. Attempts at one account are checked one after the other.
const ACCOUNTS: usize = 45;

/// Clients of one network that repeat this until they are stopped.
struct Attack {
    over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<u16>>>,
}

impl Attack {
    fn begin<F: Future<Output = u16> + Send>(
        clients: usize,
        act: impl Fn(usize) -> F + Clone + Send + 'static,
    ) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let client = |number| {
            let (over, act) = (over.clone(), act.clone());
            tokio::spawn(async move {
                let mut statuses = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    statuses.push(act(number).await);
                    tokio::task::yield_now().await;
                }
                statuses
            })
        };
        Self { clients: (0..clients).map(client).collect(), over }
    }

    /// Every answer that they got.
    async fn end(self) -> Vec<u16> {
        self.over.store(true, Ordering::SeqCst);
        let mut statuses = Vec::new();
        for client in self.clients {
            statuses.extend(client.await.unwrap());
        }
        statuses
    }
}

/// The victim's share exists from the start, so none of its sign-ins may fail, however the threads run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninety_parallel_sign_ins_of_own_accounts_do_not_stop_others() {
    let server = Arc::new(Server::with(&UNLIMITED).await);
    for number in 0..ACCOUNTS {
        register(&server, ELSEWHERE, &format!("mallory{number}")).await;
    }
    register(&server, HOME, "ada").await;
    let attacked = server.clone();
    let attack = Attack::begin(90, move |number| {
        let (server, name) = (attacked.clone(), format!("mallory{}", number % ACCOUNTS));
        async move { log_in(&server, ELSEWHERE, &name, PASSWORD).await.status }
    });
    for _ in 0..10 {
        assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
        assert_eq!(log_in(&server, "203.0.113.5", "ada", PASSWORD).await.status, 200, "from somewhere new");
    }
    let statuses = attack.end().await;
    assert!(statuses.contains(&200) && statuses.contains(&503), "the attack was none: {statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninety_parallel_changes_of_one_user_do_not_stop_others() {
    let server = Arc::new(Server::with(&UNLIMITED).await);
    let mallory = register(&server, ELSEWHERE, "mallory").await;
    register(&server, HOME, "ada").await;
    let attacked = server.clone();
    let attack = Attack::begin(90, move |number| {
        let (server, token) = (attacked.clone(), mallory.access.clone());
        // From as many networks as there are requests: one user has one share.
        let ip = format!("2001:db8:{number:x}::1");
        async move {
            let body = json!({ "currentPassword": PASSWORD, "newPassword": "short" });
            post_as_from(&server, &ip, &token, "/api/account/password", body).await.status
        }
    });
    for _ in 0..10 {
        assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
    }
    let statuses = attack.end().await;
    assert!(statuses.contains(&422) && statuses.contains(&503), "the attack was none: {statuses:?}");
}

/// A client that hangs up after its attempt has been counted: what it has begun is finished.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_password_of_a_dropped_request_is_not_counted() {
    for path in ["/api/auth/login", "/api/account/password"] {
        let server = Server::start().await;
        let ada = register(&server, HOME, "ada").await;
        let body = match path {
            "/api/auth/login" => json!({ "username": "ada", "password": PASSWORD }),
            _ => json!({ "currentPassword": PASSWORD, "newPassword": NEW }),
        };
        let hashes = server.app.server.accounts.passwords().computed();
        let mut request = Box::pin(post_as_from(&server, ELSEWHERE, &ada.access, path, body));
        // The hash has been begun: the attempt is counted by then.
        while server.app.server.accounts.passwords().computed() == hashes {
            assert!(futures::poll!(&mut request).is_pending(), "{path}");
            tokio::task::yield_now().await;
        }
        drop(request);
        let done = match path {
            "/api/auth/login" => "SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL AND ip = '198.51.100.9'",
            _ => "SELECT COUNT(*) FROM events WHERE kind = 'password_changed'",
        };
        wait_until(async || server.sql(done).await == "1").await;
        assert_eq!(
            server.sql("SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM login_failures WHERE key NOT LIKE 'registration:%'").await,
            "0",
            "{path}"
        );
    }
}

async fn wait_until(condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), wait).await.unwrap();
}
