//! A SQLite file on a full, read-only or broken disk.

use super::{Other, Sessions};
use crate::site::Site;

impl Other {
    fn ask(&mut self, question: &'static str) -> String {
        self.runtime.block_on(sqlx::query_scalar(question).fetch_one(&mut self.connection)).unwrap()
    }
}

/// Starts a server, and checks it during a fault of the disk and afterwards.
fn assert_disk_fault_fails_only_writes(fault: &str) {
    let site = Site::with_shim();
    let server = site.start();
    let sessions = Sessions::open(server.api);

    site.order(fault);
    // Twice: the first failure must not leave anything behind that spoils the second.
    for _ in 0..2 {
        for answer in sessions.write_all(server.api) {
            answer.unavailable();
        }
        sessions.check_that_reads_work(server.api);
    }
    site.withdraw_order();
    let refreshed = sessions.check_that_all_is_well(server.api);

    // The files are whole too, not only what the server remembers of them.
    server.kill();
    assert_eq!(Other::open(&site).ask("PRAGMA integrity_check"), "ok");
    let server = site.start();
    for tokens in refreshed {
        server.api.refresh(&tokens.refresh).unwrap().tokens();
    }
}

#[test]
fn full_disk_fails_only_writes() {
    assert_disk_fault_fails_only_writes("full");
}

#[test]
fn read_only_disk_fails_only_writes() {
    assert_disk_fault_fails_only_writes("read-only");
}

/// What is written and cannot be synced must be neither acknowledged nor visible.
#[test]
fn unsyncable_disk_fails_only_writes() {
    assert_disk_fault_fails_only_writes("unsyncable");
}

#[test]
fn unreadable_disk_ends_no_session() {
    let site = Site::with_shim();
    let server = site.start();
    let api = server.api;
    let sessions = Sessions::open(api);

    // A change from outside makes every connection forget the pages that it remembers.
    Other::open(&site).execute("UPDATE users SET display_name = 'Ada Lovelace'");
    site.order("unreadable");
    for tokens in &sessions.to_refresh {
        api.refresh(&tokens.refresh).unwrap().unavailable();
        api.me(&tokens.access).unwrap().unavailable();
    }
    api.log_in("ada").unwrap().unavailable();
    api.register("grace").unwrap().unavailable();
    api.revoke(&sessions.to_revoke.refresh).unwrap().unavailable();
    api.get("/readyz").unwrap().unavailable();
    assert_eq!(api.get("/healthz").unwrap().status, 200);
    site.withdraw_order();

    sessions.check_that_all_is_well(api);
}
