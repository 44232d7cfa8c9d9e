//! What the database holds: equal before and after, nothing was written.

use super::TestDatabase;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::BTreeMap;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Content {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    /// Of every column of every row, so that a row that changed in place is noticed too.
    #[diesel(sql_type = Text)]
    digest: String,
}

/// Every table's content, by its name.
pub fn contents(database: &TestDatabase) -> BTreeMap<String, Content> {
    let conn = &mut database.connect();
    let tables = "SELECT relname::text AS name FROM pg_class
                  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let tables: Vec<Name> = diesel::sql_query(tables).load(conn).unwrap();
    tables
        .into_iter()
        .map(|table| {
            let content = format!(
                "SELECT count(*) AS rows, md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) AS digest
                 FROM {} AS t",
                table.name
            );
            let content: Content = diesel::sql_query(content).get_result(conn).unwrap();
            (table.name, content)
        })
        .collect()
}

/// One number from the database.
pub fn count(conn: &mut PgConnection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let counted: Count = diesel::sql_query(query).get_result(conn).unwrap_or_else(|error| panic!("{query}: {error}"));
    counted.count
}
