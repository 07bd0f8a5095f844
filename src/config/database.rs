//! The address of the database.

use std::path::{Path, PathBuf};
use url::Url;

/// Where the rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseAddress {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseAddress {
    /// The address for sqlx; `None` for a path that cannot be written as one. A SQLite file must be there already.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Postgres(url) => Some(url.clone()),
            Self::Sqlite(path) => {
                let path = std::path::absolute(path).ok()?;
                let file = Url::from_file_path(path).ok()?;
                Some(format!("sqlite://{}?mode=rw", file.path()))
            }
        }
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}
