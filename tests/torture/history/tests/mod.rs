//! The checker is a test, so it is tested: with histories that are wrong in one way each, with histories that look wrong
//! and are not, and with those of a small server that makes mistakes when it is told to.

mod back_in_time;
mod crowd;
mod forms;
mod half_seen;
mod journal;
mod locks;
mod model;
mod mutations;
mod owners;
mod sales;
mod script;
mod server;
mod tricky;
