//! The pages, one file for each route.

pub mod account;
pub mod customers;
pub mod home;
pub mod login;
pub mod not_found;
pub mod register;
