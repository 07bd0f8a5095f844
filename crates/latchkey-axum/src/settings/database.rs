//! The location of the database.

use std::path::{Path, PathBuf};
use url::Url;

/// A SQLite file, or the URL of a PostgreSQL database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseAddress {
    /// The path of the file.
    Sqlite(PathBuf),
    /// `postgres://…`, which may contain a password.
    Postgres(String),
}

impl DatabaseAddress {
    /// The SQLite file in a data folder.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self::Sqlite(data_dir.join("latchkey.db"))
    }

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
