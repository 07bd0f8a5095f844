//! Guessing passwords, and making others wait by guessing. The clock stands still unless a test moves it.

use crate::support::{Answer, PASSWORD, Server, Tokens};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use latchkey::server::accounts::{self, AccountError, Claimant, Password};
use latchkey::server::sessions::{Device, SessionId};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const HOME: &str = "192.0.2.7";
const ELSEWHERE: &str = "198.51.100.9";
const WRONG: &str = "not the password";

/// Sends from an address, with what an attacker or a proxy may have written into the header.
async fn post_from(server: &Server, ip: &str, forwarded_for: Option<&str>, path: &str, body: Value) -> Answer {
    let mut request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 5000)));
    if let Some(addresses) = forwarded_for {
        request = request.header("x-forwarded-for", addresses);
    }
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn log_in(server: &Server, ip: &str, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    post_from(server, ip, None, "/api/auth/login", body).await
}

async fn register(server: &Server, ip: &str, username: &str) -> Tokens {
    let body = json!({ "username": username, "password": PASSWORD });
    let answer = post_from(server, ip, None, "/api/auth/register", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.tokens()
}

/// Fails until there is a wait, and answers with its seconds.
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

/// How many commits lie in the write-ahead log: frames that close a transaction (https://sqlite.org/fileformat2.html#walformat).
fn commits(server: &Server) -> usize {
    let log = std::fs::read(server.data.path().join("latchkey.db-wal")).unwrap();
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame = 24 + number(8) as usize;
    let (salts, mut at, mut commits) = ((number(16), number(20)), 32, 0);
    while at + frame <= log.len() && (number(at + 8), number(at + 12)) == salts {
        commits += usize::from(number(at + 4) != 0);
        at += frame;
    }
    commits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_parallel_guesses_get_five_tries() {
    let server = Arc::new(Server::start().await);
    register(&server, HOME, "ada").await;
    let before = server.app.passwords.computed();
    let guesses: Vec<_> = (0..100)
        .map(|number| {
            let server = server.clone();
            tokio::spawn(async move { log_in(&server, ELSEWHERE, "ada", &format!("guess {number}")).await.status })
        })
        .collect();
    let mut answered = [0, 0, 0];
    for guess in guesses {
        let status = guess.await.unwrap();
        answered[[401, 429, 503].iter().position(|known| *known == status).unwrap()] += 1;
    }
    assert_eq!(answered[0], 5, "401, 429, 503: {answered:?}");
    assert_eq!(server.app.passwords.computed() - before, 5);
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'account:%'").await, "5");
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'address:%'").await, "5");
    // The sixth would have been right.
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1);
}

#[tokio::test]
async fn the_wait_doubles_and_the_right_password_ends_it() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(fail_until_throttled(&server, ELSEWHERE, "ada").await, seconds);
        server.clock.advance(Duration::from_millis(seconds * 1000 - 1));
        assert_eq!(self::seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1, "a millisecond too early");
        server.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(log_in(&server, ELSEWHERE, "ada", PASSWORD).await.status, 200);
    assert_eq!(fail_until_throttled(&server, ELSEWHERE, "ada").await, 1, "and there are five more");
}

#[tokio::test]
async fn a_day_without_a_try_forgets() {
    let server = Server::start().await;
    for _ in 0..3 {
        let wait = fail_until_throttled(&server, ELSEWHERE, "ada").await;
        server.clock.advance(Duration::from_secs(wait));
    }
    server.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(fail_until_throttled(&server, ELSEWHERE, "ada").await, 1);
}

#[tokio::test]
async fn an_attacker_cannot_lock_the_owner_out() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    register(&server, "2001:db8:1:1:a:b:c:d", "eve6").await;
    for (name, home) in [("ada", HOME), ("eve6", "2001:db8:1:1::99")] {
        fail_until_throttled(&server, ELSEWHERE, name).await;
        assert_eq!(log_in(&server, home, name, PASSWORD).await.status, 200, "{name} at home");
        seconds(&log_in(&server, "203.0.113.5", name, PASSWORD).await);
        seconds(&log_in(&server, "2001:db8:1:2::99", name, PASSWORD).await);
        seconds(&log_in(&server, ELSEWHERE, name, WRONG).await); // no fresh tries by the owner's sign-in
    }
}

#[tokio::test]
async fn at_the_owners_own_address_guesses_are_counted_too() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    assert_eq!(fail_until_throttled(&server, HOME, "ada").await, 1);
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
    assert_eq!(log_in(&server, ELSEWHERE, "ada", PASSWORD).await.status, 200, "the account's own count is another");
}

#[tokio::test]
async fn the_sessions_of_an_attacked_account_go_on() {
    let server = Server::start().await;
    let tokens = register(&server, HOME, "ada").await;
    fail_until_throttled(&server, HOME, "ada").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    let mut refresh_token = tokens.refresh;
    for _ in 0..10 {
        let body = json!({ "refreshToken": refresh_token });
        let answer = post_from(&server, ELSEWHERE, None, "/api/token/refresh", body).await;
        assert_eq!(answer.status, 200);
        refresh_token = answer.tokens().refresh;
        assert_eq!(server.get_as(&answer.tokens().access, "/api/me").await.status, 200);
    }
}

#[tokio::test]
async fn throttling_does_not_tell_who_exists() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    register(&server, HOME, "gone").await;
    server.tamper("UPDATE users SET disabled_at = 1 WHERE username = 'gone'").await;
    let mut conversations = Vec::new();
    for (name, password) in [("ada", WRONG), ("gone", PASSWORD), ("nobody", PASSWORD), ("not a name", "")] {
        let mut conversation = Vec::new();
        for _ in 0..8 {
            let mut answer = log_in(&server, ELSEWHERE, name, password).await;
            let id = answer.header("x-request-id").to_owned();
            answer.headers.remove("x-request-id");
            conversation.push((answer.status, answer.headers, answer.text.replace(&id, "")));
        }
        assert_eq!(conversation.iter().filter(|(status, ..)| *status == 429).count(), 3);
        conversations.push(conversation);
    }
    conversations.dedup();
    assert_eq!(conversations.len(), 1);
}

#[tokio::test]
async fn other_spellings_of_a_name_do_not_get_tries_of_their_own() {
    let server = Server::start().await;
    for (spelling, status) in
        [("José", 401), ("JOSÉ", 401), ("Jose\u{301}", 401), ("ｊｏｓé", 401), (" josé ", 401), ("jOSé", 429)]
    {
        assert_eq!(log_in(&server, ELSEWHERE, spelling, WRONG).await.status, status, "{spelling}");
    }
}

#[tokio::test]
async fn a_restart_does_not_forget() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    let server = server.restart(&[]).await;
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1);
}

#[tokio::test]
async fn a_clock_set_back_neither_locks_out_nor_opens_the_door() {
    let server = Server::start().await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    server.clock.set_back(Duration::from_secs(365 * 24 * 60 * 60));
    assert_eq!(log_in(&server, ELSEWHERE, "ada", WRONG).await.status, 401, "nobody waits for a year");
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", WRONG).await), 2, "and nobody guesses on");
}

#[tokio::test]
async fn a_forged_forwarded_header_is_ignored() {
    let server = Server::start().await;
    // One password on many names: each name has tries left, the address has not.
    for number in 0..=50 {
        let body = json!({ "username": format!("user{number}"), "password": WRONG });
        let forged = format!("203.0.113.{number}");
        let answer = post_from(&server, ELSEWHERE, Some(&forged), "/api/auth/login", body).await;
        if number < 50 {
            answer.problem(401, "invalid_credentials");
        } else {
            assert_eq!(seconds(&answer), 1);
        }
    }
    let keys = server.sql("SELECT COUNT(*) FROM login_failures WHERE key LIKE 'account:%'").await;
    assert_eq!(keys, "50", "the one that had to wait is not counted anywhere");
    server.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(log_in(&server, ELSEWHERE, "user51", WRONG).await.status, 401, "an hour of quiet mends it");
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'address:%'").await, "1");
}

#[tokio::test]
async fn behind_a_trusted_proxy_people_are_told_apart() {
    let server = Server::with(&["--trusted-proxies", "10.0.0.0/8"]).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let via = Some("1.2.3.4, 192.0.2.7, 10.0.0.2");
    assert_eq!(post_from(&server, "10.0.0.1", via, "/api/auth/register", body.clone()).await.status, 201);
    assert_eq!(server.sql("SELECT ip FROM sessions").await, HOME);

    let wrong = json!({ "username": "ada", "password": WRONG });
    for _ in 0..6 {
        post_from(&server, "10.0.0.1", Some(ELSEWHERE), "/api/auth/login", wrong.clone()).await;
    }
    seconds(&post_from(&server, "10.0.0.1", Some(ELSEWHERE), "/api/auth/login", body.clone()).await);
    seconds(&post_from(&server, "192.0.2.99", Some(HOME), "/api/auth/login", body.clone()).await); // no proxy of ours
    assert_eq!(post_from(&server, "10.0.0.1", Some(HOME), "/api/auth/login", body).await.status, 200);
}

#[tokio::test]
async fn a_success_takes_back_its_own_count_at_the_address_and_no_other() {
    let server = Server::start().await;
    register(&server, HOME, "mallory").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    for _ in 0..3 {
        assert_eq!(log_in(&server, ELSEWHERE, "mallory", PASSWORD).await.status, 200);
    }
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'address:%'").await, "5");
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures WHERE key NOT LIKE 'address:%'").await, "1");
}

#[tokio::test]
async fn to_be_turned_away_costs_no_hash_and_no_write() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    let (hashes, written) = (server.app.passwords.computed(), commits(&server));
    for _ in 0..10 {
        assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1, "and it does not grow");
    }
    assert_eq!((server.app.passwords.computed(), commits(&server)), (hashes, written));
}

#[tokio::test]
async fn an_unknown_user_costs_what_a_wrong_password_costs() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    register(&server, HOME, "gone").await;
    server.tamper("UPDATE users SET disabled_at = 1 WHERE username = 'gone'").await;
    for ip in [ELSEWHERE, HOME] {
        for (name, password) in
            [("ada", WRONG), ("ada", ""), ("nobody", PASSWORD), ("not a name", PASSWORD), ("", ""), ("gone", PASSWORD)]
        {
            let (hashes, written) = (server.app.passwords.computed(), commits(&server));
            log_in(&server, ip, name, password).await.problem(401, "invalid_credentials");
            assert_eq!(server.app.passwords.computed() - hashes, 1, "hashes for {name:?} {password:?}");
            assert_eq!(commits(&server) - written, 2, "commits for {name:?} {password:?}");
        }
    }
}

#[tokio::test]
async fn the_security_log_tells_of_each_failure_that_was_looked_at() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    for _ in 0..9 {
        log_in(&server, ELSEWHERE, "ada", WRONG).await;
        log_in(&server, ELSEWHERE, "nobody", WRONG).await;
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'sign_in_failed'").await, "5");
    let mine = "SELECT COUNT(*) FROM events e JOIN users u ON u.id = e.user_id
                WHERE kind = 'sign_in_failed' AND username = 'ada' AND ip = '198.51.100.9' AND session_id IS NULL";
    assert_eq!(server.sql(mine).await, "5");
}

#[tokio::test]
async fn a_password_typed_as_the_username_does_not_stay_in_the_database() {
    let server = Server::start().await;
    let typed = "hunter2-and-more";
    log_in(&server, ELSEWHERE, typed, WRONG).await.problem(401, "invalid_credentials");
    log_in(&server, ELSEWHERE, "hunter2 and more", WRONG).await.problem(401, "invalid_credentials");
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures").await, "3");
    for file in std::fs::read_dir(server.data.path()).unwrap() {
        let path = file.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("hunter2") && !text.contains(ELSEWHERE), "{}", path.display());
    }
}

#[tokio::test]
async fn it_can_be_switched_off_for_load_tests() {
    let server = Server::with(&["--throttle", "off"]).await;
    register(&server, HOME, "ada").await;
    for _ in 0..7 {
        log_in(&server, ELSEWHERE, "ada", WRONG).await.problem(401, "invalid_credentials");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures").await, "0");
}

/// The attempts of somebody who is signed in have no form of their own to come in by here; this is what such forms call.
#[tokio::test]
async fn a_stolen_session_gets_five_guesses_and_holds_up_nobody_else() {
    let server = Server::start().await;
    let session = |tokens: &Tokens| {
        let (app, access) = (server.app.clone(), tokens.access.clone().into());
        async move { latchkey::server::sessions::authenticate(&app, &access).await.unwrap().session.id }
    };
    let stolen = session(&server.register("ada").await).await;
    let own = session(&server.log_in("ada").await).await;
    let guess = async |session: SessionId, right: bool| -> Result<(), AccountError> {
        let attempt = accounts::admit(&server.app, Claimant::SignedIn(session), &Device::default()).await?;
        let typed = if right { PASSWORD } else { WRONG }.to_owned().into();
        let hash = server.sql("SELECT password_hash FROM users").await;
        let checked = attempt.check(Password::presented(&typed), hash).await?;
        assert_eq!(checked.right, right);
        let mut tx = server.app.store.begin().await?;
        if right {
            checked.succeeded(&mut tx).await?;
        } else {
            checked.failed(&mut tx, server.app.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    };
    for _ in 0..5 {
        guess(stolen, false).await.unwrap();
    }
    let refused = guess(stolen, true).await.unwrap_err();
    assert!(matches!(refused, AccountError::Throttled { .. }), "{refused}");
    guess(own, true).await.unwrap();
    server.log_in("ada").await;
}
