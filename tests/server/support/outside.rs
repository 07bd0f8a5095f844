//! What other programs do with the database: triggers, locks, and looking at what is committed. Each in the words of the
//! engine that the tests run on.

use super::{Server, engine};
use sqlx::{AnyConnection, Executor as _};

/// What a trigger does with a row.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// Fails the statement with this message.
    Fail(&'static str),
    /// Leaves the row as it is.
    Skip,
    /// Executes a statement.
    Execute(&'static str),
    /// Counts to this number, which takes a while.
    Count(u32),
}

/// A trigger for each row.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    pub name: &'static str,
    /// Such as `BEFORE INSERT ON users`.
    pub event: &'static str,
    /// `TRUE` for every row.
    pub condition: &'static str,
    pub action: Action,
}

impl Trigger {
    pub const fn new(name: &'static str, event: &'static str, action: Action) -> Self {
        Self { name, event, condition: "TRUE", action }
    }

    pub const fn when(self, condition: &'static str) -> Self {
        Self { condition, ..self }
    }

    fn for_sqlite(self) -> String {
        let body = match self.action {
            Action::Fail(message) => format!("SELECT RAISE(ABORT, '{message}')"),
            Action::Skip => "SELECT RAISE(IGNORE)".to_owned(),
            Action::Execute(statement) => statement.to_owned(),
            Action::Count(last) => format!(
                "SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
                 SELECT i FROM n)"
            ),
        };
        let Self { name, event, condition, .. } = self;
        format!("CREATE TRIGGER {name} {event} WHEN {condition} BEGIN {body}; END")
    }

    fn for_postgres(self) -> String {
        let body = match self.action {
            Action::Fail(message) => format!("RAISE EXCEPTION '{message}'"),
            Action::Skip => "RETURN NULL".to_owned(),
            Action::Execute(statement) => statement.to_owned(),
            Action::Count(last) => format!("PERFORM COUNT(*) FROM generate_series(1, {last})"),
        };
        let Self { name, event, condition, .. } = self;
        // A condition with a subquery must be in the function.
        format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF {condition} THEN {body}; END IF; RETURN COALESCE(NEW, OLD); END $$; \
             CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    }
}

/// Notes each transaction that changes a row. A transaction that is rolled back leaves no note.
const NOTE_COMMITS: &str = "
    CREATE TABLE noted_commits (id TEXT PRIMARY KEY);
    CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO noted_commits VALUES (pg_current_xact_id()::text) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
    DO $$ DECLARE name TEXT; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'noted_commits' LOOP
            EXECUTE format('CREATE TRIGGER note_commit AFTER INSERT OR UPDATE OR DELETE ON %I
                            FOR EACH ROW EXECUTE FUNCTION note_commit()', name);
        END LOOP;
    END $$";

impl Server {
    pub fn is_on_postgres(&self) -> bool {
        self.app.settings.server.database.path().is_none()
    }

    pub async fn add_trigger(&self, trigger: Trigger) {
        let statement = if self.is_on_postgres() { trigger.for_postgres() } else { trigger.for_sqlite() };
        self.tamper(statement.leak()).await;
    }

    pub async fn drop_trigger(&self, name: &str) {
        let statement = match self.is_on_postgres() {
            true => format!("DROP FUNCTION {name} CASCADE"),
            false => format!("DROP TRIGGER {name}"),
        };
        self.tamper(statement.leak()).await;
    }

    /// Locks the database against writes until this connection executes ROLLBACK.
    pub async fn lock_writes(&self) -> AnyConnection {
        let mut connection = self.connect().await;
        engine::lock_writes(&mut connection).await.unwrap();
        connection
    }

    /// Whether a transaction that writes is under way.
    pub async fn is_locked(&self, connection: &mut AnyConnection) -> bool {
        let no_wait = if self.is_on_postgres() { "SET lock_timeout = 1" } else { "PRAGMA busy_timeout = 0" };
        connection.execute(no_wait).await.unwrap();
        let locked = engine::lock_writes(connection).await.is_err();
        if self.is_on_postgres() || !locked {
            connection.execute("ROLLBACK").await.unwrap();
        }
        locked
    }

    /// How many transactions have changed the database, from any moment before the first call.
    pub async fn commits(&self) -> usize {
        if !self.is_on_postgres() {
            return commits_in_log(&std::fs::read(self.data.path().join("latchkey.db-wal")).unwrap());
        }
        if self.sql("SELECT COUNT(*) FROM pg_tables WHERE tablename = 'noted_commits'").await == "0" {
            self.tamper(NOTE_COMMITS).await;
        }
        self.sql("SELECT COUNT(*) FROM noted_commits").await.parse().unwrap()
    }
}

/// Frames of SQLite's write-ahead log that close a transaction (<https://sqlite.org/fileformat2.html#walformat>).
fn commits_in_log(log: &[u8]) -> usize {
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame = 24 + number(8) as usize;
    let (salts, mut at, mut commits) = ((number(16), number(20)), 32, 0);
    while at + frame <= log.len() && (number(at + 8), number(at + 12)) == salts {
        commits += usize::from(number(at + 4) != 0);
        at += frame;
    }
    commits
}
