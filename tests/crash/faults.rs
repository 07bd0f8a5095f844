//! A locked database, and full, read-only or broken disks: the server answers 503, changes nothing partially, still
//! serves requests that need no write, and recovers without a restart.

use crate::http::{Answer, Api, Tokens};
use crate::site::Site;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::thread;
use tokio::runtime::Runtime;

/// Enough to share commits, and to find faults that occur only then.
const MANY: usize = 8;

/// Sessions of one account for different purposes.
struct Sessions {
    to_refresh: Vec<Tokens>,
    to_revoke: Tokens,
    to_use: Tokens,
    /// The parent of a head that has not been used, and that head.
    to_retry: (Tokens, Tokens),
}

impl Sessions {
    fn open(api: Api) -> Self {
        let used = |tokens: Tokens| {
            assert_eq!(api.me(&tokens.access).unwrap().status, 200);
            tokens
        };
        let log_in = || api.log_in("ada").unwrap().tokens();
        let to_use = used(api.register("ada").unwrap().tokens());
        let parent = log_in();
        let head = api.refresh(&parent.refresh).unwrap().tokens();
        Self {
            to_refresh: (0..MANY).map(|_| used(log_in())).collect(),
            to_revoke: used(log_in()),
            to_use,
            to_retry: (parent, head),
        }
    }

    /// Sends all requests that need a write concurrently, and returns the responses.
    fn write_all(&self, api: Api) -> Vec<Answer> {
        thread::scope(|scope| {
            let mut asked = vec![
                scope.spawn(|| api.revoke(&self.to_revoke.refresh).unwrap()),
                scope.spawn(|| api.log_in("ada").unwrap()),
                scope.spawn(|| api.register("grace").unwrap()),
            ];
            for tokens in &self.to_refresh {
                asked.push(scope.spawn(|| api.refresh(&tokens.refresh).unwrap()));
            }
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        })
    }

    #[track_caller]
    fn check_that_reads_work(&self, api: Api) {
        assert_eq!(api.me(&self.to_use.access).unwrap().generation(), 0);
        let (parent, head) = &self.to_retry;
        assert_eq!(api.refresh(&parent.refresh).unwrap().tokens().refresh, head.refresh);
        assert_eq!(api.get("/healthz").unwrap().status, 200);
    }

    /// After the fault: nothing was written partially, and every refused request works now. Returns the refreshed
    /// tokens.
    fn check_that_all_is_well(&self, api: Api) -> Vec<Tokens> {
        assert_eq!(api.get("/readyz").unwrap().status, 200);
        for tokens in &self.to_refresh {
            assert_eq!(api.me(&tokens.access).unwrap().generation(), 0, "a refused rotation has not happened");
        }
        assert_eq!(api.me(&self.to_revoke.access).unwrap().status, 200, "a refused revocation has not happened");

        let mut answers = self.write_all(api).into_iter();
        assert_eq!(answers.next().unwrap().status, 204);
        answers.next().unwrap().tokens();
        assert_eq!(answers.next().unwrap().status, 201, "a refused registration has left nothing behind");
        api.me(&self.to_revoke.access).unwrap().problem(401, "invalid_token", Some("session_ended"));
        let refreshed: Vec<Tokens> = answers.map(|answer| answer.tokens()).collect();
        for tokens in &refreshed {
            assert_eq!(api.me(&tokens.access).unwrap().generation(), 1);
        }
        self.check_that_reads_work(api);
        refreshed
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

/// Another program that has the database open.
struct Other {
    runtime: Runtime,
    connection: AnyConnection,
}

impl Other {
    fn open(site: &Site) -> Self {
        sqlx::any::install_default_drivers();
        let runtime = Runtime::new().unwrap();
        let connection = runtime.block_on(AnyConnection::connect(&site.database_url())).unwrap();
        Self { runtime, connection }
    }

    fn execute(&mut self, statement: &'static str) {
        self.runtime.block_on(self.connection.execute(statement)).unwrap();
    }

    fn ask(&mut self, question: &'static str) -> String {
        self.runtime.block_on(sqlx::query_scalar(question).fetch_one(&mut self.connection)).unwrap()
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

/// Another program, such as a backup or an open shell, holds the write lock for longer than the server waits.
#[test]
fn locked_database_fails_only_writes() {
    let site = Site::new();
    let server = site.start();
    let sessions = Sessions::open(server.api);

    let mut other = Other::open(&site);
    other.execute("BEGIN IMMEDIATE");
    thread::scope(|scope| {
        let writes = scope.spawn(|| sessions.write_all(server.api));
        // Reads do not wait for them.
        sessions.check_that_reads_work(server.api);
        assert_eq!(server.api.get("/readyz").unwrap().status, 200);
        assert!(!writes.is_finished(), "writers wait for a while before they give up");
        for answer in writes.join().unwrap() {
            answer.unavailable();
        }
    });
    other.execute("ROLLBACK");

    sessions.check_that_all_is_well(server.api);
}
