//! Whether the server still has the version of the pages that runs in this tab.

use crate::transport::head;
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// Which version the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Same,
    /// The files of this one are gone: there was a deployment meanwhile.
    Newer,
}

/// Asks for the script that has loaded this program: the name of a built file contains a hash of its content. Browser only.
///
/// # Errors
/// If no answer comes, or one that does not tell: an error of the server, or a network's own login page.
pub async fn version_on_server() -> Result<Version, ApiError> {
    let script = document().query_selector(&format!("#{SCRIPT_LINK}")).ok().flatten();
    let address = script.and_then(|script| script.get_attribute("href")).ok_or(ApiError::Internal)?;
    of_status(head(&address).await?)
}

/// The id of the element in the page's head that names the script.
pub const SCRIPT_LINK: &str = "program-script";

fn of_status(status: u16) -> Result<Version, ApiError> {
    match status {
        200..=299 => Ok(Version::Same),
        404 | 410 => Ok(Version::Newer),
        500..=599 => Err(ApiError::Unavailable { retry_after: 1 }),
        _ => Err(ApiError::NotUnderstood),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_script_means_a_newer_version() {
        assert_eq!(of_status(200), Ok(Version::Same));
        for status in [404, 410] {
            assert_eq!(of_status(status), Ok(Version::Newer));
        }
        // A redirect has the status 0; a network with a login page sends one, or refuses.
        for status in [0, 401, 403, 429, 511, 503] {
            assert!(of_status(status).is_err(), "{status}");
        }
    }
}
