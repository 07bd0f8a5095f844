//! The names of the measurements, as the report shows them.

/// The numbers of connections.
pub const CONNECTIONS: [usize; 3] = [1, 16, 64];

pub const REFRESH: &str = "refresh";
pub const READ: &str = "GET /api/me, each connection its own token";
pub const READ_MANY: &str = "GET /api/me, 5,000 tokens in turn";
pub const LOGIN: &str = "login";
pub const REVOKE: &str = "revoke";
pub const REFRESH_FLOOD: &str = "refresh, while 8 clients log in";
pub const SLOW_REFRESH: &str = "refresh, slow disk";
pub const BARE: &str = "bare Axum route";

pub const COMMITS: &str = "SQLite commits/s";
pub const SLOW_COMMITS: &str = "SQLite commits/s, slow disk";
pub const SIGNATURES: &str = "ES256 signatures/s";
pub const VERIFICATIONS: &str = "ES256 verifications/s";
pub const HASHES: &str = "argon2id hashes/s";

pub const START: &str = "start to first answer, ms";
pub const START_FULL: &str = "start to first answer with all the sessions of this run, ms";
pub const MEMORY_IDLE: &str = "resident memory idle, MiB";
pub const MEMORY_REFRESH: &str = "resident memory after refreshing at 1, 16 and 64 connections, MiB";
pub const MEMORY_REFRESH_PEAK: &str = "its peak until then, MiB";
pub const MEMORY_PEAK: &str = "its peak after everything, logins too, MiB";
pub const OTHERS: &str = "other processes meanwhile, % of one core: the figures hold if that is little";
