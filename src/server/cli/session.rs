//! `latchkey session …`: who is signed in where, and out with them, beside a server that may be running.

use super::Failure;
use super::user::find;
use super::work::{count, finish, say, table, with_ledger};
use crate::api::error::EndReason;
use crate::api::sessions::Device;
use crate::server::clock::Timestamp;
use crate::server::config::StoreOptions;
use crate::server::sessions::{self, Ending};
use crate::server::state::Ledger;
use crate::server::store::sessions::LiveRow;
use serde_json::json;

pub const AFTER_HELP: &str = "\
A session that is revoked is over for good: neither its refresh token nor an access token of it is let in again, from the \
server's next request on. Its user reads in the security log that an administrator ended it.

Examples:
  latchkey session list --user ada      where ada is signed in
  latchkey session revoke --user ada    sign her out everywhere
  latchkey session revoke --all         sign everybody out, as after putting back an old copy of a PostgreSQL database";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the live sessions
    List {
        /// Only those of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// End one session, or all of a user, or all there are
    Revoke {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        store: StoreOptions,
    },
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// The session to end, as `latchkey session list` shows it
    #[arg(allow_hyphen_values = true)]
    id: Option<String>,
    /// End all sessions of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// End all sessions of everybody
    #[arg(long)]
    all: bool,
}

/// Runs one of them.
pub fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::List { user, json, store } => {
            let live = with_ledger(&store.database()?, async |ledger| {
                let person = match &user {
                    Some(name) => Some(find(ledger, name).await?),
                    None => None,
                };
                sessions::live(ledger, person.as_ref().map(|person| person.id())).await.map_err(Failure::could_not)
            })?;
            if json { for_programs(&live) } else { for_people(&live) }
        }
        Command::Revoke { which, store } => {
            with_ledger(&store.database()?, async |ledger| revoke(ledger, which).await)?
        }
    };
    say(&text)
}

async fn revoke(ledger: &Ledger, which: Which) -> Result<String, Failure> {
    let reason = EndReason::RevokedByAdmin;
    let ended = match which {
        Which { id: Some(id), .. } => return revoke_one(ledger, &id).await,
        Which { user: Some(name), .. } => {
            let person = find(ledger, &name).await?;
            let mut tx = ledger.store.begin().await.map_err(Failure::could_not)?;
            let ended = sessions::end_all_of(ledger, &mut tx, person.id(), reason).await.map_err(Failure::could_not)?;
            tx.commit().await.map_err(Failure::could_not)?;
            let ended = ended.count(ledger).await.map_err(Failure::could_not)?;
            finish(ledger).await;
            ended
        }
        _ => sessions::end_all(ledger, reason).await.map_err(Failure::could_not)?,
    };
    Ok(format!("Ended {}.\n", count(ended, "session")))
}

async fn revoke_one(ledger: &Ledger, id: &str) -> Result<String, Failure> {
    match sessions::end_one(ledger, id).await.map_err(Failure::could_not)? {
        Ending::Ended => Ok("Ended 1 session.\n".to_owned()),
        Ending::WasOver => Ok("That session had ended before.\n".to_owned()),
        Ending::Unknown => {
            Err(Failure::could_not(format!("there is no session {id:?}: `latchkey session list` shows the live ones")))
        }
    }
}

fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

fn for_people(sessions: &[(LiveRow, Device)]) -> String {
    let row = |(session, device): &(LiveRow, Device)| {
        let words: Vec<_> = [&device.browser, &device.system].into_iter().flatten().map(String::as_str).collect();
        [
            session.id.clone(),
            session.username.clone(),
            time(session.last_seen_at),
            time(session.idle_expires_at.min(session.absolute_expires_at)),
            session.ip.clone().unwrap_or_default(),
            words.join(", "),
        ]
    };
    table(["ID", "USERNAME", "LAST SEEN", "ENDS", "ADDRESS", "DEVICE"], &sessions.iter().map(row).collect::<Vec<_>>())
}

fn for_programs(sessions: &[(LiveRow, Device)]) -> String {
    let session = |(session, device): &(LiveRow, Device)| {
        json!({
            "id": session.id, "username": session.username, "device": device, "ip": session.ip,
            "createdAt": time(session.created_at), "lastSeenAt": time(session.last_seen_at),
            "idleExpiresAt": time(session.idle_expires_at), "absoluteExpiresAt": time(session.absolute_expires_at),
            "remember": session.remember != 0,
        })
    };
    format!("{:#}\n", json!(sessions.iter().map(session).collect::<Vec<_>>()))
}
