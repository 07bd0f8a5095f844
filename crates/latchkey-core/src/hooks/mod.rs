//! Extension points: async functions of the application that the services call.
//!
//! | hook | called | result |
//! | --- | --- | --- |
//! | [`before_register`](Hooks::before_register) | before an account is created | may refuse it, with a message for each field |
//! | [`claims`](Hooks::claims) | before an access token is issued | members that are added to the token |
//! | [`after_sign_in`](Hooks::after_sign_in) | after the commit of a registration or a login | none |
//!
//! No hook is called while a transaction of Latchkey is open, so a hook may write to the same database. Each has
//! [`TIMEOUT`] to finish.
//!
//! A hook that captures nothing can be an async closure. One that captures a handle, such as a connection pool, clones
//! it for each call:
//!
//! ```
//! use latchkey_core::hooks::{FieldErrors, Hooks, Registration};
//! # #[derive(Clone)]
//! # struct Plans;
//! # impl Plans {
//! #     async fn of(&self, _user_id: &str) -> Result<String, std::io::Error> { Ok("pro".to_owned()) }
//! # }
//! # let plans = Plans;
//! use serde_json::json;
//!
//! let hooks = Hooks::default()
//!     .before_register(async |new: Registration| match new.username.as_str() {
//!         "admin" => Err(FieldErrors::of("username", "Choose another name.")),
//!         _ => Ok(()),
//!     })
//!     .claims(move |user| {
//!         let plans = plans.clone();
//!         async move {
//!             let plan = plans.of(user.id.as_str()).await?;
//!             Ok::<_, std::io::Error>(json!({ "plan": plan }))
//!         }
//!     })
//!     .after_sign_in(async |sign_in| println!("{} signed in", sign_in.user.username));
//! # assert_eq!(format!("{hooks:?}"), "Hooks { before_register: true, claims: true, after_sign_in: true }");
//! ```

mod call;
mod claims;

pub use call::{HookError, TIMEOUT};
pub use claims::{ClaimsError, ExtraClaims, IntoClaims, LARGEST_CLAIMS, RESERVED_CLAIMS, RESERVED_PREFIX};
pub use latchkey_wire::FieldErrors;

use crate::client_info::ClientInfo;
use crate::identity::User;
use crate::ids::SessionId;
use call::{Hook, call};
use claims::Returned;
use latchkey_wire::FieldValues;
use std::fmt;
use std::sync::Arc;
use tracing::Instrument as _;

/// The hooks of an application; by default none. Setting a hook again replaces it.
#[derive(Clone, Default)]
#[must_use]
pub struct Hooks {
    before_register: Option<Hook<Registration, Result<(), FieldErrors>>>,
    claims: Option<Hook<User, Returned>>,
    after_sign_in: Option<Hook<SignIn, ()>>,
}

/// A registration that satisfies Latchkey's rules. The account does not exist yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Registration {
    /// The username as it was typed. It is free at this moment.
    pub username: String,
    /// The name that will be shown.
    pub display_name: String,
    /// The texts of the fields that the application has declared.
    pub fields: FieldValues,
    /// The client that sent it.
    pub client: ClientInfo,
}

/// A sign-in that is committed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignIn {
    /// The user who signed in.
    pub user: User,
    /// The new session.
    pub session_id: SessionId,
    /// Whether the account is new.
    pub kind: SignInKind,
    /// The client that signed in.
    pub client: ClientInfo,
}

/// How a user signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInKind {
    /// By creating the account.
    Registration,
    /// With username and password.
    Login,
}

/// Why `before_register` does not allow a registration.
#[derive(Debug)]
pub(crate) enum NotAllowed {
    /// The hook has refused it.
    Refused(FieldErrors),
    /// The hook timed out or panicked.
    Failed(HookError),
}

impl Hooks {
    /// Calls `hook` for each registration that satisfies Latchkey's rules and was counted for throttling, before the
    /// account is created. It never gets the password. If it returns [`FieldErrors`], the client gets them as
    /// `validation_failed`, and no account is created.
    ///
    /// Accounts that an administrator creates at the command line do not pass this hook. If it takes longer than
    /// [`TIMEOUT`], the registration fails with `unavailable`.
    ///
    /// ```
    /// # use latchkey_core::hooks::{FieldErrors, Hooks, Registration};
    /// let hooks = Hooks::default().before_register(async |new: Registration| match new.client.ip.as_deref() {
    ///     Some("192.0.2.66") => Err(FieldErrors::of("username", "Registration is not possible from here.")),
    ///     _ => Ok(()),
    /// });
    /// ```
    pub fn before_register<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(Registration) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), FieldErrors>> + Send + 'static,
    {
        self.before_register = Some(Arc::new(move |registration| Box::pin(hook(registration))));
        self
    }

    /// Calls `hook` before each access token is issued: at registration, login, refresh and password change. The members
    /// of the JSON object that it returns are added to the claims of the token; `json!({…})`, a
    /// [`Map`](serde_json::Map), and a `Result` of either are accepted.
    ///
    /// - The names in [`RESERVED_CLAIMS`], and those that begin with [`RESERVED_PREFIX`], are reserved. As JSON, the
    ///   object has at most [`LARGEST_CLAIMS`] bytes, so that the token stays below the limit of the verifier.
    /// - An object that breaks these rules, and an error or a panic of the hook, fail the request with `internal` before
    ///   anything has changed; the log says why. After a failed refresh, the client is still signed in and tries again. A hook
    ///   that takes longer than [`TIMEOUT`] fails the request with `unavailable`.
    /// - At a registration, the account is not in the database yet. The id of the user is final.
    /// - A token keeps its claims until it expires. If a change must take effect at once, check it at each request
    ///   instead, as the server does with roles.
    ///
    /// ```
    /// # use latchkey_core::hooks::Hooks;
    /// # use serde_json::json;
    /// let hooks = Hooks::default().claims(async |user| json!({ "greeting": format!("Hello, {}!", user.display_name) }));
    /// ```
    pub fn claims<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(User) -> R + Send + Sync + 'static,
        R: Future<Output: IntoClaims> + Send + 'static,
    {
        self.claims = Some(Arc::new(move |user| {
            let claims = hook(user);
            Box::pin(async move { claims.await.into_claims() })
        }));
        self
    }

    /// Calls `hook` after the commit of a registration or a login. It cannot fail the sign-in: a panic is logged. It
    /// runs to its end even if the client disconnects. The client gets its tokens when the hook has finished, or after
    /// [`TIMEOUT`], while the hook continues.
    ///
    /// The server may be killed between the commit and the end of the hook, so repeat at the next sign-in whatever must
    /// not be lost.
    ///
    /// ```
    /// # use latchkey_core::hooks::{Hooks, SignInKind};
    /// let hooks = Hooks::default().after_sign_in(async |sign_in| {
    ///     if sign_in.kind == SignInKind::Registration {
    ///         println!("welcome, {}", sign_in.user.username);
    ///     }
    /// });
    /// ```
    pub fn after_sign_in<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(SignIn) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.after_sign_in = Some(Arc::new(move |sign_in| Box::pin(hook(sign_in))));
        self
    }

    /// Calls `before_register`, if it is set.
    pub(crate) async fn allow(&self, registration: impl FnOnce() -> Registration) -> Result<(), NotAllowed> {
        let Some(hook) = &self.before_register else { return Ok(()) };
        let allowed = call("before_register", hook, registration()).await.map_err(NotAllowed::Failed)?;
        allowed.map_err(NotAllowed::Refused)
    }

    /// The claims for an access token of this user.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub(crate) async fn extra_claims(&self, user: &User) -> Result<ExtraClaims, ClaimsError> {
        let Some(hook) = &self.claims else { return Ok(ExtraClaims::default()) };
        ExtraClaims::new(call("claims", hook, user.clone()).await??)
    }

    /// Calls `after_sign_in`, if it is set.
    pub(crate) async fn report(&self, sign_in: impl FnOnce() -> SignIn) {
        let Some(hook) = &self.after_sign_in else { return };
        let (hook, sign_in) = (hook.clone(), sign_in());
        // The hook runs in its own task, which continues after the timeout.
        let running = tokio::spawn(async move { hook(sign_in).await }.in_current_span());
        match tokio::time::timeout(TIMEOUT, running).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!("{}", HookError::Panicked { hook: "after_sign_in" }),
            Err(_) => tracing::error!("{}; it continues", HookError::Timeout { hook: "after_sign_in" }),
        }
    }
}

/// Shows which hooks are set.
impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("before_register", &self.before_register.is_some())
            .field("claims", &self.claims.is_some())
            .field("after_sign_in", &self.after_sign_in.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Roles;
    use crate::ids::UserId;
    use serde_json::Value;
    use std::future::pending;
    use tokio::sync::oneshot;

    fn user() -> User {
        let id = UserId::parse("ada").unwrap();
        User {
            id,
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            roles: Roles::default(),
            fields: FieldValues::default(),
        }
    }

    fn registration() -> Registration {
        Registration {
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            fields: FieldValues::default(),
            client: ClientInfo::default(),
        }
    }

    fn sign_in() -> SignIn {
        let session_id = SessionId::from_bytes([1; 16]);
        SignIn { user: user(), session_id, kind: SignInKind::Login, client: ClientInfo::default() }
    }

    #[tokio::test]
    async fn default_hooks_allow_and_add_nothing() {
        let hooks = Hooks::default();
        assert!(hooks.allow(registration).await.is_ok());
        assert_eq!(hooks.extra_claims(&user()).await, Ok(ExtraClaims::default()));
        hooks.report(sign_in).await;
    }

    #[tokio::test(start_paused = true)]
    async fn hook_without_end_fails_after_the_timeout() {
        let hooks =
            Hooks::default().before_register(async |_| pending().await).claims(async |_| pending::<Value>().await);
        let timeout = |hook| HookError::Timeout { hook };
        assert!(
            matches!(hooks.allow(registration).await, Err(NotAllowed::Failed(error)) if error == timeout("before_register"))
        );
        assert_eq!(hooks.extra_claims(&user()).await, Err(timeout("claims").into()));
    }

    #[tokio::test(start_paused = true)]
    async fn after_sign_in_continues_after_the_timeout() {
        let (open, gate) = oneshot::channel::<()>();
        let (finished, mut end) = tokio::sync::mpsc::unbounded_channel();
        let gate = Arc::new(tokio::sync::Mutex::new(Some(gate)));
        let hooks = Hooks::default().after_sign_in(move |_| {
            let (gate, finished) = (gate.clone(), finished.clone());
            async move {
                gate.lock().await.take().unwrap().await.unwrap();
                finished.send(()).unwrap();
            }
        });
        hooks.report(sign_in).await;
        assert!(end.try_recv().is_err());
        open.send(()).unwrap();
        assert_eq!(end.recv().await, Some(()));
    }

    #[tokio::test]
    async fn panic_of_a_hook_is_an_error() {
        fn panics(_: User) -> std::future::Ready<Value> {
            panic!("before there is a future")
        }
        let panicked = HookError::Panicked { hook: "claims" };
        for hooks in [Hooks::default().claims(panics), Hooks::default().claims(async |_| -> Value { panic!("later") })]
        {
            assert_eq!(hooks.extra_claims(&user()).await, Err(panicked.into()));
        }
    }
}
