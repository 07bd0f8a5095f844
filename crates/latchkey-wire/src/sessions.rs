//! The list of the signed-in user's sessions.

use serde::{Deserialize, Serialize};

/// One sign-in on one device, as its owner sees it in a list. Times are RFC 3339 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListedSession {
    /// The `sid` of its access tokens; `POST /api/sessions/revoke` takes it.
    pub id: String,
    /// Whether this is the session that asks.
    pub current: bool,
    /// The device that signed in.
    pub device: Device,
    /// The address that the user signed in from.
    pub ip: Option<String>,
    /// Whether the user had not signed in from that network in the 90 days before.
    #[serde(default)]
    pub new_network: bool,
    /// The same for the kind of device: browser and system.
    #[serde(default)]
    pub new_device: bool,
    /// When the user signed in.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// When it was last used, to the minute.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub last_seen_at: String,
    /// When the session ends if it is not refreshed before.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub idle_expires_at: String,
    /// When the session ends whatever happens.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub absolute_expires_at: String,
    /// "Keep me signed in".
    pub remember: bool,
    /// What refreshed it last; `null` for a session from before this was recorded, until its next refresh.
    pub last_used_from: Option<LastUse>,
}

/// The client that a session was last refreshed by, compared with the one that signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LastUse {
    /// The address that it was refreshed from.
    pub ip: Option<String>,
    /// The device that refreshed it.
    pub device: Device,
    /// Whether its network (an IPv4 address, or the /64 of an IPv6 address) is another than that of the sign-in.
    pub network_differs: bool,
    /// Whether its user agent is another than that of the sign-in. Browsers change theirs with each update.
    pub user_agent_differs: bool,
}

/// What the user agent claims to be. It can claim anything, so this is for recognition only, not for decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// Its kind.
    pub kind: DeviceKind,
    /// The browser's name, such as `Firefox`.
    pub browser: Option<String>,
    /// The operating system, such as `Windows 10`.
    pub system: Option<String>,
}

/// The kind of device, for an icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A desktop or a laptop.
    Computer,
    /// A mobile phone.
    Phone,
    /// A tablet.
    Tablet,
    /// A program, or something that did not say.
    #[default]
    #[serde(other)]
    Other,
}

/// How many sessions were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revoked {
    /// Live sessions that the request has ended.
    pub revoked: usize,
}
