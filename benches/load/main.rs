//! The load test: measures the release server over HTTP and the floors of the machine, and checks the goals.
//! `make bench` runs it; `docs/performance.md` explains the results.
//!
//! This program is the driver, on one core; the server, the bare route and the floors run on the other, one at a time.

mod book;
mod clients;
mod driver;
mod floors;
mod http;
mod machine;
mod names;
mod process;
mod report;
mod scenarios;
mod world;

use book::Book;
use clap::Parser as _;
use process::Lab;
use scenarios::{MANY, Run};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// Measures the release server and prints Markdown. Run it by `make bench`.
#[derive(clap::Parser)]
struct Options {
    /// Cargo says so when it wants a benchmark, and not a test, to run
    #[arg(long, hide = true)]
    bench: bool,
    /// One round, half a second each: to see which way a change goes
    #[arg(long)]
    short: bool,
    /// Seconds for each scenario
    #[arg(long)]
    seconds: Option<f64>,
    /// Only what has this in its name
    #[arg(long)]
    only: Option<String>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// The parts of this program that run in a separate process on the server's core.
#[derive(clap::Subcommand)]
#[command(hide = true)]
enum Part {
    World { sessions: usize, file: PathBuf },
    Commits { millis: u64 },
    Signatures { millis: u64 },
    Verifications { millis: u64 },
    Hashes { millis: u64 },
    BareRoute { port: u16 },
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    if !options.bench {
        println!("The load test takes minutes: run it by `make bench`.");
        return Ok(());
    }
    match options.part {
        Some(part) => run_part(part),
        None => run(options),
    }
}

fn run_part(part: Part) -> Result<(), Box<dyn Error>> {
    // Like the server: on one core, with one worker.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let millis = Duration::from_millis;
    let rate = match part {
        Part::World { sessions, file } => return runtime.block_on(world::make(sessions, &file)),
        Part::BareRoute { port } => return runtime.block_on(floors::bare_route(port)),
        Part::Commits { millis: time } => {
            let folder = tempfile::TempDir::with_prefix_in("floor-", env!("CARGO_TARGET_TMPDIR"))?;
            runtime.block_on(floors::commits(folder.path(), millis(time)))?
        }
        Part::Signatures { millis: time } => floors::signatures(millis(time))?,
        Part::Verifications { millis: time } => floors::verifications(millis(time))?,
        Part::Hashes { millis: time } => floors::hashes(millis(time))?,
    };
    println!("{rate}");
    Ok(())
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let (rounds, seconds, revocations) = if options.short { (1, 0.5, 1500) } else { (3, 2.5, 6000) };
    let time = Duration::from_secs_f64(options.seconds.unwrap_or(seconds));
    process::pin_driver()?;
    let lab = Lab::new()?;
    let machine = machine::describe(lab.folder.path());

    eprintln!("preparing accounts and sessions");
    let connections = names::CONNECTIONS.into_iter().max().unwrap_or(1);
    let sessions = connections + MANY + rounds * names::CONNECTIONS.len() * revocations;
    let file = lab.folder.path().join("tokens");
    lab.run_part(&["world", &sessions.to_string(), &file.to_string_lossy()], false)?;
    let mut own = world::read(&file)?;
    let mut many = own.split_off(connections);
    let spare = many.split_off(MANY);

    let mut run = Run { lab: &lab, book: Book::default(), time, revocations, only: options.only, own, many, spare };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        runtime.block_on(run.round())?;
    }
    let how = format!("{machine} {rounds} rounds, {:.1} s each, medians; {sessions} sessions.", time.as_secs_f64());
    println!("{}", report::markdown(&run.book, &how));
    Ok(())
}
