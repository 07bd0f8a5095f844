//! The settings of the HTTP layer, with their parsers.

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
pub use origins::{AllowedOrigins, normalize_origin, redact_url};
pub use proxies::TrustedProxies;

/// The settings of the HTTP layer.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// An origin: scheme, host and port, without a slash at the end.
    pub public_url: String,
    /// The host of the public URL.
    pub public_host: Option<HostName>,
    /// The public URL is not set, and derived from the listen address.
    pub public_url_follows_addr: bool,
    /// Other names of this server.
    pub allowed_hosts: AllowedHosts,
    /// Other origins whose pages may use this server.
    pub allowed_origins: AllowedOrigins,
    pub trusted_proxies: TrustedProxies,
    /// Whether failed authentications are throttled.
    pub throttle: bool,
    /// The client that may introspect tokens; `None` disables introspection.
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

    /// Whether the public URL is a loopback address.
    pub fn is_local(&self) -> bool {
        self.public_host.as_ref().is_some_and(HostName::is_loopback)
    }
}
