//! The check `production`: settings that are unsafe on a public server.

use super::check::{Check, Verdict};
use crate::config::Settings;
use crate::roles;
use latchkey_core::identity::Role;
use std::time::Duration;

const MANAGER: Role = Role::new(roles::MANAGER);

/// A longer lifetime of access tokens is a warning: a service that verifies them itself accepts one until it expires,
/// even after its session has ended.
const LONG: Duration = Duration::from_secs(60 * 60);

/// A warning for each unsafe setting, or one check that says that all settings are safe.
pub fn check(settings: &Settings) -> Vec<Check> {
    let concerns = concerns(settings);
    if concerns.is_empty() {
        return vec![Check::new("production", Verdict::Ok, "the settings are suitable for a public server")];
    }
    concerns.into_iter().map(|text| Check::new("production", Verdict::Warning, text)).collect()
}

fn concerns(settings: &Settings) -> Vec<String> {
    let https = settings.server.http.is_https();
    let metrics = settings.server.metrics_addr.filter(|addr| !addr.ip().is_loopback());
    let plain = settings.server.http.allowed_origins.iter().filter(|origin| origin.starts_with("http:"));
    let concerns = [
        settings.demo.then(|| {
            "LATCHKEY_DEMO is on: the password of johndoe is public. Set it to off; that removes the account".to_owned()
        }),
        (!https).then(|| {
            format!(
                "LATCHKEY_PUBLIC_URL is {}, plain http: for clients on other machines, put a TLS proxy in front and set \
                 the https address",
                settings.server.http.public_url
            )
        }),
        (https && settings.server.http.trusted_proxies.is_empty()).then(|| {
            "LATCHKEY_TRUSTED_PROXIES is empty: behind a TLS proxy all clients seem to have its address, and are \
             throttled together. Add the proxy"
                .to_owned()
        }),
        settings.server.http.trusted_proxies.trusts_all().then(|| {
            "LATCHKEY_TRUSTED_PROXIES trusts every address: a client that sends X-Forwarded-For chooses its address in \
             the log and for the throttle. Set it to the proxy's address only"
                .to_owned()
        }),
        (!settings.server.http.throttle).then(|| {
            "LATCHKEY_THROTTLE is off: passwords can be guessed as fast as the machine allows. Set it to on".to_owned()
        }),
        (settings.server.registration_open && settings.server.default_roles.contains(&MANAGER)).then(|| {
            "a user who registers gets the role Manager and sees the customers. Set LATCHKEY_DEFAULT_ROLES to less, or \
             LATCHKEY_REGISTRATION to closed"
                .to_owned()
        }),
        (settings.server.lifetimes.access_token_ttl > LONG).then(|| {
            "LATCHKEY_ACCESS_TOKEN_TTL is more than an hour: services that verify access tokens themselves accept one \
             that long after its session has ended. Set it to minutes"
                .to_owned()
        }),
        metrics.map(|addr| {
            format!("LATCHKEY_METRICS_ADDR is {addr}, which other machines can reach: let the firewall allow only Prometheus")
        }),
    ];
    let origins = plain.map(|origin| {
        format!("LATCHKEY_ALLOWED_ORIGINS has {origin}, plain http: an attacker on the network can change its pages")
    });
    concerns.into_iter().flatten().chain(origins).collect()
}
