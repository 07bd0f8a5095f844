//! A thief with a copy of the tokens. The server distinguishes it from the owner by network or user agent: it gets
//! nothing, or the session ends for both. Owners whose requests look like a thief's stay signed in.

mod attacks;
mod innocent;
mod records;

use crate::support::{Answer, Place, Server, Tokens};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const HOME: Place<'static> = Place::new("192.0.2.7", FIREFOX);
const THIEF: Place<'static> = Place::new("198.51.100.9", "curl/8.5.0");

/// The owner's tokens after a sign-in at home.
async fn owner(server: &Server) -> Tokens {
    server.register("ada").await;
    server.log_in_at("ada", HOME).await
}

/// The content of the table `sessions`. Two equal results mean that nothing has changed.
async fn state(server: &Server) -> String {
    server
        .sql(
            "SELECT string_agg(id || ' ' || generation || ' ' || confirmed_generation || ' ' || rotated_at || ' ' ||
                    last_seen_at || ' ' || idle_expires_at || ' ' || COALESCE(revoke_reason, '-') || ' ' ||
                    COALESCE(rotated_ip, '-') || ' ' || COALESCE(rotated_network, '-') || ' ' ||
                    COALESCE(rotated_user_agent, '-'), '; ') FROM sessions",
        )
        .await
}

/// Asserts that this is the answer to a parent presented from elsewhere; returns the seconds to wait.
#[track_caller]
fn assert_must_wait(answer: &Answer) -> u64 {
    let problem = answer.problem(503, "unavailable");
    assert_eq!(problem["retryAfter"].to_string(), answer.header("retry-after"));
    assert!(problem.get("reason").is_none());
    assert!(problem["detail"].as_str().unwrap().contains("another network or program"), "not that the server is busy");
    answer.header("retry-after").parse().unwrap()
}

/// Asserts that no token of this session works, wherever it is presented.
async fn assert_ended(server: &Server, all: &[&Tokens], reason: &str) {
    for tokens in all {
        for place in [HOME, THIEF] {
            server.me_from(place, tokens).await.problem(401, "invalid_token");
            server.refresh_from(place, &tokens.refresh).await.refused(reason);
        }
    }
}
