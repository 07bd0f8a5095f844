//! Accounts: registration, login, password changes and deletion, as methods of [`Accounts`]. Administrators
//! use [`AccountAdmin`] and [`AdminAccount`].

mod admin_account;
mod administer;
mod argon2id;
mod attempt;
mod attempt_queue;
mod change;
mod client_throttle;
mod count_key;
mod delete;
mod display_name;
mod error;
mod fair_queue;
mod find;
mod hasher;
mod joiners;
mod log_in;
mod password;
mod policy;
mod previous;
mod register;
mod service;
mod sign_in_limit;
mod throttle;
mod throttled;
mod user_fields;
mod username;

pub use admin_account::AdminAccount;
pub use administer::{AccountAdmin, SetPasswordError};
pub use change::{ChangePasswordError, ConfirmError, WRONG_PASSWORD};
pub use client_throttle::ClientThrottle;
pub use delete::DeleteAccountError;
pub use error::AttemptError;
pub use fair_queue::Requester;
pub use find::find_user;
pub use hasher::{Hasher, HashingError};
pub use log_in::LogInError;
pub use password::NormalizedPassword;
pub use policy::{ADD_WORDS, COMMON_PASSWORD};
pub use register::{NewAccount, NewAccountError, RegisterError};
pub use service::{AccountRules, Accounts};
pub use throttle::CountKind;
pub use throttled::{ThrottleEntry, clear_all_throttles, clear_network_throttles, list_throttled};
pub use username::{Username, UsernameFault};
