//! Pieces of views that pages share.

pub mod error_alert;
pub mod field;
pub mod header;
pub mod notices;
pub mod remember;
pub mod submit;
