//! `docs/data-model.md` and its picture say what the migrations made: every name that is there, and none that is not.

use crate::support;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::{BTreeMap, BTreeSet};

const DATA_MODEL: &str = include_str!("../../docs/data-model.md");
const PICTURE: &str = include_str!("../../docs/images/data-model.svg");

/// The pages that quote names of the schema.
const PAGES: [(&str, &str); 4] = [
    ("docs/data-model.md", DATA_MODEL),
    ("docs/promises.md", include_str!("../../docs/promises.md")),
    ("docs/architecture.md", include_str!("../../docs/architecture.md")),
    ("docs/performance.md", include_str!("../../docs/performance.md")),
];

#[derive(QueryableByName)]
struct Named {
    /// The table, or empty for what belongs to none.
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// Constraints, indexes, triggers and functions. NOT NULL is a property of a column, though newer servers list it as a
/// constraint; Diesel's own table and functions, and those of extensions, are not ours to explain.
const RULES: &str = "
    SELECT conrelid::regclass::text AS owner, conname::text AS name FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
        AND conrelid::regclass::text <> '__diesel_schema_migrations'
    UNION
    SELECT tablename::text, indexname::text FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations'
    UNION
    SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid AND relnamespace = 'public'::regnamespace WHERE NOT tgisinternal
    UNION
    SELECT '', proname::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'diesel%'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')";

const COLUMNS: &str = "
    SELECT table_name::text AS owner, column_name::text AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'";

/// The values that checks allow, such as the states of a booking; a page may quote those too.
const VALUES: &str = "
    SELECT conrelid::regclass::text AS owner, value[1] AS name FROM pg_constraint
    CROSS JOIN regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''::text', 'g') AS value
    WHERE connamespace = 'public'::regnamespace AND contype = 'c'";

const FOREIGN_KEYS: &str = "
    SELECT conrelid::regclass::text AS owner, conname::text AS name FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype = 'f'";

fn load(connection: &mut PgConnection, query: &str) -> Vec<Named> {
    diesel::sql_query(query).load(connection).unwrap()
}

fn columns(connection: &mut PgConnection) -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for column in load(connection, COLUMNS) {
        tables.entry(column.owner).or_default().insert(column.name);
    }
    tables
}

/// What a page sets in backticks, as far as it is a plain name; `marquee_now()` counts as one.
fn quoted_names(page: &str) -> BTreeSet<String> {
    let quoted = page.split('`').skip(1).step_by(2).map(|text| text.trim_end_matches("()"));
    let is_name = |text: &&str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    quoted.filter(is_name).map(str::to_owned).collect()
}

/// Names in a page that look like a rule of one of these tables and are none: rules begin with their table's name.
fn unknown_names(page: &str, tables: &BTreeMap<String, BTreeSet<String>>, known: &BTreeSet<String>) -> Vec<String> {
    let is_known = |name: &String| {
        tables.contains_key(name) || tables.values().any(|columns| columns.contains(name)) || known.contains(name)
    };
    let looks_like_rule = |name: &String| tables.keys().any(|table| name.starts_with(&format!("{table}_")));
    quoted_names(page).into_iter().filter(|name| looks_like_rule(name) && !is_known(name)).collect()
}

/// The columns that the picture draws in a table's box: its texts, after the title, are names and types by turns.
fn drawn_columns(table: &str) -> BTreeSet<String> {
    let title = format!("<title>{table}</title>");
    let (_, after) = PICTURE.split_once(&title).unwrap_or_else(|| panic!("the picture lacks the table {table}"));
    let (drawn, _) = after.split_once("<title>").unwrap_or((after, ""));
    let texts = drawn.split("</text>").filter_map(|text| Some(text.rsplit_once('>')?.1.trim()));
    texts.filter(|text| !text.is_empty()).skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_table_and_rule_of_the_schema_is_explained() {
    let database = support::database();
    let connection = &mut database.connect();
    let (tables, rules) = (columns(connection), load(connection, RULES));
    assert!(tables.len() > 10 && rules.len() > 50, "the migrations made nothing");
    let quoted = quoted_names(DATA_MODEL);
    let missing: Vec<&String> =
        tables.keys().chain(rules.iter().map(|rule| &rule.name)).filter(|name| !quoted.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/data-model.md does not mention {missing:?}");
}

#[test]
fn every_rule_that_the_pages_name_exists() {
    let database = support::database();
    let connection = &mut database.connect();
    let tables = columns(connection);
    let known = load(connection, RULES).into_iter().chain(load(connection, VALUES)).map(|named| named.name).collect();
    for (page, text) in PAGES {
        let unknown = unknown_names(text, &tables, &known);
        assert!(unknown.is_empty(), "{page} names what the schema does not have: {unknown:?}");
    }
    let stale = "`bookings_form_key` and `bookings_quota` on `bookings`, `bookings_state`";
    assert_eq!(unknown_names(stale, &tables, &known), ["bookings_quota"], "a stale name is noticed");
}

#[test]
fn the_names_of_rules_begin_with_their_table() {
    let database = support::database();
    for rule in load(&mut database.connect(), RULES).iter().filter(|rule| !rule.owner.is_empty()) {
        let starts = rule.name.starts_with(&format!("{}_", rule.owner));
        assert!(starts, "{} of {}: stale names in the pages are found by this habit", rule.name, rule.owner);
    }
}

#[test]
fn the_picture_draws_every_column_and_every_foreign_key() {
    let database = support::database();
    let connection = &mut database.connect();
    const REDRAW: &str = "change docs/images/data-model.dot and draw it again: docs/data-model.md says how";
    for (table, columns) in columns(connection) {
        assert_eq!(drawn_columns(&table), columns, "{table}: {REDRAW}");
    }
    let keys: BTreeSet<String> = load(connection, FOREIGN_KEYS).into_iter().map(|key| key.name).collect();
    // The picture's links carry the names of their keys.
    let drawn: BTreeSet<String> =
        PICTURE.split("xlink:title=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect();
    assert_eq!(drawn, keys, "foreign keys: {REDRAW}");
}
