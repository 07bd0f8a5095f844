//! `latchkey session …`: lists, shows and revokes sessions; a server may be running.

use super::failure::Failure;
use super::user::find;
use super::work::{count, finish, print, printable, table, with_database};
use crate::config::StoreOptions;
use latchkey_core::clock::Timestamp;
use latchkey_core::database::Database;
use latchkey_core::ids::SessionId;
use latchkey_core::sessions::{AdminSession, RevokeOutcome, SessionAdmin};
use latchkey_wire::{Device, EndReason, LastUse};
use serde_json::{Value, json};

pub const AFTER_HELP: &str = "\
A revoked session never comes back: neither its refresh token nor an access token of it is accepted, from the server's \
next request on. Its user reads in the security log that an administrator ended it.

Examples:
  latchkey session list --user ada      where ada is signed in
  latchkey session show ID              what one of these was last used from, and what differs from its sign-in
  latchkey session revoke --user ada    sign ada out everywhere
  latchkey session revoke --all         sign all users out, as after putting back an old copy of a PostgreSQL database";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the live sessions
    List {
        /// Only those of this user
        #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
        user: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Show one session, live or ended: where the user signed in, and what it was last used from
    Show {
        /// The session, as `latchkey session list` shows it
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// End one session, or all of a user, or all there are
    #[command(override_usage = "latchkey session revoke [OPTIONS] ID\n       \
                                latchkey session revoke [OPTIONS] --user <NAME>\n       \
                                latchkey session revoke [OPTIONS] --all")]
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
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    user: Option<String>,
    /// End all sessions of all users
    #[arg(long)]
    all: bool,
}

/// Runs a subcommand.
pub fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::List { user, json, store } => {
            let live = with_database(&store.database()?, async |database| {
                let person = match &user {
                    Some(name) => Some(find(database, name).await?),
                    None => None,
                };
                let user_id = person.as_ref().map(|person| person.id());
                SessionAdmin::new(database).list_live(user_id).await.map_err(Failure::could_not)
            })?;
            let for_programs = || json!(live.iter().map(fields).collect::<Vec<_>>());
            if json { format!("{:#}\n", for_programs()) } else { for_people(&live) }
        }
        Command::Show { id, json, store } => with_database(&store.database()?, async |database| {
            let session_id = SessionId::parse(&id).ok_or_else(|| unknown(&id))?;
            let found = SessionAdmin::new(database).find(session_id).await.map_err(Failure::could_not)?;
            let session = found.ok_or_else(|| unknown(&id))?;
            let now = database.clock.now();
            Ok(if json { format!("{:#}\n", all_fields(&session, now)) } else { details(&session, now) })
        })?,
        Command::Revoke { which, store } => {
            with_database(&store.database()?, async |database| revoke(database, which).await)?
        }
    };
    print(&text)
}

async fn revoke(database: &Database, which: Which) -> Result<String, Failure> {
    let (admin, reason) = (SessionAdmin::new(database), EndReason::RevokedByAdmin);
    let revoked = match which {
        Which { id: Some(id), .. } => return revoke_one(database, &id).await,
        Which { user: Some(name), .. } => {
            let person = find(database, &name).await?;
            let began = database.clock.now();
            let mut tx = database.store.begin().await.map_err(Failure::could_not)?;
            let revoked = admin.revoke_user(&mut tx, person.id(), reason).await.map_err(Failure::could_not)?;
            tx.commit().await.map_err(Failure::could_not)?;
            let revoked = revoked.count(database).await.map_err(Failure::could_not)?;
            finish(database).await;
            admin.assert_none_live(Some(person.id()), began).await.map_err(Failure::could_not)?;
            revoked
        }
        _ => admin.revoke_all(reason).await.map_err(Failure::could_not)?,
    };
    Ok(format!("Ended {}.\n", count(revoked, "session")))
}

async fn revoke_one(database: &Database, id: &str) -> Result<String, Failure> {
    let session_id = SessionId::parse(id).ok_or_else(|| unknown(id))?;
    match SessionAdmin::new(database).revoke(session_id).await.map_err(Failure::could_not)? {
        RevokeOutcome::Revoked => Ok("Ended 1 session.\n".to_owned()),
        RevokeOutcome::AlreadyRevoked => Ok("That session had ended before.\n".to_owned()),
        RevokeOutcome::NotFound => Err(unknown(id)),
    }
}

fn unknown(id: &str) -> Failure {
    Failure::could_not(format!("there is no session {id:?}: `latchkey session list` shows the live ones"))
}

fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

fn for_people(sessions: &[AdminSession]) -> String {
    let row = |session: &AdminSession| {
        let row = &session.row;
        [
            row.id.to_string(),
            row.username.clone(),
            time(row.last_seen_at),
            time(row.idle_expires_at.min(row.absolute_expires_at)),
            row.ip.clone().unwrap_or_default(),
            device_name(&session.device),
        ]
    };
    table(["ID", "USERNAME", "LAST SEEN", "ENDS", "ADDRESS", "DEVICE"], &sessions.iter().map(row).collect::<Vec<_>>())
}

fn device_name(device: &Device) -> String {
    [&device.browser, &device.system].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn fields(session: &AdminSession) -> Value {
    let row = &session.row;
    json!({
        "id": row.id.to_string(), "username": row.username, "device": session.device, "ip": row.ip,
        "createdAt": time(row.created_at), "lastSeenAt": time(row.last_seen_at),
        "idleExpiresAt": time(row.idle_expires_at), "absoluteExpiresAt": time(row.absolute_expires_at),
        "remember": row.remember != 0, "lastUsedFrom": session.last_use,
    })
}

fn all_fields(session: &AdminSession, now: Timestamp) -> Value {
    let mut all = fields(session);
    all["generation"] = json!(session.row.generation);
    all["rotatedAt"] = json!(time(session.row.rotated_at));
    all["userAgent"] = json!(session.row.user_agent);
    all["lastUserAgent"] = json!(session.row.rotated_user_agent);
    all["ended"] = json!(session.end_reason(now).map(EndReason::as_str));
    all["revokedAt"] = json!(session.row.revoked_at.map(time));
    all
}

fn details(session: &AdminSession, now: Timestamp) -> String {
    let row = &session.row;
    let state = match session.end_reason(now) {
        None => format!("live until {}", time(row.idle_expires_at.min(row.absolute_expires_at))),
        Some(reason) => format!("ended: {}", reason.as_str()),
    };
    let last = match &session.last_use {
        None => "not recorded; the next refresh records it".to_owned(),
        Some(last) => place(last.ip.as_deref(), &last.device, row.rotated_user_agent.as_deref()),
    };
    let lines = [
        ("session", row.id.to_string()),
        ("user", row.username.clone()),
        ("state", state),
        ("signed in at", time(row.created_at)),
        ("signed in from", place(row.ip.as_deref(), &session.device, row.user_agent.as_deref())),
        ("last seen at", time(row.last_seen_at)),
        ("last refresh at", format!("{}, generation {}", time(row.rotated_at), row.generation)),
        ("last used from", last),
        ("differs from the sign-in", session.last_use.as_ref().map_or("unknown", differences).to_owned()),
    ];
    lines.iter().map(|(name, value)| format!("{name:26}{}\n", printable(value))).collect()
}

/// An address, the device by its user agent, and the user agent itself.
fn place(ip: Option<&str>, device: &Device, user_agent: Option<&str>) -> String {
    let device = Some(device_name(device)).filter(|name| !name.is_empty());
    let parts =
        [Some(ip.unwrap_or("an unknown address").to_owned()), device, user_agent.map(|text| format!("({text})"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn differences(last: &LastUse) -> &'static str {
    match (last.network_differs, last.user_agent_differs) {
        (false, false) => "nothing",
        (true, false) => "network",
        (false, true) => "user agent",
        (true, true) => "network, user agent",
    }
}
