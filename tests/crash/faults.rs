//! A locked database, and full, read-only or broken disks: the server answers 503, changes nothing partially, still
//! serves requests that need no write, and recovers without a restart.

mod sqlite;

use crate::engine;
use crate::http::{Answer, Api, Tokens};
use crate::site::Site;
use sqlx::{AnyConnection, Executor as _};
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

/// Another program that has the database open.
struct Other {
    runtime: Runtime,
    connection: AnyConnection,
}

impl Other {
    fn open(site: &Site) -> Self {
        let runtime = Runtime::new().unwrap();
        let connection = runtime.block_on(engine::connect(&site.data()));
        Self { runtime, connection }
    }

    fn execute(&mut self, statement: &'static str) {
        self.runtime.block_on(self.connection.execute(statement)).unwrap();
    }

    fn lock_writes(&mut self) {
        self.runtime.block_on(engine::lock_writes(&mut self.connection)).unwrap();
    }
}

/// Another program, such as a backup or an open shell, holds the write lock for longer than the server waits.
#[test]
fn locked_database_fails_only_writes() {
    let site = Site::new();
    let server = site.start();
    let sessions = Sessions::open(server.api);

    let mut other = Other::open(&site);
    other.lock_writes();
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
