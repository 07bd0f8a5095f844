//! The HTTP contract between Latchkey's server and its clients: the data of requests and responses, and [`ApiError`],
//! the error type of every call.
//!
//! Field names are camelCase in JSON, and unknown fields are ignored, so a newer client can use an older server.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod account;
mod auth;
mod brand;
#[cfg(feature = "server-fn")]
pub mod codec;
mod entered_fields;
mod error;
mod event_kind;
mod field_errors;
mod field_values;
#[cfg(feature = "axum")]
mod handler;
pub mod json;
mod map_key;
mod reason;
mod requests;
pub mod secret;
mod sessions;
mod token;
mod user_field;

pub use account::{Event, EventPage, Me, SessionInfo, User};
pub use auth::{PasswordAdvice, REMEMBER_BY_DEFAULT};
pub use brand::{Brand, REFRESH_TOKEN_PREFIX};
pub use entered_fields::EnteredFields;
pub use error::{ApiError, Problem, ReadProblem};
pub use event_kind::EventKind;
pub use field_errors::FieldErrors;
pub use field_values::FieldValues;
pub use reason::{EndReason, TokenError};
pub use requests::{
    ChangePasswordRequest, DeleteAccountRequest, LoginRequest, NoInput, PasswordAdviceRequest, RefreshRequest,
    RegisterRequest, RevokeRequest, RevokeSessionRequest, SecurityLogQuery,
};
pub use secret::{AccessToken, AnyToken, ClientSecret, PlainPassword, RefreshToken, Sent};
pub use sessions::{Device, DeviceKind, LastUse, ListedSession, Revoked};
pub use token::{TOKEN_TYPE, Tokens};
pub use user_field::UserField;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
