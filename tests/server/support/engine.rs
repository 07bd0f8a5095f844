//! The engine that the tests run on. By default, the database is a SQLite file in the data folder. With
//! `TEST_POSTGRES=postgres://…`, the address of a cluster that `scripts/postgres` has started, each data folder
//! has a PostgreSQL database of its own.

use latchkey::tables::MIGRATIONS;
use latchkey_core::store::Store;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::thread;
use tokio::runtime::Runtime;
use url::Url;

/// An administrative database of the cluster; `None` on SQLite.
static CLUSTER: LazyLock<Option<Url>> = LazyLock::new(|| {
    let url = std::env::var("TEST_POSTGRES").ok()?;
    Some(url.parse().unwrap())
});

/// Databases that this process has created, by data folder.
static DATABASES: LazyLock<Mutex<HashMap<PathBuf, String>>> = LazyLock::new(Mutex::default);

/// A database that has the tables already: a copy of it takes less time than the migrations.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let name = format!("template_{}", std::process::id());
    let url = url_of(&name);
    in_a_thread(async move |cluster| {
        create(cluster, &name, "template1").await;
        Store::open(&url, false, Some(&MIGRATIONS)).await.unwrap().close().await;
        name
    })
});

/// The URL of the PostgreSQL database of a data folder; `None` on SQLite. The first call creates the database, with the
/// tables of this version.
pub fn postgres(data: &Path) -> Option<String> {
    CLUSTER.as_ref()?;
    let data = std::path::absolute(data).unwrap();
    let mut databases = DATABASES.lock().unwrap();
    let name = databases.get(&data).cloned().unwrap_or_else(|| {
        let unused: Vec<PathBuf> = databases.keys().filter(|data| is_deleted(data)).cloned().collect();
        let unused: Vec<String> = unused.iter().filter_map(|data| databases.remove(data)).collect();
        let mut hasher = DefaultHasher::new();
        data.hash(&mut hasher);
        let name = format!("test_{:016x}", hasher.finish());
        let (template, created) = (TEMPLATE.as_str(), name.clone());
        in_a_thread(async move |cluster| {
            for name in unused {
                drop_if_exists(cluster, &name).await;
            }
            create(cluster, &created, template).await;
        });
        databases.insert(data, name.clone());
        name
    });
    Some(url_of(&name))
}

/// A connection to the database of a data folder, without the server. On SQLite, it creates the file if necessary.
pub async fn connect(data: &Path) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let file = || format!("sqlite://{}?mode=rwc", data.join("latchkey.db").display());
    AnyConnection::connect(&postgres(data).unwrap_or_else(file)).await.unwrap()
}

/// Locks the database against writes, as another program does, until a ROLLBACK. Reads do not wait for this lock.
pub async fn lock_writes(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let lock = match connection.backend_name() {
        "SQLite" => "BEGIN IMMEDIATE",
        _ => {
            "BEGIN; LOCK TABLE users, sessions, events, login_failures, usual_places, bulk_revocations IN EXCLUSIVE MODE"
        }
    };
    connection.execute(lock).await.map(drop)
}

fn url_of(name: &str) -> String {
    let mut url = CLUSTER.clone().unwrap();
    url.set_path(name);
    url.into()
}

/// Whether the test's temporary folder has been deleted. The data folder itself may not exist yet.
fn is_deleted(data: &Path) -> bool {
    let parent = std::env::temp_dir();
    let below = data.strip_prefix(&parent).ok().and_then(|path| path.components().next());
    below.is_some_and(|folder| !parent.join(folder).exists())
}

async fn create(cluster: &mut AnyConnection, name: &str, template: &str) {
    drop_if_exists(cluster, name).await;
    execute(cluster, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
}

async fn drop_if_exists(cluster: &mut AnyConnection, name: &str) {
    execute(cluster, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

async fn execute(cluster: &mut AnyConnection, statement: String) {
    cluster.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
}

/// Runs this in a thread with a runtime of its own, because the caller may be in one and not be async.
fn in_a_thread<T: Send + 'static>(work: impl AsyncFnOnce(&mut AnyConnection) -> T + Send + 'static) -> T {
    let work = || {
        sqlx::any::install_default_drivers();
        Runtime::new().unwrap().block_on(async {
            let mut cluster = AnyConnection::connect(CLUSTER.as_ref().unwrap().as_str()).await.unwrap();
            let result = work(&mut cluster).await;
            cluster.close().await.unwrap();
            result
        })
    };
    thread::spawn(work).join().unwrap()
}
