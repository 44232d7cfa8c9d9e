//! Staff: who they are, how they sign in, and what they did.

pub mod password;
pub mod person;
pub mod staff_log;
