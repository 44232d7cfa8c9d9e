//! The gateway's tables as Diesel sees them; `migrations/` says what each column promises.

diesel::define_sql_function! {
    /// The one clock of the gateway, in UTC; call it in its own statement, after the last lock.
    fn gateway_now() -> Timestamptz;
}

diesel::table! {
    checkout_sessions (id) {
        id -> Text,
        sequence -> BigInt,
        status -> Text,
        payment_status -> Text,
        payment_method_types -> Array<Text>,
        currency -> Text,
        amount_total -> BigInt,
        success_url -> Text,
        cancel_url -> Nullable<Text>,
        client_reference_id -> Nullable<Text>,
        customer_email -> Nullable<Text>,
        metadata -> Jsonb,
        payment_intent_metadata -> Jsonb,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    line_items (checkout_session_id, position) {
        checkout_session_id -> Text,
        position -> Integer,
        id -> Text,
        name -> Text,
        description -> Nullable<Text>,
        unit_amount -> BigInt,
        quantity -> BigInt,
    }
}

diesel::table! {
    payment_intents (id) {
        id -> Text,
        checkout_session_id -> Text,
        status -> Text,
        currency -> Text,
        amount -> BigInt,
        amount_received -> BigInt,
        metadata -> Jsonb,
        confirming_card -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    charges (id) {
        id -> Text,
        sequence -> BigInt,
        payment_intent_id -> Text,
        status -> Text,
        amount -> BigInt,
        method -> Text,
        failure_code -> Nullable<Text>,
        decline_code -> Nullable<Text>,
        failure_message -> Nullable<Text>,
        created_at -> Timestamptz,
        amount_refunded -> BigInt,
        settles_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    refunds (id) {
        id -> Text,
        sequence -> BigInt,
        charge_id -> Text,
        status -> Text,
        amount -> BigInt,
        reason -> Nullable<Text>,
        failure_reason -> Nullable<Text>,
        metadata -> Jsonb,
        next_status -> Nullable<Text>,
        next_status_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    events (id) {
        id -> Text,
        sequence -> BigInt,
        kind -> Text,
        api_version -> Text,
        object -> Jsonb,
        request_id -> Nullable<Text>,
        idempotency_key -> Nullable<Text>,
        created_at -> Timestamptz,
        checkout_session_id -> Nullable<Text>,
    }
}

diesel::table! {
    webhook_endpoints (id) {
        id -> Text,
        url -> Text,
        secret -> Text,
        enabled_events -> Array<Text>,
        status -> Text,
        from_settings -> Bool,
        created_at -> Timestamptz,
        sequence -> BigInt,
        description -> Nullable<Text>,
        metadata -> Jsonb,
    }
}

diesel::table! {
    deliveries (event_id, webhook_endpoint_id) {
        event_id -> Text,
        webhook_endpoint_id -> Text,
        attempts -> Integer,
        next_attempt_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        fate -> Nullable<Text>,
    }
}

diesel::table! {
    idempotency_keys (key) {
        key -> Text,
        fingerprint -> Nullable<Binary>,
        request_id -> Nullable<Text>,
        response_status -> Nullable<Integer>,
        response_body -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    fault_switches (scope, fault) {
        checkout_session_id -> Nullable<Text>,
        scope -> Text,
        fault -> Text,
        probability -> Nullable<Double>,
        times_left -> Nullable<Integer>,
        seed -> BigInt,
        asked -> BigInt,
        delay_ms -> Nullable<BigInt>,
        amount -> Nullable<BigInt>,
    }
}

diesel::table! {
    fault_strikes (sequence) {
        sequence -> BigInt,
        checkout_session_id -> Nullable<Text>,
        fault -> Text,
        about -> Text,
        subject -> Text,
        attempt -> BigInt,
        struck_at -> Timestamptz,
    }
}

diesel::table! {
    late_captures (checkout_session_id) {
        checkout_session_id -> Text,
        card -> Text,
        amount -> BigInt,
        due_at -> Timestamptz,
    }
}

diesel::joinable!(line_items -> checkout_sessions (checkout_session_id));
diesel::joinable!(payment_intents -> checkout_sessions (checkout_session_id));
diesel::joinable!(charges -> payment_intents (payment_intent_id));
diesel::joinable!(refunds -> charges (charge_id));
diesel::joinable!(deliveries -> events (event_id));
diesel::joinable!(deliveries -> webhook_endpoints (webhook_endpoint_id));
diesel::allow_tables_to_appear_in_same_query!(
    checkout_sessions,
    line_items,
    payment_intents,
    charges,
    refunds,
    events,
    webhook_endpoints,
    deliveries,
    idempotency_keys,
);
