//! Routes that an application can leave out.

/// A group of Latchkey's routes. An application does not serve the groups in
/// [`HttpSettings::without`](super::HttpSettings::without); they answer 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteGroup {
    /// `POST /api/auth/register`. Only the command line and the application itself create accounts.
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
