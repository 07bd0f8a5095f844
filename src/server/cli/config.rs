//! `latchkey config`: the settings, and the source of each.

use super::failure::Failure;
use super::work::{print, table};
use crate::config::{Current, Options, Settings, current};
use clap::ArgMatches;
use serde_json::json;

pub const AFTER_HELP: &str = "\
Run it with the environment and the flags that the server runs with. What is secret in a setting is left out.

Examples:
  latchkey config                                   what a server started here would run by
  latchkey config --json | jq -r '.[] | select(.source != \"default\")'
                                                    what differs from the defaults";

/// Shows every setting, then fails if one is invalid.
pub fn run(options: Options, matches: &ArgMatches, as_json: bool) -> Result<(), Failure> {
    let settings = Settings::new(options);
    let shown = current(matches, settings.as_ref().ok());
    print(&if as_json { for_programs(&shown) } else { for_people(&shown) })?;
    settings?;
    Ok(())
}

fn for_people(settings: &[Current]) -> String {
    let row = |setting: &Current| [setting.name.clone(), setting.source.to_owned(), setting.value.clone()];
    table(["NAME", "SOURCE", "VALUE"], &settings.iter().map(row).collect::<Vec<_>>())
}

fn for_programs(settings: &[Current]) -> String {
    let setting = |setting: &Current| {
        json!({
            "name": setting.name, "value": setting.value, "source": setting.source, "about": setting.help,
        })
    };
    format!("{:#}\n", json!(settings.iter().map(setting).collect::<Vec<_>>()))
}
