//! Demo mode: sample customers, and an account whose password is in the README. The settings (`config.rs`) reject demo
//! mode if other machines can reach the server.

use crate::{roles, tables};
use latchkey_axum::ServerState;
use latchkey_axum::jobs::finish::finish;
use latchkey_core::accounts::{HashingError, NormalizedPassword, Requester, Username, find_user};
use latchkey_core::identity::fields::NO_FIELDS;
use latchkey_core::ids::UserId;
use latchkey_core::random;
use latchkey_core::store::{self, StoreError, users::UserRow};
use latchkey_wire::PlainPassword;

/// The username of the demo account.
pub const USERNAME: &str = "johndoe";
/// The public password of the demo account.
pub const PASSWORD: &str = "def@123";

// Generated ids are longer, so this id and those of the customers cannot belong to real data.
const USER_ID: &str = "demo-johndoe";

fn customer_id(number: usize) -> String {
    format!("demo-{number}")
}

// Enough for several pages, with long, accented and right-to-left names.
#[rustfmt::skip]
const CUSTOMERS: [&str; 43] = [
    "John Doe", "Jane Doe", "Amara Okafor", "Søren Lindqvist", "Mei-Ling Chen", "Luis Fernández", "Bruno Carvalho",
    "Chiara Esposito", "Elif Yıldız", "Fatoumata Diallo", "Hana Nováková", "Kwame Mensah", "Lars Østergaard",
    "Leilani Kahananui", "Magnús Þórsson", "Marja Hämäläinen", "Nguyễn Thị Hoa", "Niamh O’Sullivan",
    "Oluwaseun Adébáyò", "Petra Müller-Weiß", "Quentin Lefèvre", "Rosa Jiménez", "Siân Llewelyn",
    "Tomasz Wiśniewski", "Uma Krishnamurthy", "Vasile Ionescu", "Wanjiru Kamau", "Xochitl Hernández", "Yusuf Demir",
    "Zoë van der Meer", "Åsa Bergström", "Čeněk Dvořák", "Łucja Zielińska", "Šime Kovačić", "Ελένη Παπαδοπούλου",
    "Олена Шевченко", "Гүлнұр Әбдірахман", "נועה לוי", "ليلى حداد", "اميد رضايى", "अनन्या शर्मा", "佐藤 さくら", "김민준",
];

/// Why the demo data could not be added.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds the demo account and customers that are missing. A user's own account with the demo's username is not changed.
///
/// # Errors
/// [`DemoError`].
pub async fn add_demo_data(state: &ServerState) -> Result<(), DemoError> {
    if let (Ok(username), Some(id)) = (Username::parse(USERNAME), UserId::parse(USER_ID)) {
        match find_user(&state.database.store, &username).await? {
            None => add_account(state, &username, id).await?,
            Some(user) if user.id == id => {}
            Some(_) => {
                tracing::warn!("{USERNAME} is a real account here: the demo's password does not work for it")
            }
        }
    }
    let mut tx = state.database.store.begin().await?;
    for (number, name) in CUSTOMERS.iter().enumerate() {
        tables::customers::add(&mut tx, &customer_id(number), name).await?;
    }
    Ok(tx.commit().await?)
}

async fn add_account(state: &ServerState, username: &Username, id: UserId) -> Result<(), DemoError> {
    // This password is not checked by the password policy, because it is public anyway.
    let password = NormalizedPassword::presented(&PlainPassword::from(PASSWORD.to_owned()));
    let user = UserRow {
        id,
        username: username.typed().to_owned(),
        username_key: username.key().to_owned(),
        display_name: "John Doe".to_owned(),
        password_hash: state
            .accounts
            .passwords()
            .hash(&Requester::default(), password, &random::bytes(&*state.database.random))
            .await?,
        previous_hashes: None,
        roles: roles::MANAGER.to_owned(),
        fields: NO_FIELDS.to_owned(),
        disabled_at: None,
    };
    // If `remove_demo_data` was interrupted, a row with this id is still marked as deleted. Its removal is completed
    // first.
    finish(&state.database).await?;
    let mut tx = state.database.store.begin().await?;
    store::users::insert(&mut tx, &user, state.database.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Removes the demo account and customers: a server in production must not have an account with a public password.
///
/// # Errors
/// [`StoreError`].
pub async fn remove_demo_data(state: &ServerState) -> Result<(), StoreError> {
    let mut tx = state.database.store.begin().await?;
    let users = match UserId::parse(USER_ID) {
        Some(id) => u64::from(store::deleted_users::mark(&mut tx, &id, state.database.clock.now()).await?),
        None => 0,
    };
    let mut customers = 0;
    for number in 0..CUSTOMERS.len() {
        customers += tables::customers::delete(&mut tx, &customer_id(number)).await?;
    }
    if users + customers > 0 {
        tx.commit().await?;
        finish(&state.database).await?;
        tracing::warn!(users, customers, "demo mode is off: its account and customers have been removed");
    }
    Ok(())
}
