//! The accounts and sessions of the scenarios. The services create them before the server starts, because many thousand
//! logins would take longer than the benchmark.

use clap::Parser as _;
use latchkey::config::{Options, Settings};
use latchkey::server::startup::{self, Opened};
use latchkey_core::accounts::{NewAccount, Username, find_user};
use latchkey_core::clock::SystemClock;
use latchkey_core::hooks::ExtraClaims;
use latchkey_core::identity::User;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::{ClientInfo, Persistence};
use latchkey_wire::{EnteredFields, PlainPassword, Tokens};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Accounts that log in, one for each connection.
pub const ACCOUNTS: usize = 64;
pub const PASSWORD: &str = "plain cherry tractor 1874";
/// Accounts of the prepared sessions; separate from those that log in, so that they do not slow each other down.
const OWNERS: usize = 64;

/// A session's newest tokens.
#[derive(Clone)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
}

/// The name of an account that logs in.
pub fn account(number: usize) -> String {
    format!("account{number}")
}

/// Reads the settings from the environment, like the server.
#[derive(clap::Parser)]
struct FromEnvironment {
    #[command(flatten)]
    options: Options,
}

/// Creates accounts and `count` sessions in the data folder of the settings, and writes the tokens to `file`.
pub async fn make(count: usize, file: &Path) -> Result<(), Box<dyn Error>> {
    let settings = Settings::new(FromEnvironment::try_parse_from(["load"])?.options)?;
    let Opened { app, latchkey: _latchkey, .. } =
        startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    let client = ClientInfo::default();
    let password = PlainPassword::from(PASSWORD.to_owned());
    for number in 0..ACCOUNTS {
        let new = NewAccount {
            username: account(number),
            password: password.clone(),
            display_name: None,
            fields: EnteredFields::default(),
        };
        app.server.accounts.register(new, Persistence::Remembered, &client).await?;
    }
    let mut owners = Vec::new();
    for number in 0..OWNERS {
        let name = format!("owner{number}");
        let new = NewAccount {
            username: name.clone(),
            password: password.clone(),
            display_name: None,
            fields: EnteredFields::default(),
        };
        app.server.accounts.register(new, Persistence::Remembered, &client).await?;
        let key = Username::parse(&name).map_err(|fault| fault.message())?;
        let row = find_user(&app.server.database.store, &key).await?.ok_or("an account got lost")?;
        owners.push(User::from_row(row, &[])?);
    }
    let mut lines = String::new();
    for batch in (0..count).collect::<Vec<_>>().chunks(500) {
        let mut tx = app.server.database.store.begin().await?;
        for number in batch {
            let owner = owners[number % OWNERS].clone();
            let issued = app
                .server
                .sessions
                .start(&mut tx, owner, ExtraClaims::default(), Persistence::Remembered, &client)
                .await?;
            let tokens = Tokens::from(issued);
            writeln!(lines, "{} {}", tokens.token.expose(), tokens.refresh_token.expose())?;
        }
        tx.commit().await?;
    }
    fs::write(file, lines)?;
    app.server.database.store.close().await;
    Ok(())
}

/// Reads the tokens that [`make`] wrote.
pub fn read(file: &Path) -> Result<Vec<Pair>, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let pair = |line: &str| {
        line.split_once(' ').map(|(access, refresh)| Pair { access: access.to_owned(), refresh: refresh.to_owned() })
    };
    Ok(text.lines().filter_map(pair).collect())
}
