//! How long tokens and sessions live.

use std::time::Duration;

/// The lives of what a sign-in hands out.
#[derive(Clone, Copy, Debug)]
pub struct Lives {
    pub access_token_ttl: Duration,
    /// With "keep me signed in".
    pub kept: Lifetime,
    /// Without it.
    pub short: Lifetime,
}

/// How long a session lives.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Unused; begun anew by each rotation.
    pub idle: Duration,
    /// At most; never moved.
    pub absolute: Duration,
}

impl Lives {
    /// How long a session lives, with or without "keep me signed in".
    pub fn lifetime(&self, remember: bool) -> Lifetime {
        if remember { self.kept } else { self.short }
    }

    /// How long an unused refresh token can live.
    pub fn longest_unused(&self) -> Duration {
        let unused = |lifetime: Lifetime| lifetime.idle.min(lifetime.absolute);
        unused(self.kept).max(unused(self.short))
    }
}
