//! Public facts about keys: ids, times and states, no key material.

use crate::clock::Timestamp;

/// The public facts about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// The `kid` of a signing key, or the id of a secret.
    pub id: String,
    /// What the key is for.
    pub kind: KeyKind,
    /// When it was created; `None` if the file has no readable time.
    pub created_at: Option<Timestamp>,
    /// Whether new tokens are made with it.
    pub state: KeyState,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs access tokens.
    Signing,
    /// Tags refresh tokens.
    Secret,
}

/// Whether new tokens are made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It verifies tokens but makes none yet, so that every server can load it first.
    Published {
        /// When it starts to make new tokens.
        signs_from: Timestamp,
    },
    /// New tokens are made with it.
    InUse,
    /// It verifies tokens from before a newer key replaced it.
    Older {
        /// When a newer key replaced it; `None` if the file does not have that time.
        replaced_at: Option<Timestamp>,
    },
}

impl KeyState {
    /// When a key that is published but not yet in use starts to sign.
    pub fn signs_from(self) -> Option<Timestamp> {
        match self {
            Self::Published { signs_from } => Some(signs_from),
            Self::InUse | Self::Older { .. } => None,
        }
    }
}
