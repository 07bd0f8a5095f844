//! Components that pages share.

pub mod confirm;
pub mod facts;
pub mod footer;
pub mod header;
pub mod icons;
pub mod lazy;
pub mod loaded;
pub mod moment;
pub mod notices;
