//! How long tokens and sessions are valid.

use super::persistence::Persistence;
use std::time::Duration;

/// How long tokens and sessions are valid.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// How long an access token is valid. It never outlives its session.
    pub access_token_ttl: Duration,
    /// Sessions with "keep me signed in".
    pub remembered: Lifetime,
    /// Sessions without it.
    pub browser_session: Lifetime,
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// The time without a refresh after which the session expires. Each rotation restarts it.
    pub idle: Duration,
    /// The time after the sign-in at which the session expires, however often it is refreshed.
    pub absolute: Duration,
}

impl Lifetimes {
    /// How long a session of this kind lasts.
    pub fn for_session(&self, persistence: Persistence) -> Lifetime {
        match persistence {
            Persistence::Remembered => self.remembered,
            Persistence::BrowserSession => self.browser_session,
        }
    }

    /// The longest time for which an unused refresh token can be valid.
    pub fn longest_unused(&self) -> Duration {
        let unused = |lifetime: Lifetime| lifetime.idle.min(lifetime.absolute);
        unused(self.remembered).max(unused(self.browser_session))
    }
}
