//! The application's own server functions; Latchkey's are in `latchkey-leptos`.

pub mod customers;
