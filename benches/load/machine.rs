//! Where this was measured: without that, a figure says nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

/// One line: day, processor, cores, kernel, file system of `folder`.
pub fn describe(folder: &Path) -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |(_, name)| name);
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = said_by("uname", &["-sr"]);
    let file_system = said_by("stat", &["-f", "-c", "%T", &folder.to_string_lossy()]);
    format!("{}, {model}, {cores} cores, {kernel}, data on {file_system}.", said_by("date", &["-u", "+%F"]))
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
