//! Pieces of views that pages share.

pub mod advice;
pub mod announce;
pub mod complaint;
pub mod confirm;
pub mod error_alert;
pub mod facts;
pub mod failed;
pub mod field;
pub mod footer;
pub mod form;
pub mod guard;
pub mod header;
pub mod icons;
pub mod input;
pub mod later;
pub mod loaded;
pub mod moment;
pub mod notices;
pub mod place;
pub mod remember;
pub mod submit;
