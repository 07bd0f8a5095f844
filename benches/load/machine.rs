//! A description of the machine, without which a figure is meaningless.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The busy time of all cores since the machine started.
pub fn busy() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let times: Vec<u64> = stat.lines().next()?.split_whitespace().skip(1).map_while(|n| n.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal, by the hundredth of a second.
    let [user, nice, system, _, _, irq, softirq, steal] = *times.first_chunk()?;
    Some(Duration::from_millis((user + nice + system + irq + softirq + steal) * 10))
}

/// One line: date, processor, cores, kernel, file system of `folder`.
pub fn describe(folder: &Path) -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |(_, name)| name);
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = said_by("uname", &["-sr"]);
    let file_system = said_by("df", &["--output=fstype", &folder.to_string_lossy()]);
    let file_system = file_system.lines().last().unwrap_or("?");
    format!("{}, {model}, {cores} cores, {kernel}, data on {file_system}.", said_by("date", &["-u", "+%F"]))
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
