//! What is in an incident file: which rows of which table, and what becomes of each column.
//!
//! A column goes into the file only by being named here, and a test asks about every column of the schema, so that a new
//! one is decided about.

use super::reduce::Fate;

/// One table's part in the file.
pub struct Table {
    pub name: &'static str,
    /// Which rows: a condition with `$1`, the show, and `$2`, numbers that were found elsewhere.
    pub of_show: &'static str,
    /// Columns that go into the file as they are.
    pub kept: &'static str,
    /// Columns that do not, and what becomes of each.
    pub reduced: &'static [(&'static str, Fate)],
}

impl Table {
    /// The columns that the file has, as SQL lists them.
    pub fn columns(&self) -> String {
        let reduced = self.reduced.iter().filter(|(_, fate)| *fate != Fate::Never).map(|(column, _)| *column);
        self.kept.split_whitespace().chain(reduced).collect::<Vec<_>>().join(", ")
    }
}

/// A show may have seats of a layout that is not its own: that would be the incident.
const LAYOUTS: &str = "layout_id IN (SELECT layout_id FROM shows WHERE id = $1
                                     UNION SELECT layout_id FROM show_seats WHERE show_id = $1)";
const OF_BOOKINGS: &str = "booking_id IN (SELECT id FROM bookings WHERE show_id = $1)";

pub const TABLES: &[Table] = &[
    Table {
        name: "movies",
        of_show: "id IN (SELECT movie_id FROM shows WHERE id = $1)",
        kept: "id slug title year director running_minutes certificate languages genres synopsis",
        reduced: &[],
    },
    Table {
        name: "cities",
        of_show: "id IN (SELECT city_id FROM shows JOIN screens ON screens.id = screen_id
                         JOIN cinemas ON cinemas.id = cinema_id WHERE shows.id = $1)",
        kept: "id slug name",
        reduced: &[],
    },
    Table {
        name: "cinemas",
        of_show: "id IN (SELECT cinema_id FROM shows JOIN screens ON screens.id = screen_id WHERE shows.id = $1)",
        kept: "id slug name city_id address time_zone currency trailer_minutes interval_minutes cleaning_minutes",
        reduced: &[],
    },
    Table {
        name: "screens",
        of_show: "id IN (SELECT screen_id FROM shows WHERE id = $1
                         UNION SELECT screen_id FROM show_seats JOIN layouts ON layouts.id = layout_id WHERE show_id = $1)",
        kept: "id cinema_id name",
        reduced: &[],
    },
    Table {
        name: "layouts",
        of_show: "id IN (SELECT layout_id FROM shows WHERE id = $1
                         UNION SELECT layout_id FROM show_seats WHERE show_id = $1)",
        kept: "id screen_id version plan grid_rows grid_columns",
        reduced: &[],
    },
    Table { name: "zones", of_show: LAYOUTS, kept: "layout_id code name position", reduced: &[] },
    Table {
        name: "seats",
        of_show: LAYOUTS,
        kept: "id layout_id zone row_label number kind grid_row grid_column width segment",
        reduced: &[],
    },
    Table {
        name: "shows",
        of_show: "id = $1",
        kept: "id movie_id screen_id layout_id language subtitles format starts_at ends_at free_at sale_ends_at currency \
               status version",
        reduced: &[],
    },
    Table {
        name: "show_prices",
        of_show: "show_id = $1",
        kept: "show_id layout_id zone adult_price child_price senior_price",
        reduced: &[],
    },
    Table {
        name: "bookings",
        of_show: "show_id = $1",
        // A reference identifies only, and is what people write in a report.
        kept: "id reference show_id status created_at pay_by lock_expires_at currency fee_per_ticket fee_tax_per_ticket \
               amount confirmed_at cancelled_at paid_by version refund_policy",
        reduced: &[
            ("visitor_id", Fate::Visitor),
            ("form_key", Fate::FormKey),
            ("contact_name", Fate::Name),
            ("contact_email", Fate::Mail),
            ("contact_phone", Fate::Phone),
        ],
    },
    Table {
        name: "payments",
        of_show: OF_BOOKINGS,
        kept: "id booking_id method status amount currency started_at succeeded_at captured_amount captured_currency \
               outcome version",
        reduced: &[
            ("create_params", Fate::Detail),
            ("session_id", Fate::AtGateway),
            // It opens the customer's payment page.
            ("session_url", Fate::Never),
            ("payment_intent_id", Fate::AtGateway),
        ],
    },
    Table {
        name: "show_seats",
        of_show: "show_id = $1",
        kept: "show_id seat_id layout_id status booking_id locked_at lock_expires_at version",
        reduced: &[("block_reason", Fate::Words)],
    },
    Table {
        name: "booking_seats",
        of_show: "show_id = $1",
        kept: "booking_id show_id seat_id price_type adult_price child_price senior_price released_at",
        // Generated from the others.
        reduced: &[("price", Fate::Never)],
    },
    Table {
        name: "refunds",
        of_show: OF_BOOKINGS,
        kept: "id payment_id booking_id cause status amount currency attempt requested_at ended_at next_try_at version",
        reduced: &[("gateway_id", Fate::AtGateway), ("failure", Fate::Code)],
    },
    Table {
        name: "tickets",
        of_show: "show_id = $1",
        // The code on a ticket is a signature over its id, by a key that is in no database.
        kept: "id booking_id show_id seat_id status issued_at voided_at version",
        reduced: &[],
    },
    Table {
        name: "gateway_events",
        // One that was not processed yet has no payment: it is known by what it tells.
        of_show: "payment_id IN (SELECT p.id FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id WHERE b.show_id = $1)
                  OR processed_at IS NULL AND EXISTS (
                      SELECT FROM (
                          SELECT id, booking_id FROM payments UNION ALL SELECT id, booking_id FROM refunds
                      ) AS known JOIN bookings AS b ON b.id = known.booking_id
                      WHERE b.show_id = $1 AND strpos(body, known.id::text) > 0)",
        kept: "id kind received_at processed_at effect payment_id",
        reduced: &[("body", Fate::Event)],
    },
    Table {
        name: "cases",
        of_show: OF_BOOKINGS,
        kept: "id kind booking_id payment_id opened_at closed_at",
        reduced: &[
            ("detail", Fate::Detail),
            ("subject", Fate::AtGateway),
            ("closed_by", Fate::Actor),
            ("resolution", Fate::Words),
        ],
    },
    Table {
        name: "ledger",
        of_show: "id = ANY($2)",
        kept: "id xid at entity show_id seat_id booking_id payment_id refund_id ticket_id version from_status to_status \
               from_owner to_owner from_end to_end request_id cause",
        reduced: &[("actor", Fate::Actor), ("detail", Fate::Detail)],
    },
    Table {
        name: "staff_log",
        // What staff did to the show, or to its money in a request of which the ledger tells.
        of_show: "show_id = $1 OR show_id IS NULL AND request_id IN (SELECT request_id FROM ledger WHERE id = ANY($2))
                  OR show_id IS NULL AND detail -> 'case' IN (
                      SELECT to_jsonb(c.id) FROM cases AS c JOIN bookings AS b ON b.id = c.booking_id WHERE b.show_id = $1)",
        kept: "id at action show_id request_id",
        reduced: &[("person_id", Fate::Person), ("reason", Fate::Words), ("detail", Fate::Detail)],
    },
    PEOPLE,
];

/// Read last: those whom the other rows name.
pub const PEOPLE: Table = Table {
    name: "people",
    of_show: "id = ANY($2)",
    kept: "role created_at disabled_at",
    reduced: &[
        ("id", Fate::Person),
        ("email", Fate::PersonsMail),
        ("name", Fate::PersonsName),
        ("password_hash", Fate::Password),
        ("session_epoch", Fate::Never),
    ],
};
