//! How long tokens and sessions live.

use super::persistence::Persistence;
use std::time::Duration;

/// The lives of what a sign-in hands out.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    pub access_token_ttl: Duration,
    pub remembered: Lifetime,
    pub browser_session: Lifetime,
}

/// How long a session lives.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Unused; begun anew by each rotation.
    pub idle: Duration,
    /// At most; never moved.
    pub absolute: Duration,
}

impl Lifetimes {
    /// How long a session lives.
    pub fn lifetime(&self, persistence: Persistence) -> Lifetime {
        match persistence {
            Persistence::Remembered => self.remembered,
            Persistence::BrowserSession => self.browser_session,
        }
    }

    /// How long an unused refresh token can live.
    pub fn longest_unused(&self) -> Duration {
        let unused = |lifetime: Lifetime| lifetime.idle.min(lifetime.absolute);
        unused(self.remembered).max(unused(self.browser_session))
    }
}
