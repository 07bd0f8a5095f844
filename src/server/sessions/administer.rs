//! What an administrator does to sessions, at the command line.

use super::device::describe;
use super::events::record_lines;
use super::revoke::end;
use super::{Device, EventKind, SessionId};
use crate::api::error::EndReason;
use crate::api::sessions::Device as DeviceName;
use crate::server::batch;
use crate::server::state::Ledger;
use crate::server::store::{self, StoreError, sessions::EndedRow, sessions::LiveRow};

/// What came of ending one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Ended,
    /// It had ended before.
    WasOver,
    /// There is none with this id.
    Unknown,
}

/// The live sessions of a user, or of everybody, by user, the one last seen first; and what each device is.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live(ledger: &Ledger, user_id: Option<&str>) -> Result<Vec<(LiveRow, DeviceName)>, StoreError> {
    let rows = store::sessions::live(&ledger.store, user_id, ledger.clock.now()).await?;
    let named = |row: LiveRow| {
        let device = describe(row.user_agent.as_deref());
        (row, device)
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Ends one session, whoever's it is.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn end_one(ledger: &Ledger, id: &str) -> Result<Ending, StoreError> {
    let Some(id) = SessionId::parse(id) else { return Ok(Ending::Unknown) };
    let Some(user_id) = store::sessions::owner(&ledger.store, &id.to_string()).await? else {
        return Ok(Ending::Unknown);
    };
    let mut tx = ledger.store.begin().await?;
    let (reason, nobody) = (EndReason::RevokedByAdmin, Device::default());
    let ended = end(ledger, &mut tx, &user_id, id.to_string(), reason, &nobody).await?;
    tx.commit().await?;
    Ok(if ended { Ending::Ended } else { Ending::WasOver })
}

/// Ends all sessions of everybody, in steps that hold nobody up; answers how many were alive.
///
/// # Errors
/// [`StoreError::Unavailable`]; what has ended before stays so.
pub async fn end_all(ledger: &Ledger, reason: EndReason) -> Result<usize, StoreError> {
    let mut alive = 0;
    loop {
        let now = ledger.clock.now();
        let mut tx = ledger.store.begin().await?;
        let ended = store::sessions::revoke_some(&mut tx, batch::ROWS, reason.as_str(), now).await?;
        let was_alive = |session: &&EndedRow| now.millis() < session.end && !session.was_over;
        let lines: Vec<_> = ended.iter().filter(was_alive).map(|row| (row.user_id.as_str(), row.id.as_str())).collect();
        record_lines(ledger, &mut tx, &lines, EventKind::SessionRevoked(reason), &Device::default()).await?;
        tx.commit().await?;
        alive += lines.len();
        if ended.is_empty() {
            return Ok(alive);
        }
        batch::rest().await;
    }
}
