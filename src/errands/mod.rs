//! Errands: what takes a transaction, a call to the gateway with none open, and another transaction.
//!
//! A call may take seconds and may have been carried out although no answer came, so every errand is safe to run again
//! from its beginning, and safe to be run by two at once. Pages run them for a customer who waits, `workers` for nobody.

pub mod deadlines;
pub mod events;
pub mod inbox;
pub mod reconcile;
pub mod refunds;
pub mod sessions;

use crate::db::{Failure, Stop};
use crate::payment::gateway::GatewayError;
use std::convert::Infallible;
use thiserror::Error;

/// Why an errand is not done. It may be run again.
#[derive(Debug, Error)]
pub enum NotDone {
    #[error(transparent)]
    Database(#[from] Failure),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl From<Stop<Infallible>> for NotDone {
    fn from(stop: Stop<Infallible>) -> Self {
        match stop {
            Stop::Refused(never) => match never {},
            Stop::Failed(failure) => Self::Database(failure),
        }
    }
}
