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
/// If the server does not answer, or has something else to say.
pub async fn version_on_server() -> Result<Version, ApiError> {
    let script = document().query_selector("link[rel=modulepreload]").ok().flatten();
    let address = script.and_then(|script| script.get_attribute("href")).ok_or(ApiError::Internal)?;
    match head(&address).await {
        Ok(_) => Ok(Version::Same),
        Err(ApiError::NotUnderstood) => Ok(Version::Newer),
        Err(error) => Err(error),
    }
}
