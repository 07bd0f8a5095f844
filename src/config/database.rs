//! The location of the database.

use std::path::{Path, PathBuf};
use url::Url;

/// A SQLite file, or the URL of a PostgreSQL database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseAddress {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseAddress {
    /// The URL for sqlx; `None` if the path cannot be converted to one. With `mode=rw`, SQLite does not create the
    /// file.
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

    /// The path of a SQLite file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}
