//! History: readers, which tell what happened and whether it is true, and never write.
//!
//! [`replay`] rebuilds a show from its ledger, as it is or as it was, and compares it with the tables.

pub mod replay;
