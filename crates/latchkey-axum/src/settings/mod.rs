//! What the HTTP layer goes by, parsed.

mod contact;
mod host_name;
mod hosts;
mod introspection;
mod origins;
mod proxies;

pub use contact::SecurityContact;
pub use host_name::HostName;
pub use hosts::AllowedHosts;
pub use introspection::IntrospectionClient;
pub use origins::{AllowedOrigins, plain_origin, shown};
pub use proxies::TrustedProxies;

/// The settings of the HTTP layer.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// An origin: scheme, host and port, without a slash at the end.
    pub public_url: String,
    /// The host in it.
    pub public_host: Option<HostName>,
    /// Nothing but the listen address says what it is.
    pub public_url_follows_addr: bool,
    /// Other names of this server.
    pub allowed_hosts: AllowedHosts,
    /// Whose pages may use this server, apart from its own.
    pub allowed_origins: AllowedOrigins,
    pub trusted_proxies: TrustedProxies,
    /// Whether failed authentications are counted.
    pub throttle: bool,
    /// Who may ask what a token is worth; `None` switches introspection off.
    pub introspection_client: Option<IntrospectionClient>,
    /// Contact for vulnerability reports.
    pub security_contact: Option<SecurityContact>,
}

impl HttpSettings {
    /// `iss` and `aud` of access tokens.
    pub fn issuer(&self) -> &str {
        &self.public_url
    }

    /// Whether users reach the server by https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// Whether users reach it from this machine alone.
    pub fn is_local(&self) -> bool {
        self.public_host.as_ref().is_some_and(HostName::is_loopback)
    }
}
