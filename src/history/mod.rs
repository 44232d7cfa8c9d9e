//! History: readers, which tell what happened and whether it is true, and never write.
//!
//! [`audit`] checks every invariant of the sale in one snapshot and names the rows that break one.

pub mod audit;
