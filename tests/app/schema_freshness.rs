//! `src/schema.rs` says what the migrations made.
//!
//! Diesel's own check needs its command-line tool, which takes longer to install than all of this takes to run. Here
//! tables, keys, columns, types and nullability are read from both sides and compared. What is left, `joinable!` and
//! `allow_tables_to_appear_in_same_query!`, does not compile when it is wrong.

use crate::support;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("../../src/schema.rs");

/// One line per table and column, in the words of `schema.rs`: `shows (id)`, `shows.format -> Text`.
type Lines = BTreeSet<String>;

fn lines_of_schema(schema: &str) -> Lines {
    let mut lines = Lines::new();
    let mut table = "";
    for line in schema.lines().map(str::trim) {
        if let Some(head) = line.strip_suffix(" {").filter(|head| head.ends_with(')')) {
            table = head.split(' ').next().unwrap_or_default();
            lines.insert(head.to_owned());
        } else if let Some((column, kind)) =
            line.trim_end_matches(',').split_once(" -> ").filter(|_| line.ends_with(','))
        {
            lines.insert(format!("{table}.{column} -> {kind}"));
        }
    }
    lines
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The type names are PostgreSQL's internal ones, as in Diesel's: `int8` is `Int8`. Elements of arrays can always be
/// null.
const LINES_OF_DATABASE: &str = "
    WITH keys AS (
        SELECT conrelid AS table_oid, string_agg(attname, ', ' ORDER BY position) AS columns
        FROM pg_constraint
        CROSS JOIN LATERAL unnest(conkey) WITH ORDINALITY AS key (number, position)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number
        WHERE contype = 'p'
        GROUP BY conrelid
    ), tables AS (
        SELECT oid, relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND relname <> '__diesel_schema_migrations'
    ), columns AS (
        SELECT relname, attname, attnotnull, CASE
            WHEN typcategory = 'A' THEN 'Array<Nullable<' || initcap(substr(typname, 2)) || '>>'
            ELSE initcap(typname) END AS kind
        FROM tables
        JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
        JOIN pg_type ON pg_type.oid = atttypid
    )
    SELECT format('%s (%s)', relname, columns) AS line FROM tables LEFT JOIN keys ON table_oid = oid
    UNION ALL
    SELECT format('%s.%s -> %s', relname, attname,
        CASE WHEN attnotnull THEN kind ELSE 'Nullable<' || kind || '>' END)
    FROM columns";

fn lines_of_database(connection: &mut PgConnection) -> Lines {
    let lines = diesel::sql_query(LINES_OF_DATABASE).load::<Line>(connection).unwrap();
    lines.into_iter().map(|row| row.line).collect()
}

fn difference(schema: &Lines, database: &Lines) -> Vec<String> {
    let only = |here: &Lines, there: &Lines, name: &str| {
        here.difference(there).map(|line| format!("only in {name}: {line}")).collect::<Vec<_>>()
    };
    [only(schema, database, "src/schema.rs"), only(database, schema, "the migrations")].concat()
}

#[test]
fn schema_rs_is_what_the_migrations_made() {
    let database = support::database();
    let found = lines_of_database(&mut database.connect());
    assert!(found.len() > 20, "the migrations made nothing: {found:?}");
    let difference = difference(&lines_of_schema(SCHEMA), &found);
    assert!(difference.is_empty(), "run `diesel print-schema`:\n{}\n", difference.join("\n"));
}

#[test]
fn a_forgotten_column_table_key_type_or_null_is_noticed() {
    use diesel::connection::SimpleConnection;
    let database = support::database();
    let mut connection = database.connect();
    for (change, differences) in [
        ("CREATE TABLE snacks (id bigint PRIMARY KEY)", 2),
        ("ALTER TABLE snacks ADD salt text[] NOT NULL", 1),
        ("ALTER TABLE movies ADD rating smallint", 1),
        ("ALTER TABLE movies ALTER title DROP NOT NULL", 2),
        ("ALTER TABLE movies ALTER year TYPE bigint", 2),
    ] {
        let before = lines_of_database(&mut connection);
        connection.batch_execute(change).unwrap();
        let after = lines_of_database(&mut connection);
        assert_eq!(difference(&before, &after).len(), differences, "{change}");
    }
}
