//! `latchkey user …`: manages accounts; a server may be running.

use super::failure::Failure;
use super::password;
use super::work::{count, finish, print, printable, table, with_database};
use crate::config::{DefaultRoles, PublicUrl, StoreOptions};
use latchkey_core::accounts::{AccountAdmin, AdminAccount, Hasher, NewAccount, NewAccountError};
use latchkey_core::clock::Timestamp;
use latchkey_core::database::Database;
use latchkey_core::identity::{Roles, fields};
use latchkey_core::sessions::SessionAdmin;
use latchkey_core::store::users::AccountRow;
use latchkey_wire::EnteredFields;
use serde_json::json;

pub const AFTER_HELP: &str = "\
These work beside a running server, and count from its next request on. Each is a line in the security log that the \
user can read on the account page.

A name that is also an option, such as -h, goes after two hyphens: latchkey user disable -- -h

A password is typed at the terminal, twice and unseen, or comes as one line on standard input. It is never an argument.

Examples:
  latchkey user add ada --roles Manager,auditor   asks for the password
  openssl rand -base64 18 | tee /dev/tty | latchkey user add ada
                                                  with a random one, shown once
  latchkey user disable ada                       no more sign-in, and all its sessions end at once
  latchkey user roles ada --set ''                take all roles away
  latchkey user password ada                      after a reset by telephone; ada is signed out everywhere";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make an account, whether or not registration is open
    Add {
        /// The name to log in with
        #[arg(allow_hyphen_values = true)]
        name: String,
        /// The name to be shown [default: NAME]
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        display_name: Option<String>,
        /// Its roles, separated by commas; '' for none [default: those of --default-roles]
        #[arg(long, value_name = "ROLES")]
        roles: Option<String>,
        #[command(flatten)]
        default_roles: DefaultRoles,
        #[command(flatten)]
        public_url: PublicUrl,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Show every account: roles, whether it is disabled, how many sessions of it live
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Keep an account from signing in, and end all its sessions
    Disable {
        /// Whose account
        #[arg(allow_hyphen_values = true)]
        name: String,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Let a disabled account sign in again, and forget its failed sign-ins
    Enable {
        /// Whose account
        #[arg(allow_hyphen_values = true)]
        name: String,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Show the roles of an account, or set them
    Roles {
        /// Whose account
        #[arg(allow_hyphen_values = true)]
        name: String,
        /// The roles that it has from now on, separated by commas; '' for none
        #[arg(long, value_name = "ROLES")]
        set: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Give an account another password, end all its sessions, and forget its failed sign-ins
    Password {
        /// Whose account
        #[arg(allow_hyphen_values = true)]
        name: String,
        #[command(flatten)]
        public_url: PublicUrl,
        #[command(flatten)]
        store: StoreOptions,
    },
}

/// Runs a subcommand.
pub fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::Add { name, display_name, roles, default_roles, public_url, store } => {
            let roles = match roles {
                Some(roles) => parse(&roles)?,
                None => default_roles.check(false)?,
            };
            let public_url = public_url.check()?.unwrap_or_default();
            with_database(&store.database()?, async |database| {
                add(database, &name, display_name.as_deref(), &roles, &public_url).await
            })?
        }
        Command::List { json, store } => {
            let users = with_database(&store.database()?, async |database| {
                AdminAccount::all(database).await.map_err(Failure::could_not)
            })?;
            if json { for_programs(&users) } else { for_people(&users) }
        }
        Command::Disable { name, store } => with_person(&store, &name, disable)?,
        Command::Enable { name, store } => with_person(&store, &name, enable)?,
        Command::Roles { name, set, json, store } => {
            let set = set.as_deref().map(parse).transpose()?;
            with_person(&store, &name, async |database, person| roles(database, person, set, json).await)?
        }
        Command::Password { name, public_url, store } => {
            let public_url = public_url.check()?.unwrap_or_default();
            with_person(&store, &name, async |database, person| set_password(database, person, &public_url).await)?
        }
    };
    print(&text)
}

fn parse(roles: &str) -> Result<Roles, Failure> {
    roles.parse().map_err(Failure::Usage)
}

/// Finds the account with this name.
pub async fn find(database: &Database, name: &str) -> Result<AdminAccount, Failure> {
    let found = AdminAccount::find(database, name).await.map_err(Failure::could_not)?;
    found
        .ok_or_else(|| Failure::could_not(format!("there is no account {name:?}: `latchkey user list` shows them all")))
}

fn with_person(
    store: &StoreOptions,
    name: &str,
    work: impl AsyncFnOnce(&Database, &AdminAccount) -> Result<String, Failure>,
) -> Result<String, Failure> {
    with_database(&store.database()?, async |database| work(database, &find(database, name).await?).await)
}

async fn add(
    database: &Database,
    name: &str,
    display_name: Option<&str>,
    roles: &Roles,
    public_url: &str,
) -> Result<String, Failure> {
    // Checked before the operator has to enter a password.
    if AdminAccount::find(database, name).await.map_err(Failure::could_not)?.is_some() {
        return Err(not_added(NewAccountError::UsernameTaken));
    }
    let password = password::ask(&printable(name))?;
    let admin = AccountAdmin { database, passwords: &Hasher::new(), public_url };
    let new = NewAccount {
        username: name.to_owned(),
        password,
        display_name: display_name.map(str::to_owned),
        fields: EnteredFields::default(),
    };
    let user = admin.add(&new, roles).await.map_err(not_added)?;
    Ok(format!("Added {} with {}.\n", user.username, describe(roles)))
}

async fn disable(database: &Database, person: &AdminAccount) -> Result<String, Failure> {
    let name = person.username();
    let began = database.clock.now();
    let disabled = person.disable(database).await.map_err(Failure::could_not)?;
    finish(database).await;
    SessionAdmin::new(database).assert_none_live(Some(person.id()), began).await.map_err(Failure::could_not)?;
    Ok(match disabled {
        Some(ended) => format!(
            "Disabled {name}: no more sign-in, and {} ended. `latchkey user enable` lets {name} sign in again.\n",
            count(ended, "session")
        ),
        None => format!("{name} was disabled before.\n"),
    })
}

async fn enable(database: &Database, person: &AdminAccount) -> Result<String, Failure> {
    let name = person.username();
    let cleared = "Its failed sign-ins are forgotten.";
    Ok(match person.enable(database).await.map_err(Failure::could_not)? {
        true => format!("Enabled {name}, who can sign in again. {cleared} Sessions that were ended stay so.\n"),
        false => format!("{name} was not disabled. {cleared}\n"),
    })
}

async fn roles(
    database: &Database,
    person: &AdminAccount,
    set: Option<Roles>,
    as_json: bool,
) -> Result<String, Failure> {
    if let Some(roles) = &set {
        person.set_roles(database, roles).await.map_err(Failure::could_not)?;
    }
    let (name, is_new, roles) = (person.username(), set.is_some(), set.unwrap_or_else(|| person.roles()));
    Ok(match as_json {
        true => format!("{:#}\n", json!({ "username": name, "roles": roles.names() })),
        false if is_new => format!(
            "{name} has {} from now on. Other services that read the roles in access tokens see it with the next refresh.\n",
            describe(&roles)
        ),
        false => format!("{name} has {}.\n", describe(&roles)),
    })
}

async fn set_password(database: &Database, person: &AdminAccount, public_url: &str) -> Result<String, Failure> {
    let password = password::ask(person.username())?;
    let admin = AccountAdmin { database, passwords: &Hasher::new(), public_url };
    let began = database.clock.now();
    let ended = admin.set_password(person, &password).await.map_err(Failure::could_not)?;
    finish(database).await;
    SessionAdmin::new(database).assert_none_live(Some(person.id()), began).await.map_err(Failure::could_not)?;
    Ok(format!("Changed the password of {}; {} ended.\n", person.username(), count(ended, "session")))
}

fn describe(roles: &Roles) -> String {
    match roles.names().as_slice() {
        [] => "no role".to_owned(),
        [role] => format!("the role {role}"),
        roles => format!("the roles {}", roles.join(", ")),
    }
}

/// Describes an error of an account operation.
fn not_added(error: NewAccountError) -> Failure {
    let fields = match error {
        NewAccountError::Invalid(fields) => fields,
        NewAccountError::UsernameTaken => {
            return Failure::could_not("there is an account of that name already: choose another name");
        }
        NewAccountError::Hashing(_) | NewAccountError::Store(_) => return Failure::could_not(error),
    };
    let labels = [("username", "username"), ("displayName", "display name"), ("password", "password")];
    let problem = |(field, label): (&str, &str)| fields.get(field).map(|texts| format!("{label}: {}", texts.join(" ")));
    Failure::could_not(labels.into_iter().filter_map(problem).collect::<Vec<_>>().join(" "))
}

fn for_people(users: &[AccountRow]) -> String {
    let row = |user: &AccountRow| {
        let state = if user.disabled_at.is_some() { "disabled" } else { "enabled" };
        let created = Timestamp::from_millis(user.created_at).to_string();
        [
            user.username.clone(),
            user.roles.clone(),
            state.to_owned(),
            user.sessions.to_string(),
            created,
            user.display_name.clone(),
        ]
    };
    let heads = ["USERNAME", "ROLES", "STATE", "SESSIONS", "CREATED", "DISPLAY NAME"];
    table(heads, &users.iter().map(row).collect::<Vec<_>>())
}

fn for_programs(users: &[AccountRow]) -> String {
    let time = |millis| Timestamp::from_millis(millis).to_string();
    let user = |user: &AccountRow| {
        let mut printed = json!({
            "id": user.id.as_str(), "username": user.username, "displayName": user.display_name,
            "roles": Roles::from_text(&user.roles).names(), "sessions": user.sessions,
            "createdAt": time(user.created_at), "passwordChangedAt": time(user.password_changed_at),
            "disabledAt": user.disabled_at.map(time),
        });
        // All stored fields, including those that the application no longer declares. A damaged row must not prevent
        // the output of the others.
        let fields = fields::from_column(&user.fields).unwrap_or_default();
        if !fields.is_empty() {
            printed["fields"] = json!(fields);
        }
        printed
    };
    format!("{:#}\n", json!(users.iter().map(user).collect::<Vec<_>>()))
}
