//! The guard, the forms, and their parts.

pub mod advice;
pub mod announce;
pub mod complaint;
pub mod entry;
pub mod error_alert;
pub mod failed;
pub mod field;
pub mod form;
pub mod guard;
pub mod input;
pub mod login_form;
pub mod place;
pub mod register_form;
pub mod remember;
pub mod submit;
