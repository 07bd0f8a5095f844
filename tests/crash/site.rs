//! Starting, killing and restarting the binary on its files.

use crate::engine;
use crate::http::Api;
use rand::Rng as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::fs::{self, DirBuilder, File, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The limit for anything that normally takes a moment.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A data folder and an address that all starts share.
pub struct Site {
    folder: TempDir,
    address: SocketAddr,
    has_shim: bool,
}

/// The running server. It is killed when dropped.
pub struct Running {
    child: Child,
    pub api: Api,
}

impl Site {
    /// A server without simulated faults.
    pub fn new() -> Self {
        Self::at(false)
    }

    fn at(has_shim: bool) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        Self { folder, address: free_address(), has_shim }
    }

    /// A server that takes orders from [`order`](Self::order).
    pub fn with_shim() -> Self {
        let site = Self::at(true);
        // A machine that links Rust programs has `cc`.
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-pthread", "-o"])
            .args([site.shim(), PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/stop_at.c"))])
            .status()
            .unwrap();
        assert!(compiled.success());
        site
    }

    fn shim(&self) -> PathBuf {
        self.folder.path().join("stop_at.so")
    }

    fn orders(&self) -> PathBuf {
        self.folder.path().join("orders")
    }

    /// From now on, the server does as `stop_at.c` says; all of the order counts at once.
    pub fn order(&self, order: &str) {
        let draft = self.folder.path().join("orders.draft");
        fs::write(&draft, order).unwrap();
        fs::rename(draft, self.orders()).unwrap();
    }

    pub fn withdraw_order(&self) {
        fs::remove_file(self.orders()).unwrap();
    }

    /// The log of the server so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Makes the data folder anew, with these files in it.
    pub fn put_data(&self, from: &Path, names: &[&str]) {
        let data = self.data();
        let _ = fs::remove_dir_all(&data);
        DirBuilder::new().mode(0o700).create(&data).unwrap();
        for name in names {
            fs::copy(from.join(name), data.join(name)).unwrap();
            fs::set_permissions(data.join(name), Permissions::from_mode(0o600)).unwrap();
        }
    }

    /// The folder with the database.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server and waits until it is ready.
    pub fn start(&self) -> Running {
        self.try_start().unwrap_or_else(|status| panic!("the server does not start: {status}\n{}", self.log()))
    }

    /// The same, or how the server ended before it was ready.
    pub fn try_start(&self) -> Result<Running, ExitStatus> {
        let path = |name: &str| self.folder.path().join(name);
        let log = File::options().create(true).append(true).open(path("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
        command
            .env_clear()
            .env("LATCHKEY_ADDR", self.address.to_string())
            .env("LATCHKEY_DATA_DIR", path("data"))
            .env("LEPTOS_SITE_ROOT", path("site"))
            // An attempt is counted in a commit of its own; the orders speak of the request's.
            .env("LATCHKEY_THROTTLE", "off")
            .envs(engine::postgres(&path("data")).map(|url| ("LATCHKEY_DATABASE_URL", url)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if self.has_shim {
            command.env("LD_PRELOAD", self.shim()).env("CRASH_TEST_ORDERS", self.orders());
        }
        let mut server = Running { child: command.spawn().unwrap(), api: Api(self.address) };
        let begun = Instant::now();
        while !server.api.get("/readyz").is_ok_and(|answer| answer.status == 200) {
            if let Some(status) = server.child.try_wait().unwrap() {
                return Err(status);
            }
            assert!(begun.elapsed() < TIMEOUT, "the server does not get ready:\n{}", self.log());
            thread::sleep(Duration::from_millis(2));
        }
        Ok(server)
    }
}

impl Running {
    /// `kill -9`, at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until the server has carried out an order to end itself.
    pub fn ended_as_ordered(mut self) {
        let begun = Instant::now();
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < TIMEOUT, "the server goes on, in spite of its orders");
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(status.signal(), Some(9), "{status}");
    }
}

/// A failed test prints the server's log.
impl Drop for Site {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that the system gives to no other process while the server is down: below those that it hands out by itself.
fn free_address() -> SocketAddr {
    let mut rng = StdRng::seed_from_u64(fresh_seed());
    loop {
        let address = SocketAddr::from(([127, 0, 0, 1], rng.random_range(10_000..30_000)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// A seed for this run.
pub fn fresh_seed() -> u64 {
    use latchkey_core::random::{SystemRandom, bytes};
    u64::from_le_bytes(bytes(&SystemRandom))
}
