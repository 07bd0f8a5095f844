//! The user's own account: names, session, security log.

use crate::event_kind::EventKind;
use crate::field_values::FieldValues;
use crate::sessions::Device;
use serde::{Deserialize, Serialize};

/// A person who can log in, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Stays the same if the names change: up to 64 ASCII letters, digits, `-` and `_`.
    pub id: String,
    /// As it was typed at registration; two spellings of one canonical name are one account.
    pub username: String,
    /// The name that people are shown, up to 100 characters.
    pub display_name: String,
    /// The names of the roles, such as `Manager`.
    pub roles: Vec<String>,
    /// The fields that the application has defined, by name, but for those that are empty. Absent if all are.
    #[serde(default, skip_serializing_if = "FieldValues::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false, value_type = std::collections::HashMap<String, String>))]
    pub fields: FieldValues,
}

impl User {
    /// Whether this role is one of theirs. In a browser it decides only what to show: the server checks each request.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }
}

/// One sign-in on one device. Times are RFC 3339 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Session))]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// The `sid` of its access tokens.
    pub id: String,
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
    /// How many times the refresh token has been rotated.
    pub generation: u32,
    /// "Keep me signed in".
    pub remember: bool,
}

/// The answer of `me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The user who sent the request.
    pub user: User,
    /// The session that the access token belongs to.
    pub session: SessionInfo,
}

/// One line of the security log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Differs from the ids of all other lines.
    pub id: String,
    /// `account_created`, `signed_in`, `sign_in_failed`, `signed_out`, `session_revoked`, `replay_detected`,
    /// `token_presented_elsewhere`, `token_retried_elsewhere`, `password_changed`, `password_set_by_admin`,
    /// `roles_set_by_admin`, `disabled_by_admin` or `enabled_by_admin`; later versions may know more.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: EventKind,
    /// RFC 3339 UTC.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
    /// The session that it happened to.
    pub session_id: Option<String>,
    /// Why a session was revoked: an [`EndReason`](crate::EndReason).
    pub reason: Option<String>,
    /// The device that did it.
    pub device: Device,
    /// The IP address; `null` for an administrator's actions at the command line.
    pub ip: Option<String>,
    /// Of a sign-in: whether the user had not signed in from that network in the 90 days before.
    #[serde(default)]
    pub new_network: bool,
    /// The same for the kind of device: browser and system.
    #[serde(default)]
    pub new_device: bool,
}

/// A page of the security log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventPage {
    /// Newest first.
    pub events: Vec<Event>,
    /// What to send as `before` for the next page; nothing on the last one.
    pub next: Option<String>,
}
