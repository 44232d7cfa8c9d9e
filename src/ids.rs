//! Identifiers as types of their own, so that a seat never travels where a show is meant.

use diesel_derive_newtype::DieselNewType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DieselNewType)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    MovieId(i64);
    CityId(i64);
    CinemaId(i64);
    ScreenId(i64);
    LayoutId(i64);
    /// A seat of a layout. Its order is the canonical lock order.
    SeatId(i64);
    ShowId(i64);
    BookingId(i64);
    /// Also the gateway's idempotency key and client reference.
    PaymentId(Uuid);
    /// With the attempt, the gateway's idempotency key.
    RefundId(Uuid);
    /// Of what needs a person.
    CaseId(i64);
    TicketId(Uuid);
    PersonId(i64);
    /// A browser, known by its signed cookie; nobody's name.
    VisitorId(Uuid);
    /// One rendering of a seat map form; a form sent twice carries the same key.
    FormKey(Uuid);
    RequestId(Uuid);
}
