//! Accounts: registration, login, password changes and deletion, as methods of [`Accounts`]. The command line uses
//! [`AccountAdmin`] and [`Person`].

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
mod find;
mod hash_queue;
mod hasher;
mod joiners;
mod log_in;
mod password;
mod person;
mod policy;
mod previous;
mod register;
mod service;
mod sign_in_limit;
mod throttle;
mod throttled;
mod user_fields;
mod username;

pub use administer::{AccountAdmin, SetPasswordError};
pub use change::{ChangePasswordError, ConfirmError, WRONG_PASSWORD};
pub use client_throttle::ClientThrottle;
pub use delete::DeleteAccountError;
pub use error::AttemptError;
pub use find::find_user;
pub use hash_queue::Requester;
pub use hasher::{Hasher, HashingError};
pub use log_in::LogInError;
pub use password::NormalizedPassword;
pub use person::Person;
pub use policy::{ADD_WORDS, USED_BY_MANY};
pub use register::{NewAccount, NewAccountError, RegisterError};
pub use service::{AccountRules, Accounts};
pub use throttle::CountKind;
pub use throttled::{ThrottleEntry, clear_all, clear_network, throttled};
pub use username::{Username, UsernameFault};
