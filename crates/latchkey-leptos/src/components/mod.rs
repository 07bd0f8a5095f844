//! The guard, the forms, and their parts.

pub mod advice;
pub mod after_sign_in;
pub mod announce;
pub mod dynamic;
pub mod error_alert;
pub mod field;
pub mod form;
pub mod form_errors;
pub mod guard;
pub mod head;
pub mod input;
pub mod load_error;
pub mod login_form;
pub mod login_page;
pub mod register_form;
pub mod register_page;
pub mod remember;
pub mod session_provider;
pub mod submit;
