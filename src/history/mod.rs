//! History: readers, which tell what happened and whether it is true, and never write.
//!
//! [`timeline`] tells the story of a booking, a payment or a seat in plain words, and [`search`] finds whose. [`audit`]
//! checks every invariant of the sale in one snapshot and names the rows that break one. [`replay`] rebuilds a show from
//! its ledger, as it is or as it was, and compares it with the tables. [`incident`] writes one show's history as one file.

pub mod audit;
pub mod incident;
pub mod replay;
mod rows;
pub mod search;
pub mod timeline;
