//! The files that the pages load: embedded in the binary, or in the folder where cargo-leptos has built them.

use crate::brand::OUTPUT_NAME;
use crate::config::Settings;
use crate::shell::PageFiles;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// The location of the files. With the feature `embed`, the binary contains them. Without it, each request reads the
/// folder, so that a developer sees the latest build.
#[derive(Clone, Debug)]
pub enum SiteFiles {
    #[cfg(feature = "embed")]
    Embedded(PageFiles),
    Folder(PathBuf),
}

impl SiteFiles {
    #[cfg(feature = "embed")]
    pub fn new(_: &Settings) -> Self {
        Self::Embedded(find_page_files(OUTPUT_NAME, super::embedded::built_files()))
    }

    #[cfg(not(feature = "embed"))]
    pub fn new(settings: &Settings) -> Self {
        Self::Folder(settings.site_root.clone())
    }

    /// The folder, if it does not exist.
    pub fn missing(&self) -> Option<PathBuf> {
        match self {
            #[cfg(feature = "embed")]
            Self::Embedded(_) => None,
            Self::Folder(root) => (!root.join("pkg").is_dir()).then(|| root.clone()),
        }
    }

    /// The paths of the files that every page loads.
    pub fn page_files(&self) -> PageFiles {
        match self {
            #[cfg(feature = "embed")]
            Self::Embedded(files) => files.clone(),
            Self::Folder(root) => find_page_files(OUTPUT_NAME, oldest_first(root.join("pkg"))),
        }
    }

    /// Returns the file of the request's path, or 404.
    pub async fn answer(&self, request: Request) -> Response {
        // File systems do not support longer names, and return an error other than "not found" for them.
        if request.uri().path().split('/').any(|name| name.len() > 255) {
            return StatusCode::NOT_FOUND.into_response();
        }
        match self {
            #[cfg(feature = "embed")]
            Self::Embedded(_) => super::embedded::answer(&request),
            Self::Folder(root) => {
                let files =
                    ServeDir::new(root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
                match files.oneshot(request).await {
                    Ok(response) => response.map(Body::new),
                    Err(never) => match never {},
                }
            }
        }
    }
}

fn oldest_first(folder: PathBuf) -> impl Iterator<Item = String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let changed =
        |file: &fs::DirEntry| file.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut files: Vec<_> = files.map(|file| (changed(&file), file.file_name())).collect();
    files.sort();
    files.into_iter().filter_map(|(_, name)| name.into_string().ok())
}

/// Finds the three files among all built ones by their names, such as `NAME.css` or `NAME.HASH.css`. A developer's
/// folder contains several builds; the last matching name in the list is used.
fn find_page_files(output_name: &str, names: impl Iterator<Item = String>) -> PageFiles {
    let mut files = PageFiles::named(output_name);
    for name in names {
        let Some((stem, ending)) = name.rsplit_once('.') else { continue };
        // A name with one more dot has a hash. A name with two more is a TypeScript definition: `NAME.d.HASH.ts`.
        let hash = stem.strip_prefix(output_name);
        if !hash.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && rest.matches('.').count() == 1) {
            continue;
        }
        let path = match ending {
            "css" => &mut files.style,
            "js" => &mut files.script,
            "wasm" => &mut files.program,
            _ => continue,
        };
        *path = format!("/pkg/{name}");
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> [String; 3] {
        let PageFiles { style, script, program } =
            find_page_files("latchkey", names.iter().map(|name| (*name).to_owned()));
        [style, script, program]
    }

    #[test]
    fn page_files_with_and_without_hash_are_found() {
        let plain = ["latchkey.css", "latchkey.js", "latchkey.wasm", "latchkey.d.ts"];
        assert_eq!(found(&plain), ["/pkg/latchkey.css", "/pkg/latchkey.js", "/pkg/latchkey.wasm"]);
        let hashed = [
            "latchkey.old.css",
            "latchkey.a-b.css",
            "latchkey.a-b.css.br",
            "latchkey.c_d.js",
            "latchkey.d.c_d.ts",
            "latchkey.e.wasm",
            "latchkey_bg.wasm.d.f.ts",
            "latchkeys.i.css",
            "split_account.g.wasm",
            "__wasm_split.h.js",
        ];
        assert_eq!(found(&hashed), ["/pkg/latchkey.a-b.css", "/pkg/latchkey.c_d.js", "/pkg/latchkey.e.wasm"]);
    }

    #[test]
    fn output_name_is_the_one_that_cargo_leptos_builds_with() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.lines().any(|line| line == format!("output-name = {OUTPUT_NAME:?}")), "{OUTPUT_NAME}");
        assert!(!OUTPUT_NAME.is_empty());
    }

    #[test]
    fn missing_page_files_get_their_default_names() {
        assert_eq!(found(&[]), ["/pkg/latchkey.css", "/pkg/latchkey.js", "/pkg/latchkey.wasm"]);
    }
}
