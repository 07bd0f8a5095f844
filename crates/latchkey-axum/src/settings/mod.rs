//! The settings of a server and of its HTTP layer, with their parsers.

mod contact;
mod database;
mod host_name;
mod hosts;
mod introspection;
mod origins;
mod policy;
mod prefix;
mod proxies;
mod retention;
mod routes;
mod server;
mod user_fields;

pub use contact::SecurityContact;
pub use database::DatabaseAddress;
pub use host_name::HostName;
pub use hosts::AllowedHosts;
pub use introspection::IntrospectionClient;
pub use origins::{AllowedOrigins, normalize_origin, redact_url};
pub use policy::PagePolicy;
pub use prefix::PathPrefix;
pub use proxies::TrustedProxies;
pub use retention::Retention;
pub use routes::RouteGroup;
pub use server::{MAX_ISSUER_LENGTH, Settings, SettingsFault, keyring_in};
pub use user_fields::UserFieldsFault;

pub use latchkey_wire::Brand;

use std::net::SocketAddr;

/// The settings of the HTTP layer.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// What the application is called.
    pub brand: Brand,
    /// An origin: scheme, host and port, without a slash at the end.
    pub public_url: String,
    /// The host of the public URL.
    pub public_host: Option<HostName>,
    /// Whether the public URL is derived from the listen address, because it is not set.
    pub public_url_follows_addr: bool,
    /// Other host names of this server.
    pub allowed_hosts: AllowedHosts,
    /// Other origins whose pages may use this server.
    pub allowed_origins: AllowedOrigins,
    /// Proxies whose `X-Forwarded-For` says which client a request is from. No others are believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether failed authentications are throttled.
    pub throttle: bool,
    /// The client that may introspect tokens; `None` disables introspection.
    pub introspection_client: Option<IntrospectionClient>,
    /// Contact for vulnerability reports.
    pub security_contact: Option<SecurityContact>,
    /// Where the application serves Latchkey's routes.
    pub prefix: PathPrefix,
    /// Latchkey's routes that the application does not serve.
    pub without: Vec<RouteGroup>,
    /// The page with the form for a new password, such as `/account#change-password`: `/.well-known/change-password`
    /// redirects to it. With `None`, that answers 404.
    pub account_page: Option<String>,
    /// The page for developers of clients, such as `/api/docs`: the path on this server, which is in the OAuth metadata as
    /// `service_documentation` (RFC 8414 §2). With `None`, the metadata leave it out.
    pub documentation_page: Option<String>,
    /// What pages may load beside the files of their own origin.
    pub page_policy: PagePolicy,
    /// The longest request body of the application's own routes, in bytes. Latchkey's have [their
    /// own](crate::body::MAX_BODY).
    pub longest_body: usize,
}

impl HttpSettings {
    /// The defaults for a server that listens on this address, without a public URL of its own.
    pub fn following(addr: SocketAddr) -> Self {
        let public_url = format!("http://{addr}");
        Self {
            brand: Brand::LATCHKEY,
            public_host: HostName::from_origin(&public_url),
            public_url,
            public_url_follows_addr: true,
            allowed_hosts: AllowedHosts::default(),
            allowed_origins: AllowedOrigins::default(),
            trusted_proxies: TrustedProxies::default(),
            throttle: true,
            introspection_client: None,
            security_contact: None,
            prefix: PathPrefix::default(),
            without: Vec::new(),
            account_page: None,
            documentation_page: None,
            page_policy: PagePolicy::default(),
            longest_body: crate::body::MAX_BODY,
        }
    }

    /// `iss` and `aud` of access tokens: the public URL and the prefix.
    pub fn issuer(&self) -> String {
        format!("{}{}", self.public_url, self.prefix)
    }

    /// Whether the application serves these routes.
    pub fn serves(&self, group: RouteGroup) -> bool {
        !self.without.contains(&group)
    }

    /// Whether users reach the server by https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// Whether the public URL is a loopback address.
    pub fn is_local(&self) -> bool {
        self.public_host.as_ref().is_some_and(HostName::is_loopback)
    }
}
