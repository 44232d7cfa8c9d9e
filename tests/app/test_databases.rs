//! The tests' own ground: databases that know nothing of each other.

use crate::support::database_from;
use diesel::connection::SimpleConnection;

fn one_table(url: &str) {
    use diesel::Connection;
    let mut connection = diesel::PgConnection::establish(url).unwrap();
    connection.batch_execute("CREATE TABLE notes (note text NOT NULL)").unwrap();
}

#[test]
fn each_database_has_the_schema_and_none_of_the_others_rows() {
    let (first, second) = (database_from("notes", one_table), database_from("notes", one_table));
    first.connect().batch_execute("INSERT INTO notes VALUES ('mine')").unwrap();
    second.connect().batch_execute("SELECT 1 / (count(*) = 0)::int FROM notes").unwrap();
    assert!(first.connect().batch_execute("SELECT 1 / (count(*) = 0)::int FROM notes").is_err());
}

#[test]
fn a_dropped_database_is_gone_even_with_connections_open() {
    let database = database_from("notes", one_table);
    let mut connection = database.connect();
    drop(database);
    assert!(connection.batch_execute("SELECT 1").is_err());
}
