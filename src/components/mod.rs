//! Pieces of views that pages share.

pub mod advice;
pub mod complaint;
pub mod confirm;
pub mod error_alert;
pub mod failed;
pub mod field;
pub mod footer;
pub mod form;
pub mod header;
pub mod icons;
pub mod later;
pub mod moment;
pub mod notices;
pub mod remember;
pub mod submit;
