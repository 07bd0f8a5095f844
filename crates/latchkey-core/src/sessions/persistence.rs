//! Whether a session outlives the browser's own session.

/// "Keep me signed in", as the user chose at the sign-in. On the wire and in the database it is the bool `remember`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// The session lasts for days.
    Remembered,
    /// The client drops the tokens when the browser is closed, and the session lasts for hours.
    BrowserSession,
}

impl Persistence {
    /// From the value of `remember`.
    pub fn from_remember(remember: bool) -> Self {
        if remember { Self::Remembered } else { Self::BrowserSession }
    }

    /// The value of `remember`.
    pub fn is_remembered(self) -> bool {
        self == Self::Remembered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remember_flag_converts_to_persistence_and_back() {
        for remember in [true, false] {
            assert_eq!(Persistence::from_remember(remember).is_remembered(), remember);
        }
    }
}
