//! The clients of the scenarios.

use crate::driver::Client;
use crate::http;
use crate::world::Pair;
use std::sync::{Arc, Mutex};

/// Has a session and presents its newest refresh token.
pub struct Refreshing(pub Pair);

impl Client for Refreshing {
    fn next(&mut self) -> Option<Vec<u8>> {
        Some(http::post("/api/token/refresh", &format!(r#"{{"refreshToken":"{}"}}"#, self.0.refresh)))
    }

    fn answered(&mut self, body: &[u8]) {
        let body = String::from_utf8_lossy(body);
        if let (Some(access), Some(refresh)) = (text_of(&body, "token"), text_of(&body, "refreshToken")) {
            self.0 = Pair { access: access.to_owned(), refresh: refresh.to_owned() };
        }
    }
}

/// A field's text. The tokens are ASCII without escapes, and a JSON parser would cost more than the rest of the driver.
fn text_of<'a>(json: &'a str, field: &str) -> Option<&'a str> {
    json.split_once(&format!(r#""{field}":""#))?.1.split('"').next()
}

/// Requests `/api/me` with several access tokens in turn.
pub struct Reading {
    requests: Arc<Vec<Vec<u8>>>,
    at: usize,
    /// Ends after one round.
    left: usize,
}

impl Reading {
    /// Never ends; it uses one token.
    pub fn alone(token: &str) -> Self {
        Self { requests: Arc::new(vec![http::get("/api/me", token)]), at: 0, left: usize::MAX }
    }

    /// Creates clients that share the tokens, each starting at another one; each never ends, or ends after one round of
    /// its share.
    pub fn sharing(tokens: &[Pair], clients: usize, for_ever: bool) -> Vec<Self> {
        let requests = Arc::new(tokens.iter().map(|pair| http::get("/api/me", &pair.access)).collect::<Vec<_>>());
        let share = requests.len().div_ceil(clients);
        let left = if for_ever { usize::MAX } else { share };
        (0..clients).map(|n| Self { requests: Arc::clone(&requests), at: n * share, left }).collect()
    }
}

impl Client for Reading {
    fn next(&mut self) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(1)?;
        let request = self.requests.get(self.at % self.requests.len())?.clone();
        self.at += 1;
        Some(request)
    }

    fn answered(&mut self, _: &[u8]) {}
}

/// Logs in to its own account.
pub struct LoggingIn(pub String);

impl Client for LoggingIn {
    fn next(&mut self) -> Option<Vec<u8>> {
        let (name, password) = (&self.0, crate::world::PASSWORD);
        Some(http::post("/api/auth/login", &format!(r#"{{"username":"{name}","password":"{password}"}}"#)))
    }

    fn answered(&mut self, _: &[u8]) {}
}

/// Revokes one session after the other, until none is left.
pub struct Revoking(pub Arc<Mutex<Vec<Pair>>>);

impl Client for Revoking {
    fn next(&mut self) -> Option<Vec<u8>> {
        let pair = self.0.lock().ok()?.pop()?;
        Some(http::post("/api/token/revoke", &format!(r#"{{"refreshToken":"{}"}}"#, pair.refresh)))
    }

    fn answered(&mut self, _: &[u8]) {}
}

/// Requests the bare route.
pub struct Asking;

impl Client for Asking {
    fn next(&mut self) -> Option<Vec<u8>> {
        Some(http::get("/", "none"))
    }

    fn answered(&mut self, _: &[u8]) {}
}
