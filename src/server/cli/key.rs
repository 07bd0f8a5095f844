//! `latchkey key …`: lists and changes the keys in the keyring; a server may be running.

use super::failure::Failure;
use super::work::print;
use crate::config::{KeyOptions, LifetimeOptions};
use latchkey_core::clock::{Clock as _, SystemClock, Timestamp};
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::keyring::file::{self, KeyringError, Start};
use latchkey_core::sessions::keyring::retire::{self, RetireError};
use latchkey_core::sessions::keyring::{KeyFacts, KeyKind, KeyState};
use serde_json::json;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub const AFTER_HELP: &str = "\
The keyring holds keys of two kinds: signing keys make access tokens, refresh-token secrets make refresh tokens. One of \
each kind is in use; the older ones verify what was made with them. A running server notices a change of the file by \
itself, within two seconds. A new key is published first: servers verify with it, and sign with it from 61 seconds after \
the rotation on, so that no server meets a token of a key that it does not know. Copy the file to other servers within \
that time.

A routine rotation is two commands, a week or so apart:
  latchkey key rotate          fresh keys for new tokens; no session ends
  latchkey key retire          remove the older ones once no live token needs them

When a key has leaked:
  latchkey key rotate --now    fresh keys first, which sign at once
  latchkey key list            find the ids of the older ones
  latchkey key retire ID --now remove each of them at once; sessions that use it end";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the keys: what they are for, how old they are and when they are in use. Never a secret
    List {
        #[command(flatten)]
        data: KeyOptions,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Add a fresh key of each kind, for all new tokens from 61 seconds later on; those handed out before go on working
    Rotate {
        /// Sign with the fresh keys at once, because a key has leaked. A server that has not read the file yet refuses
        /// the new tokens; if it refuses a refresh token, the user is signed out
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        data: KeyOptions,
    },
    /// Remove older keys: without ID all that no live token needs, with ID that one
    #[command(after_help = RETIRE_HELP)]
    Retire {
        /// The key to remove, as `latchkey key list` shows it
        #[arg(allow_hyphen_values = true)]
        id: Option<String>,
        /// Remove it though live tokens may need it: with a refresh-token secret, that ends the sessions that have not
        /// been refreshed since it was replaced
        #[arg(long, requires = "id")]
        now: bool,
        #[command(flatten)]
        data: KeyOptions,
        #[command(flatten)]
        lifetimes: LifetimeOptions,
    },
}

const RETIRE_HELP: &str = "\
A signing key is needed for the life of an access token after it was replaced, a refresh-token secret for the life of an \
unused session. Both are settings: give this command those that the server runs with.";

/// Runs a subcommand.
pub fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::List { data, json } => list(&path_after_tightening(&data)?, json)?,
        Command::Rotate { now, data } => {
            rotate(&path_after_tightening(&data)?, if now { Start::AtOnce } else { Start::Published })?
        }
        Command::Retire { id, now, data, lifetimes } => {
            retire(&path_after_tightening(&data)?, id.as_deref(), now, &lifetimes)?
        }
    };
    print(&text)
}

/// Removes other users' permissions on the keyring file, and returns its path.
fn path_after_tightening(data: &KeyOptions) -> Result<PathBuf, Failure> {
    let path = data.keyring()?;
    if let Some(mode) = file::tighten(&path) {
        // Standard error may be closed, which is not an error.
        let _ = writeln!(io::stderr(), "latchkey: {}", file::was_exposed(&path, mode));
    }
    Ok(path)
}

/// Adds the path to an error.
fn about(path: &Path) -> impl Fn(KeyringError) -> Failure {
    move |error| Failure::could_not(format!("the keyring {} {error}", path.display()))
}

fn list(path: &Path, as_json: bool) -> Result<String, Failure> {
    let keyring = file::load(path).and_then(|found| found.ok_or(KeyringError::Missing)).map_err(about(path))?;
    let keys = keyring.facts(SystemClock.now());
    Ok(if as_json { for_programs(&keys) } else { for_people(&keys) })
}

fn for_people(keys: &[KeyFacts]) -> String {
    let mut table = format!("{:24}{:22}{:26}STATE\n", "ID", "KIND", "CREATED");
    for key in keys {
        let created = key.created_at.map_or("unknown".to_owned(), |at| at.to_string());
        let state = match key.state {
            KeyState::Published { signs_from } => format!("signs from {signs_from}"),
            KeyState::InUse => "in use".to_owned(),
            KeyState::Older { .. } => "verifies older tokens".to_owned(),
        };
        let _ = writeln!(table, "{:24}{:22}{created:26}{state}", key.id, key.kind.name());
    }
    table
}

fn for_programs(keys: &[KeyFacts]) -> String {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            let kind = match key.kind {
                KeyKind::Signing => "signing_key",
                KeyKind::Secret => "refresh_token_secret",
            };
            let (state, replaced_at) = match key.state {
                KeyState::Published { .. } => ("published", None),
                KeyState::InUse => ("in_use", None),
                KeyState::Older { replaced_at } => ("verifies_older_tokens", replaced_at),
            };
            json!({
                "id": key.id, "kind": kind, "state": state,
                "createdAt": text(key.created_at), "signsFrom": text(key.state.signs_from()),
                "replacedAt": text(replaced_at),
            })
        })
        .collect();
    format!("{:#}\n", json!(keys))
}

fn rotate(path: &Path, start: Start) -> Result<String, Failure> {
    let now = SystemClock.now();
    let keys = file::rotate(path, &SystemRandom, now, start).map_err(about(path))?.facts(now);
    let new = [KeyKind::Signing, KeyKind::Secret].map(|kind| keys.iter().find(|key| key.kind == kind));
    let signs_from = new.iter().flatten().find_map(|key| key.state.signs_from());
    let (makes, then, next) = match signs_from {
        Some(signs_from) => (
            format!("From {signs_from} on, new tokens are made with:"),
            "until then, it only verifies tokens with\nthem. If other servers have copies of the file, replace those \
             before that time. No restart is needed, and no session\nends. If a key has leaked, do not wait: run `latchkey \
             key rotate --now`.",
            "After a week or so,\n`latchkey key retire` removes the older keys that are not needed any more.",
        ),
        None => (
            "New tokens are made with:".to_owned(),
            "no restart is needed.\nIf other servers have copies of the file, replace those now: until then they refuse \
             the new tokens.",
            "Then remove the\nleaked keys, which `latchkey key list` shows: `latchkey key retire ID --now`.",
        ),
    };
    Ok(format!(
        "Rotated the keyring {}. {makes}\n{}\n\
         A running server loads them within two seconds and logs \"keyring reloaded\"; {then}\n\
         Next: back the file up again, for the old backup does not know these keys. {next}\n",
        path.display(),
        lines(new.into_iter().flatten())
    ))
}

fn lines<'a>(keys: impl Iterator<Item = &'a KeyFacts>) -> String {
    keys.fold(String::new(), |mut text, key| {
        let _ = writeln!(text, "  {:24}{}", key.id, key.kind.name());
        text
    })
}

fn retire(path: &Path, id: Option<&str>, at_once: bool, lifetimes: &LifetimeOptions) -> Result<String, Failure> {
    let (lifetimes, now) = (lifetimes.check()?, SystemClock.now());
    let mut before = Vec::new();
    let retired = file::retire(path, now, |keys| {
        before = keys.to_vec();
        match id {
            Some(id) => retire::pick(keys, id, &lifetimes, at_once, now).map_err(NotRetired::Refused),
            None => Ok(retire::pick_all(keys, &lifetimes, now)),
        }
    })
    .map_err(|error| match error {
        NotRetired::Refused(refusal) => Failure::could_not(refusal),
        NotRetired::Keyring(error) => about(path)(error),
    })?;
    let mut text = if retired.is_empty() {
        "Nothing to retire.\n".to_owned()
    } else {
        format!(
            "Removed from the keyring {}:\n{}A running server forgets them within two seconds. Backups of the file still \
             hold them.\n",
            path.display(),
            lines(retired.iter())
        )
    };
    for key in before.iter().filter(|key| id.is_none() && !retired.contains(key)) {
        if let Err(refusal @ RetireError::Needed { .. }) = retire::check_retirable(key, &lifetimes, now) {
            let _ = writeln!(text, "Kept: {refusal}.");
        }
    }
    Ok(text)
}

/// Why nothing was retired.
enum NotRetired {
    Refused(RetireError),
    Keyring(KeyringError),
}

impl From<KeyringError> for NotRetired {
    fn from(error: KeyringError) -> Self {
        Self::Keyring(error)
    }
}
