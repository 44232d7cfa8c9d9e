// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "xid8", schema = "pg_catalog"))]
    pub struct Xid8;
}

diesel::table! {
    booking_seats (booking_id, seat_id) {
        booking_id -> Int8,
        show_id -> Int8,
        seat_id -> Int8,
        price_type -> Text,
        adult_price -> Int8,
        child_price -> Nullable<Int8>,
        senior_price -> Nullable<Int8>,
        price -> Int8,
        released_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    bookings (id) {
        id -> Int8,
        reference -> Text,
        show_id -> Int8,
        visitor_id -> Uuid,
        form_key -> Uuid,
        status -> Text,
        created_at -> Timestamptz,
        pay_by -> Timestamptz,
        lock_expires_at -> Timestamptz,
        currency -> Text,
        fee_per_ticket -> Int8,
        fee_tax_per_ticket -> Int8,
        amount -> Nullable<Int8>,
        contact_name -> Nullable<Text>,
        contact_email -> Nullable<Text>,
        contact_phone -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamptz>,
        cancelled_at -> Nullable<Timestamptz>,
        paid_by -> Nullable<Uuid>,
        version -> Int4,
        refund_policy -> Nullable<Jsonb>,
    }
}

diesel::table! {
    cases (id) {
        id -> Int8,
        kind -> Text,
        booking_id -> Nullable<Int8>,
        payment_id -> Nullable<Uuid>,
        opened_at -> Timestamptz,
        detail -> Jsonb,
        closed_at -> Nullable<Timestamptz>,
        subject -> Text,
        closed_by -> Nullable<Text>,
        resolution -> Nullable<Text>,
    }
}

diesel::table! {
    cinemas (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
        city_id -> Int8,
        address -> Text,
        time_zone -> Text,
        currency -> Text,
        trailer_minutes -> Int4,
        interval_minutes -> Int4,
        cleaning_minutes -> Int4,
    }
}

diesel::table! {
    cities (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
    }
}

diesel::table! {
    gateway_events (id) {
        id -> Text,
        kind -> Text,
        body -> Text,
        received_at -> Timestamptz,
        processed_at -> Nullable<Timestamptz>,
        effect -> Nullable<Text>,
        payment_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    layouts (id) {
        id -> Int8,
        screen_id -> Int8,
        version -> Int4,
        plan -> Text,
        grid_rows -> Int4,
        grid_columns -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Xid8;

    ledger (id) {
        id -> Int8,
        xid -> Xid8,
        at -> Timestamptz,
        entity -> Text,
        show_id -> Nullable<Int8>,
        seat_id -> Nullable<Int8>,
        booking_id -> Nullable<Int8>,
        payment_id -> Nullable<Uuid>,
        ticket_id -> Nullable<Uuid>,
        version -> Int4,
        from_status -> Nullable<Text>,
        to_status -> Text,
        from_owner -> Nullable<Int8>,
        to_owner -> Nullable<Int8>,
        from_end -> Nullable<Timestamptz>,
        to_end -> Nullable<Timestamptz>,
        actor -> Text,
        request_id -> Uuid,
        cause -> Text,
        detail -> Jsonb,
        refund_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    movies (id) {
        id -> Int8,
        slug -> Text,
        title -> Text,
        year -> Int4,
        director -> Text,
        running_minutes -> Int4,
        certificate -> Text,
        languages -> Array<Nullable<Text>>,
        genres -> Array<Nullable<Text>>,
        synopsis -> Text,
    }
}

diesel::table! {
    payments (id) {
        id -> Uuid,
        booking_id -> Int8,
        method -> Text,
        status -> Text,
        amount -> Int8,
        currency -> Text,
        create_params -> Jsonb,
        session_id -> Nullable<Text>,
        session_url -> Nullable<Text>,
        payment_intent_id -> Nullable<Text>,
        started_at -> Timestamptz,
        succeeded_at -> Nullable<Timestamptz>,
        captured_amount -> Nullable<Int8>,
        captured_currency -> Nullable<Text>,
        outcome -> Nullable<Text>,
        version -> Int4,
    }
}

diesel::table! {
    people (id) {
        id -> Int8,
        email -> Text,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        session_epoch -> Int4,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    refunds (id) {
        id -> Uuid,
        payment_id -> Uuid,
        booking_id -> Int8,
        cause -> Text,
        status -> Text,
        amount -> Int8,
        currency -> Text,
        attempt -> Int4,
        gateway_id -> Nullable<Text>,
        failure -> Nullable<Text>,
        requested_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        next_try_at -> Timestamptz,
        version -> Int4,
    }
}

diesel::table! {
    screens (id) {
        id -> Int8,
        cinema_id -> Int8,
        name -> Text,
    }
}

diesel::table! {
    seats (id) {
        id -> Int8,
        layout_id -> Int8,
        zone -> Text,
        row_label -> Text,
        number -> Int4,
        kind -> Text,
        grid_row -> Int4,
        grid_column -> Int4,
        width -> Int4,
        segment -> Int4,
    }
}

diesel::table! {
    show_prices (show_id, zone) {
        show_id -> Int8,
        layout_id -> Int8,
        zone -> Text,
        adult_price -> Int8,
        child_price -> Nullable<Int8>,
        senior_price -> Nullable<Int8>,
    }
}

diesel::table! {
    show_seats (show_id, seat_id) {
        show_id -> Int8,
        seat_id -> Int8,
        layout_id -> Int8,
        status -> Text,
        booking_id -> Nullable<Int8>,
        locked_at -> Nullable<Timestamptz>,
        lock_expires_at -> Nullable<Timestamptz>,
        block_reason -> Nullable<Text>,
        version -> Int4,
    }
}

diesel::table! {
    shows (id) {
        id -> Int8,
        movie_id -> Int8,
        screen_id -> Int8,
        layout_id -> Int8,
        language -> Text,
        subtitles -> Nullable<Text>,
        format -> Text,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        free_at -> Timestamptz,
        sale_ends_at -> Timestamptz,
        currency -> Text,
        status -> Text,
        version -> Int4,
    }
}

diesel::table! {
    staff_log (id) {
        id -> Int8,
        at -> Timestamptz,
        person_id -> Int8,
        action -> Text,
        show_id -> Nullable<Int8>,
        reason -> Text,
        detail -> Jsonb,
        request_id -> Uuid,
    }
}

diesel::table! {
    tickets (id) {
        id -> Uuid,
        booking_id -> Int8,
        show_id -> Int8,
        seat_id -> Int8,
        status -> Text,
        issued_at -> Timestamptz,
        voided_at -> Nullable<Timestamptz>,
        version -> Int4,
    }
}

diesel::table! {
    zones (layout_id, code) {
        layout_id -> Int8,
        code -> Text,
        name -> Text,
        position -> Int4,
    }
}

diesel::joinable!(bookings -> shows (show_id));
diesel::joinable!(cinemas -> cities (city_id));
diesel::joinable!(gateway_events -> payments (payment_id));
diesel::joinable!(layouts -> screens (screen_id));
diesel::joinable!(screens -> cinemas (cinema_id));
diesel::joinable!(shows -> movies (movie_id));
diesel::joinable!(staff_log -> people (person_id));
diesel::joinable!(zones -> layouts (layout_id));

diesel::allow_tables_to_appear_in_same_query!(
    booking_seats,
    bookings,
    cases,
    cinemas,
    cities,
    gateway_events,
    layouts,
    ledger,
    movies,
    payments,
    people,
    refunds,
    screens,
    seats,
    show_prices,
    show_seats,
    shows,
    staff_log,
    tickets,
    zones,
);
