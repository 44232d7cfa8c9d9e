//! What an incident file does not tell: who it was, and what happened in other shows.

use super::elsewhere::export;
use super::{CUSTOMERS, Played, played, texts};
use diesel::connection::SimpleConnection;

/// Whatever the database knows that nobody else may, from the columns that have it.
const PERSONAL: &str = "
    SELECT unnest(ARRAY[contact_name, contact_email, contact_phone, visitor_id::text, form_key::text]) AS text FROM bookings
    UNION SELECT unnest(string_to_array(contact_name, ' ')) FROM bookings
    UNION SELECT unnest(ARRAY[name, email, password_hash]) FROM people
    UNION SELECT unnest(ARRAY[session_id, session_url, payment_intent_id, create_params ->> 'success_url',
                              create_params ->> 'cancel_url', create_params ->> 'customer_email']) FROM payments
    UNION SELECT gateway_id FROM refunds UNION SELECT block_reason FROM show_seats UNION SELECT reason FROM staff_log
    UNION SELECT resolution FROM cases UNION SELECT detail ->> 'session' FROM ledger
    UNION SELECT split_part(actor, ':', 2) FROM ledger WHERE actor LIKE 'visitor:%'
    UNION SELECT split_part(create_params ->> 'success_url', '?key=', 2) FROM payments";

const OF_OTHERS: &str = "
    SELECT reference AS text FROM bookings WHERE show_id = $
    UNION SELECT p.id::text FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id WHERE show_id = $
    UNION SELECT request_id::text FROM ledger WHERE show_id = $
    UNION SELECT to_char(starts_at, 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM shows WHERE id = $";

#[actix_web::test]
async fn the_file_names_nobody_and_tells_nothing_of_other_shows() {
    let Played { app, house, other, .. } = played().await;
    let conn = &mut app.database.connect();
    // A refund that the gateway explains in its own words, and an event that is still to be done.
    conn.batch_execute(
        "UPDATE refunds SET status = 'failed', ended_at = NULL, failure = 'The card of Mrs Xavierkar is lost';
         INSERT INTO gateway_events (id, kind, body, received_at)
         SELECT 'evt_waits_' || show_id, 'checkout.session.completed',
                format('{\"data\": {\"object\": {\"metadata\": {\"payment_id\": \"%s\"}, \"name\": \"Zubin Odditywala\"}}}', p.id),
                marquee_now()
         FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
         WHERE p.id IN (SELECT DISTINCT ON (show_id) p.id FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id)",
    )
    .unwrap();
    let file = export(&app.database, house.show);
    assert!(file.contains(&format!("evt_waits_{}", house.show)) && !file.contains(&format!("evt_waits_{other}")));

    let mut personal: Vec<String> =
        texts(conn, &format!("SELECT text FROM ({PERSONAL}) AS all_of_it WHERE text <> ''"));
    personal.extend(CUSTOMERS.iter().flat_map(|(name, mail, phone)| [*name, *mail, *phone]).map(str::to_owned));
    personal.extend(["Xavierkar", "Odditywala", "Mistrywala", "Ghostlight", "argon2", "?key="].map(str::to_owned));
    assert!(personal.len() > 60, "{personal:?}");
    let whole = file.to_lowercase();
    for text in personal {
        assert!(!whole.contains(&text.to_lowercase()), "{text:?} is in the file");
    }
    let of_others = texts(conn, &OF_OTHERS.replace('$', &other.to_string()));
    assert!(of_others.len() > 4);
    for text in of_others {
        assert!(!file.contains(&text), "{text:?}, which is another show's, is in the file");
    }
    // What it is for is there.
    for text in texts(conn, &format!("SELECT reference AS text FROM bookings WHERE show_id = {}", house.show)) {
        assert!(file.contains(&text));
    }
    // Nobody can go back, and two files cannot be laid side by side.
    assert_ne!(export(&app.database, house.show), file);
}

#[test]
fn every_column_of_the_schema_is_decided_about() {
    use marquee::history::incident::tables::TABLES;
    let database = crate::support::database();
    let columns = texts(
        &mut database.connect(),
        "SELECT table_name || '.' || column_name AS text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations' ORDER BY 1",
    );
    let mut decided: Vec<String> = TABLES
        .iter()
        .flat_map(|table| {
            let reduced = table.reduced.iter().map(|(column, _)| *column);
            table.kept.split_whitespace().chain(reduced).map(|column| format!("{}.{column}", table.name))
        })
        .collect();
    decided.sort();
    let mut columns = columns;
    columns.sort();
    assert_eq!(decided, columns, "say in history/incident/tables.rs what an incident file has of it");
}
