//! The torture: everything is killed while many book, and what the clients were told is held against what they are told
//! later.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[allow(dead_code)] // what the run itself will call
mod history;
#[allow(dead_code)] // as above
mod journal;
