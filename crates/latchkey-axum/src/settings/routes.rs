//! The routes that an application can leave out.

/// A group of routes that an application can leave out. The routes of the groups in
/// [`HttpSettings::without`](super::HttpSettings::without) answer 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteGroup {
    /// `POST /api/auth/register`. Without it, only the command line and the application's own code create accounts.
    Registration,
    /// `POST /api/account/delete`.
    AccountDeletion,
    /// The three routes under `/oauth`.
    OAuth,
    /// `/healthz` and `/readyz`.
    Health,
    /// `/.well-known/change-password` and `/.well-known/security.txt`.
    Site,
}
