//! The report: Markdown for `docs/performance.md`.

use crate::book::Book;
use crate::names::*;
use std::fmt::Write as _;

/// All measurements, compared with the goals.
pub fn markdown(book: &Book, machine: &str) -> String {
    let mut text = format!("{machine}\n\n");
    text.push_str("| goal | wanted | measured | |\n| --- | --- | --- | --- |\n");
    for goal in goals(book) {
        let hit = if goal.hit { "hit" } else { "**missed**" };
        let _ = writeln!(text, "| {} | {} | {} | {hit} |", goal.what, goal.wanted, goal.measured);
    }
    text.push_str(
        "\n| scenario | connections | per second | p50 ms | p99 ms | server's core | driver's core |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for rates in &book.rates {
        let median = rates.median();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {:.2} | {:.0} % | {:.0} % |",
            rates.scenario,
            rates.connections,
            whole(median.per_second),
            median.p50,
            median.p99,
            median.server_core,
            median.driver_core
        );
    }
    text.push_str("\n| figure | median |\n| --- | ---: |\n");
    for (name, number) in book.numbers() {
        let _ = writeln!(text, "| {name} | {} |", if number < 1000.0 { format!("{number:.1}") } else { whole(number) });
    }
    text
}

struct Goal {
    what: &'static str,
    wanted: &'static str,
    measured: String,
    hit: bool,
}

/// The goals for which all measurements exist.
fn goals(book: &Book) -> Vec<Goal> {
    let per_second = |scenario, connections| book.rate(scenario, connections).map(|measured| measured.per_second);
    let p99 = |scenario, connections| book.rate(scenario, connections).map(|measured| measured.p99);
    let percent = |what, wanted, got: Option<f64>, of: Option<f64>, at_least: f64| {
        let share = got? / of? * 100.0;
        Some(Goal { what, wanted, measured: format!("{share:.0} %"), hit: share >= at_least })
    };
    let times = |what, wanted, got: Option<f64>, of: Option<f64>, fits: fn(f64) -> bool| {
        let times = got? / of?;
        Some(Goal { what, wanted, measured: format!("{times:.1} ×"), hit: fits(times) })
    };
    let mebibytes = |what, wanted, got: Option<f64>, at_most: f64| {
        let got = got?;
        Some(Goal { what, wanted, measured: format!("{got:.1} MiB"), hit: got <= at_most })
    };
    let (commits, verifications) = (book.number(COMMITS), book.number(VERIFICATIONS));
    [
        percent("refresh/s at 16 connections, of bare commits/s", "≥ 45 %", per_second(REFRESH, 16), commits, 45.0),
        times(
            "slow disk: refresh/s at 64 connections, of what one gets",
            "≥ 10 ×",
            per_second(SLOW_REFRESH, 64),
            per_second(SLOW_REFRESH, 1),
            |times| times >= 10.0,
        ),
        percent(
            "GET/s at 16 connections, 5,000 tokens, of bare verifications/s",
            "≥ 75 %",
            per_second(READ_MANY, 16),
            verifications,
            75.0,
        ),
        percent(
            "GET/s at 16 connections, own token, of bare verifications/s",
            "well above 100 %",
            per_second(READ, 16),
            verifications,
            120.0,
        ),
        percent(
            "login/s at 16 connections, of bare hashes/s",
            "≥ 90 %",
            per_second(LOGIN, 16),
            book.number(HASHES),
            90.0,
        ),
        times(
            "refresh p99 at 16 connections while 8 log in, of its value without",
            "≤ 5 ×",
            p99(REFRESH_FLOOD, 16),
            p99(REFRESH, 16),
            |times| times <= 5.0,
        ),
        mebibytes("resident memory, idle", "≤ 25 MiB", book.number(MEMORY_IDLE), 25.0),
        mebibytes("resident memory, peak under refresh load", "≤ 60 MiB", book.number(MEMORY_REFRESH_PEAK), 60.0),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A whole number with commas: 12,345.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
