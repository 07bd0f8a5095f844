//! The application's own server functions; `latchkey-leptos` has Latchkey's.

pub mod customers;
