//! Checks whether the server still has the version of the pages that runs in this tab.

use crate::transport::get_page;
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// The version on the server, compared with that of this tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The server sends pages with the script of this tab.
    Same,
    /// The server sends pages with another script, so there was a deployment since this page was loaded.
    Newer,
}

/// Fetches the home page and checks whether it names the script that has loaded this program. The name of a built file
/// contains a hash of its content. Browser only.
///
/// # Errors
/// If there is no response, or one that does not show the version: an error of the server, or the login page of a
/// network.
pub async fn version_on_server() -> Result<Version, ApiError> {
    let root = document().document_element();
    // `start.js` has set the attribute.
    let script = root.and_then(|root| root.get_attribute("data-script")).ok_or(ApiError::Internal)?;
    let (status, page) = get_page("/").await?;
    of_page(status, &page, &script)
}

/// An attribute that every page of Latchkey contains.
const MARK: &str = "data-structure";

fn of_page(status: u16, page: &str, script: &str) -> Result<Version, ApiError> {
    match status {
        200 if page.contains(script) => Ok(Version::Same),
        200 if page.contains(MARK) => Ok(Version::Newer),
        511 => Err(ApiError::NotUnderstood),
        500..=599 => Err(ApiError::Unavailable { retry_after: 1 }),
        _ => Err(ApiError::NotUnderstood),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "/pkg/latchkey.abc.js";

    #[test]
    fn page_with_another_script_is_a_newer_version() {
        let page = |script| format!("<script src={script:?}></script><div id=\"app\" data-structure=\"7\"></div>");
        assert_eq!(of_page(200, &page(SCRIPT), SCRIPT), Ok(Version::Same));
        assert_eq!(of_page(200, &page("/pkg/latchkey.def.js"), SCRIPT), Ok(Version::Newer));
        // A network with a login page sends that page, redirects (the status is then 0), or rejects the request.
        for status in [200, 0, 401, 403, 404, 429, 511] {
            assert_eq!(of_page(status, "Log in to the network", SCRIPT), Err(ApiError::NotUnderstood), "{status}");
        }
        assert_eq!(of_page(503, "", SCRIPT), Err(ApiError::Unavailable { retry_after: 1 }));
    }
}
