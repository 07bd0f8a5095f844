//! One round: every floor and every scenario once, one after the other, so that other load on the machine affects all
//! of them equally.

use crate::book::Book;
use crate::clients::{Asking, LoggingIn, Reading, Refreshing, Revoking};
use crate::driver::{Client, Measured, Timing, drive};
use crate::machine;
use crate::names::{self, CONNECTIONS};
use crate::process::{self, Lab, Process};
use crate::world::{self, Pair};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many sessions' tokens one variant of `/api/me` cycles through.
pub const MANY: usize = 5000;
/// How many clients log in while others refresh.
const FLOOD: usize = 8;

/// A run of the benchmark.
pub struct Run<'a> {
    pub lab: &'a Lab,
    pub book: Book,
    /// The duration of each scenario.
    pub time: Duration,
    /// How many sessions a revoking scenario may end.
    pub revocations: usize,
    /// Only scenarios and numbers with this in their name.
    pub only: Option<String>,
    /// One session for each connection, for all scenarios.
    pub own: Vec<Pair>,
    /// Read in turn, never refreshed.
    pub many: Vec<Pair>,
    /// To be revoked.
    pub spare: Vec<Pair>,
}

impl Run<'_> {
    /// One round.
    pub async fn round(&mut self) -> Result<()> {
        self.start_and_memory().await?;
        self.floors()?;
        self.bare_route().await?;
        let (server, started) = self.lab.serve("data", false).await?;
        self.book.add_number(names::START_FULL, started);
        self.refresh(&server, names::REFRESH).await?;
        if self.wants(names::REFRESH) {
            self.book.add_number(names::MEMORY_REFRESH, server.memory("VmRSS")?);
            self.book.add_number(names::MEMORY_REFRESH_PEAK, server.memory("VmHWM")?);
        }
        self.read(&server).await?;
        self.revoke(&server).await?;
        self.log_in(&server).await?;
        self.refresh_in_a_flood(&server).await?;
        if self.wants(names::LOGIN) {
            self.book.add_number(names::MEMORY_PEAK, server.memory("VmHWM")?);
        }
        server.stop()?;

        if self.wants(names::SLOW_REFRESH) {
            self.floor(names::SLOW_COMMITS, "commits", true)?;
            let (server, _) = self.lab.serve("data", true).await?;
            self.refresh(&server, names::SLOW_REFRESH).await?;
            server.stop()?;
        }
        Ok(())
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only))
    }

    fn timing(&self) -> Timing {
        Timing { warm_up: Duration::from_millis(300), measured: self.time }
    }

    async fn start_and_memory(&mut self) -> Result<()> {
        if !self.wants(names::START) {
            return Ok(());
        }
        let (server, _) = self.lab.serve("small", false).await?; // makes the folder, the first time
        server.stop()?;
        let (server, started) = self.lab.serve("small", false).await?;
        self.book.add_number(names::START, started);
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.book.add_number(names::MEMORY_IDLE, server.memory("VmRSS")?);
        server.stop()
    }

    fn floors(&mut self) -> Result<()> {
        self.floor(names::COMMITS, "commits", false)?;
        self.floor(names::SIGNATURES, "signatures", false)?;
        self.floor(names::VERIFICATIONS, "verifications", false)?;
        self.floor(names::HASHES, "hashes", false)
    }

    fn floor(&mut self, name: &'static str, part: &str, slow_disk: bool) -> Result<()> {
        if self.wants(name) {
            let time = self.time.as_millis().to_string();
            let rate = self.lab.run_part(&[part, &time], slow_disk)?.parse()?;
            self.book.add_number(name, rate);
        }
        Ok(())
    }

    async fn bare_route(&mut self) -> Result<()> {
        if self.wants(names::BARE) {
            let server = self.lab.serve_part(&["bare-route", &self.lab.addr.port().to_string()]).await?;
            for connections in CONNECTIONS {
                let clients = (0..connections).map(|_| Asking).collect();
                self.measure(&server, names::BARE, clients, self.timing()).await?;
            }
        }
        Ok(())
    }

    async fn refresh(&mut self, server: &Process, name: &'static str) -> Result<()> {
        if self.wants(name) {
            for connections in CONNECTIONS {
                self.refresh_with(server, name, connections).await?;
            }
        }
        Ok(())
    }

    async fn refresh_with(&mut self, server: &Process, name: &'static str, connections: usize) -> Result<()> {
        let clients = self.own[..connections].iter().cloned().map(Refreshing).collect();
        let clients = self.measure(server, name, clients, self.timing()).await?;
        self.keep(clients);
        Ok(())
    }

    fn keep(&mut self, clients: Vec<Refreshing>) {
        for (own, Refreshing(newest)) in self.own.iter_mut().zip(clients) {
            *own = newest;
        }
    }

    async fn read(&mut self, server: &Process) -> Result<()> {
        for connections in CONNECTIONS {
            if self.wants(names::READ) {
                let clients = self.own[..connections].iter().map(|pair| Reading::alone(&pair.access)).collect();
                self.measure(server, names::READ, clients, self.timing()).await?;
            }
            if self.wants(names::READ_MANY) {
                // Each session records once a minute that it was seen. Here all would do so in the same second, unlike
                // on a real site, so they do it before the measurement.
                let all_once = Timing { warm_up: Duration::ZERO, measured: Duration::from_secs(60) };
                drive(self.lab.addr, Reading::sharing(&self.many, 16, false), all_once).await?;
                let clients = Reading::sharing(&self.many, connections, true);
                self.measure(server, names::READ_MANY, clients, self.timing()).await?;
            }
        }
        Ok(())
    }

    async fn revoke(&mut self, server: &Process) -> Result<()> {
        if !self.wants(names::REVOKE) {
            return Ok(());
        }
        for connections in CONNECTIONS {
            let mine = self.spare.split_off(self.spare.len().saturating_sub(self.revocations));
            let shared = Arc::new(Mutex::new(mine));
            let clients = (0..connections).map(|_| Revoking(Arc::clone(&shared))).collect();
            // Without a warm-up, because each session can be revoked only once.
            let timing = Timing { warm_up: Duration::ZERO, measured: self.time };
            self.measure(server, names::REVOKE, clients, timing).await?;
        }
        Ok(())
    }

    async fn log_in(&mut self, server: &Process) -> Result<()> {
        if self.wants(names::LOGIN) {
            for connections in CONNECTIONS {
                let clients = (0..connections).map(|number| LoggingIn(world::account(number))).collect();
                // The hashing queue must have reached its length before anything is counted.
                let warm_up = Duration::from_millis(300 + 30 * connections as u64);
                let timing = Timing { warm_up, measured: self.time };
                self.measure(server, names::LOGIN, clients, timing).await?;
            }
        }
        Ok(())
    }

    async fn refresh_in_a_flood(&mut self, server: &Process) -> Result<()> {
        if self.wants(names::REFRESH_FLOOD) {
            for connections in [1, 16] {
                let flood = (0..FLOOD).map(|number| LoggingIn(world::account(number))).collect();
                let timing = self.timing();
                let addr = self.lab.addr;
                let (flooded, refreshed) = tokio::join!(
                    drive(addr, flood, timing),
                    self.refresh_with(server, names::REFRESH_FLOOD, connections)
                );
                refreshed?;
                flooded.map_err(|error| format!("{}: {error}", names::REFRESH_FLOOD))?;
            }
        }
        Ok(())
    }

    /// Runs the clients and records the result.
    async fn measure<C: Client>(
        &mut self,
        server: &Process,
        name: &'static str,
        clients: Vec<C>,
        timing: Timing,
    ) -> Result<Vec<C>> {
        let connections = clients.len();
        let used = |server: &Process| -> Result<[Duration; 3]> {
            Ok([server.cpu_time()?, process::cpu_time("self")?, machine::busy().unwrap_or_default()])
        };
        let (began, before) = (Instant::now(), used(server)?);
        let driven = drive(self.lab.addr, clients, timing).await;
        let (measured, clients) = driven.map_err(|error| format!("{name}: {error}"))?;
        let (elapsed, after) = (began.elapsed().as_secs_f64(), used(server)?);
        let share = |of: usize| after[of].saturating_sub(before[of]).as_secs_f64() / elapsed * 100.0;
        let measured = Measured { server_core: share(0), driver_core: share(1), ..measured };
        let others = (share(2) - share(0) - share(1)).max(0.0);
        self.book.add_number(names::OTHERS, others);
        eprintln!(
            "{name}, {connections}: {:.0}/s p50 {:.2} p99 {:.2} ms, server {:.0} %, driver {:.0} %, others {others:.0} %",
            measured.per_second, measured.p50, measured.p99, measured.server_core, measured.driver_core
        );
        self.book.add_rate(name, connections, measured);
        Ok(clients)
    }
}
