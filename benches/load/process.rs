//! The processes under test, each pinned to the server's core, in a clean environment, and killed when dropped.

use crate::http::{self, Connection};
use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub const SERVER_CORE: &str = "0";
pub const DRIVER_CORE: &str = "1";

/// A process on the server's core.
pub struct Process(Child);

/// Shared by all processes of a run.
pub struct Lab {
    /// On a real disk, beside Cargo's output.
    pub folder: tempfile::TempDir,
    pub addr: SocketAddr,
    slow_fsync: PathBuf,
}

impl Lab {
    /// Creates the folder, finds a free port, and compiles the library that slows down the disk.
    pub fn new() -> Result<Self> {
        let folder = tempfile::TempDir::with_prefix_in("load-", env!("CARGO_TARGET_TMPDIR"))?;
        // The server requires the site's folder, but the benchmark does not use it.
        fs::create_dir_all(folder.path().join("site/pkg"))?;
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let slow_fsync = folder.path().join("slow_fsync.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load/slow_fsync.c");
        let made = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&slow_fsync).arg(source).status()?;
        if !made.success() {
            return Err("cc could not compile benches/load/slow_fsync.c".into());
        }
        Ok(Self { folder, addr, slow_fsync })
    }

    /// A program on the server's core, with the settings of the server under test and none from the environment.
    fn command(&self, program: &Path, data: &str) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER_CORE]).arg(program).stdin(Stdio::null()).stdout(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("LATCHKEY_") || name.starts_with("LEPTOS_")) {
                command.env_remove(name);
            }
        }
        command
            .env("LATCHKEY_ADDR", self.addr.to_string())
            .env("LATCHKEY_DATA_DIR", self.folder.path().join(data))
            .env("LEPTOS_SITE_ROOT", self.folder.path().join("site"))
            .env("LATCHKEY_LOG", "warn")
            .env("LATCHKEY_THROTTLE", "off")
            .env("LATCHKEY_MAX_SESSIONS", "1000000")
            // Longer than the run, because tokens are issued at its beginning.
            .env("LATCHKEY_ACCESS_TOKEN_TTL", "2h");
        command
    }

    /// Starts the server on a data folder and waits for its first answer; returns how many milliseconds that took.
    pub async fn serve(&self, data: &str, slow_disk: bool) -> Result<(Process, f64)> {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_latchkey")), data);
        if slow_disk {
            command.env("LD_PRELOAD", &self.slow_fsync);
        }
        let began = Instant::now();
        let mut process = Process(command.spawn()?);
        process.wait_until(self.addr, "/healthz").await?;
        Ok((process, began.elapsed().as_secs_f64() * 1000.0))
    }

    /// Starts a part of this program and waits until it answers.
    pub async fn serve_part(&self, arguments: &[&str]) -> Result<Process> {
        let mut process = Process(self.part(arguments)?.spawn()?);
        process.wait_until(self.addr, "/").await?;
        Ok(process)
    }

    /// Runs a part of this program to its end and returns its output.
    pub fn run_part(&self, arguments: &[&str], slow_disk: bool) -> Result<String> {
        let mut command = self.part(arguments)?;
        if slow_disk {
            command.env("LD_PRELOAD", &self.slow_fsync);
        }
        let output = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).output()?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        } else {
            Err(format!("the part {arguments:?} failed").into())
        }
    }

    fn part(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = self.command(&std::env::current_exe()?, "data");
        command.arg("--bench").args(arguments);
        Ok(command)
    }
}

impl Process {
    async fn wait_until(&mut self, addr: SocketAddr, path: &str) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait()? {
                return Err(format!("the server ended before it answered: {status}").into());
            }
            if let Ok(mut connection) = Connection::open(addr).await
                && let Ok(answer) = connection.exchange(&http::get(path, "none")).await
                && answer.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the server did not answer within 30 s".into())
    }

    /// A size from `/proc/PID/status` in MiB: `VmRSS`, `VmHWM`.
    pub fn memory(&self, field: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let kib: f64 = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no such size")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Its CPU time.
    pub fn cpu_time(&self) -> Result<Duration> {
        cpu_time(&self.0.id().to_string())
    }

    /// Stops it gracefully.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After `stop` the process has exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The CPU time of a process, or of `self`.
pub fn cpu_time(pid: &str) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may contain any text; user and system time are the 12th and 13th field after it.
    let fields = stat.rsplit_once(')').ok_or("no name in stat")?.1.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(str::parse::<u64>).sum::<std::result::Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 10)) // Linux counts them by the hundredth of a second
}

/// Keeps this process, and the threads that it will start, on the driver's core.
pub fn pin_driver() -> Result<()> {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-p", "-c", DRIVER_CORE, &pid]).stdout(Stdio::null()).status()?;
    if pinned.success() { Ok(()) } else { Err("the load test needs two cores, 0 and 1, and `taskset`".into()) }
}
