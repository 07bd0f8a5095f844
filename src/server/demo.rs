//! Demo mode: sample customers, and an account whose password is printed in the README. Never off loopback; see
//! `config.rs` for the refusal.

use super::jobs::finish::finish;
use crate::state::Parts;
use crate::tables;
use latchkey_core::accounts::{AccountError, Password, Requester, Username, find_user};
use latchkey_core::random;
use latchkey_core::store::{self, StoreError, users::UserRow};
use latchkey_wire::Secret;

/// Who can log in to a demo.
pub const USERNAME: &str = "johndoe";
/// The public password of the demo account.
pub const PASSWORD: &str = "def@123";

// Ids that no real row has, so that demo data can be told from real data and taken away again.
const USER_ID: &str = "demo-johndoe";

fn customer_id(number: usize) -> String {
    format!("demo-{number}")
}

// Enough for several pages, from many places: names that are long, accented or written from right to left.
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

/// Adds what is missing. A real account of the same name is left alone.
///
/// # Errors
/// [`AccountError::Store`].
pub async fn fill(parts: &Parts) -> Result<(), AccountError> {
    if let Ok(username) = Username::parse(USERNAME) {
        match find_user(&parts.store, &username).await? {
            None => add_account(parts, &username).await?,
            Some(user) if user.id == USER_ID => {}
            Some(_) => {
                tracing::warn!("{USERNAME} is a real account here: the demo's password does not open it")
            }
        }
    }
    let mut tx = parts.store.begin().await?;
    for (number, name) in CUSTOMERS.iter().enumerate() {
        tables::customers::add(&mut tx, &customer_id(number), name).await?;
    }
    Ok(tx.commit().await?)
}

async fn add_account(parts: &Parts, username: &Username) -> Result<(), AccountError> {
    // Not chosen by the rules for passwords: it is printed in the README, and no harder word would keep it secret.
    let password = Password::presented(&Secret::from(PASSWORD.to_owned()));
    let user = UserRow {
        id: USER_ID.to_owned(),
        username: username.typed().to_owned(),
        username_key: username.key().to_owned(),
        display_name: "John Doe".to_owned(),
        password_hash: parts
            .accounts
            .passwords
            .hash(&Requester::default(), password, &random::bytes(&*parts.random))
            .await?,
        previous_hashes: None,
        roles: "Manager".to_owned(),
        disabled_at: None,
    };
    // A start that broke off may have left the account marked as deleted, under the same id.
    finish(parts).await?;
    let mut tx = parts.store.begin().await?;
    store::users::insert(&mut tx, &user, parts.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Takes away what demo mode added: a server that goes on to real use must not keep a public password.
///
/// # Errors
/// [`StoreError`].
pub async fn clear(parts: &Parts) -> Result<(), StoreError> {
    let mut tx = parts.store.begin().await?;
    let users = u64::from(store::deleted_users::mark(&mut tx, USER_ID, parts.clock.now()).await?);
    let mut customers = 0;
    for number in 0..CUSTOMERS.len() {
        customers += tables::customers::delete(&mut tx, &customer_id(number)).await?;
    }
    if users + customers > 0 {
        tx.commit().await?;
        finish(parts).await?;
        tracing::warn!(users, customers, "demo mode is off: its account and customers have been removed");
    }
    Ok(())
}
