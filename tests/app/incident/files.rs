//! Files that are not what was written, and databases that are not to be written to: a clear answer, and nothing changed.

use super::elsewhere::{Elsewhere, Told, empty, export, marquee, name};
use super::texts;
use crate::support::busy::busy;
use crate::support::fixture::{author, house, refused as refused_by};
use crate::support::money::{paid_event, start_paying};
use crate::support::processes::Folder;
use crate::support::{self, TestDatabase, contents};
use diesel::{Connection, PgConnection};
use marquee::history::incident::document;
use marquee::local_postgres::LocalPostgres;
use marquee::sale::settle;
use serde_json::{Value, json};
use std::fs::File;

/// What a replay of this text into an empty database says, and that it is still empty.
fn refused(file: &[u8]) -> Told {
    let (database, folder) = (empty(), Folder::new());
    let path = folder.path().join("incident.json");
    std::fs::write(&path, file).unwrap();
    let words = ["incident", "replay", path.to_str().unwrap(), "--into", &name(&database)];
    let told = marquee(&database.url(), &words);
    assert!(contents(&database).is_empty(), "{}", told.error);
    told
}

/// The file with another body, and a checksum that fits.
fn changed(file: &str, change: impl FnOnce(&mut Value)) -> String {
    use sha2::{Digest, Sha256};
    let mut body: Value = serde_json::from_str(file).unwrap();
    body.as_object_mut().unwrap().remove("sha256");
    change(&mut body);
    let sum = hex::encode(Sha256::digest(body.to_string()));
    body["sha256"] = json!(sum);
    body.to_string()
}

fn a_file() -> String {
    let database = support::database();
    let show = busy(&database).house.show;
    export(&database, show)
}

#[test]
fn a_file_that_is_not_what_was_written_is_refused_by_name_and_nothing_is_written() {
    let file = a_file();
    let text = file.as_bytes();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", Vec::new(), "ends too early"),
        ("cut off", text[..text.len() / 2].to_vec(), "ends too early"),
        ("the last brace", text[..text.len() - 2].to_vec(), "ends too early"),
        ("a photograph", vec![0xff, 0xd8, 0xff, 0xe0, 0, 16], "is no JSON"),
        ("words", b"Dear team, the seat was sold twice".to_vec(), "is no JSON"),
        ("too deep", "[".repeat(100_000).into_bytes(), "is no JSON"),
        ("other JSON", b"{\"broken\": 0}".to_vec(), "no incident file"),
        ("a list", b"[1, 2]".to_vec(), "no incident file"),
        ("altered", file.replacen("\"amount\":47080", "\"amount\":47081", 1).into_bytes(), "checksum does not fit"),
        ("a line less", without_a_row(&file).into_bytes(), "checksum does not fit"),
        ("newer format", changed(&file, |body| body["version"] = json!(2)).into_bytes(), "version 2 of the format"),
        (
            "newer schema",
            changed(&file, |body| body["migrations"].as_array_mut().unwrap().push(json!("29991231000001")))
                .into_bytes(),
            "newer schema (29991231000001)",
        ),
        ("no tables", changed(&file, |body| body["tables"] = json!([])).into_bytes(), "not put together"),
        (
            "no show",
            changed(&file, |body| body["tables"]["shows"] = json!([])).into_bytes(),
            "does not have the show",
        ),
        ("another show", changed(&file, |body| body["show"] = json!(77)).into_bytes(), "does not have the show 77"),
        (
            "another table",
            changed(&file, |body| body["tables"]["pg_authid"] = json!([{ "rolname": "x" }])).into_bytes(),
            "no table pg_authid",
        ),
        (
            "a column that is SQL",
            changed(&file, |body| body["tables"]["movies"] = json!([{ "id) SELECT 1; --": 1 }])).into_bytes(),
            "columns that the table has not",
        ),
        (
            "rows of two shapes",
            changed(&file, |body| drop(body["tables"]["ledger"][3].as_object_mut().unwrap().remove("at")))
                .into_bytes(),
            "different columns",
        ),
        (
            "a number that is none",
            changed(&file, |body| body["tables"]["movies"][0]["year"] = json!("soon")).into_bytes(),
            "the rows of movies in the file cannot be restored",
        ),
        (
            "a number too large",
            changed(&file, |body| body["tables"]["movies"][0]["id"] = json!(u64::MAX)).into_bytes(),
            "the rows of movies in the file cannot be restored",
        ),
        (
            "a status that is missing",
            changed(&file, |body| body["tables"]["shows"][0]["status"] = Value::Null).into_bytes(),
            "the rows of shows in the file cannot be restored",
        ),
        (
            "what PostgreSQL cannot store",
            changed(&file, |body| body["tables"]["movies"][0]["title"] = json!("a\0b")).into_bytes(),
            "the rows of movies in the file cannot be restored",
        ),
        ("no time", changed(&file, |body| body["exported_at"] = json!("now'; --")).into_bytes(), "not put together"),
        ("no migrations", changed(&file, |body| body["migrations"] = json!([])).into_bytes(), "cannot be restored"),
    ];
    for (what, file, why) in cases {
        let told = refused(&file);
        assert_eq!(told.status, 2, "{what}: {}", told.error);
        assert!(told.shown.is_empty() && told.error.contains(why), "{what}: {}", told.error);
        assert!(!told.error.contains("panic"), "{what}: {}", told.error);
        assert_eq!(told.error.lines().count(), 1, "{what}: {}", told.error);
    }
}

fn without_a_row(file: &str) -> String {
    let mut lines: Vec<&str> = file.lines().collect();
    let row = lines.iter().position(|line| line.contains("\"entity\"")).unwrap();
    lines.remove(row);
    lines.join("\n")
}

#[test]
fn a_file_that_is_huge_or_missing_is_not_read() {
    let folder = Folder::new();
    let path = folder.path().join("huge.json");
    File::create(&path).unwrap().set_len(document::LARGEST + 1).unwrap();
    let database = empty();
    for (path, why) in [(path.to_str().unwrap(), "more than 128 MiB"), ("/nowhere.json", "cannot be read")] {
        let told = marquee(&database.url(), &["incident", "replay", path]);
        assert!(told.status == 2 && told.error.contains(why) && told.error.contains(path), "{}", told.error);
    }
}

/// As it would have been written before there were refunds: another sum had come, and a person was asked.
fn before_refunds() -> String {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let started = start_paying(conn, house.show, &house.seats("A1"));
    let body = paid_event("evt_wrong", started.payment, started.amount - 1, "inr");
    refused_by(settle::receive(conn, "evt_wrong", "checkout.session.completed", &body)).unwrap();
    refused_by(settle::process(conn, "evt_wrong", &author())).unwrap();
    let forget = |rows: &mut Value, columns: &[&str]| {
        for row in rows.as_array_mut().unwrap() {
            columns.iter().for_each(|column| drop(row.as_object_mut().unwrap().remove(*column)));
        }
    };
    changed(&export(&database, house.show), |body| {
        body["migrations"].as_array_mut().unwrap().retain(|version| version.as_str().unwrap() < "20261122000008");
        let tables = &mut body["tables"];
        tables["refunds"] = json!([]);
        tables["ledger"].as_array_mut().unwrap().retain(|row| row["entity"] != "refund");
        forget(&mut tables["ledger"], &["refund_id"]);
        forget(&mut tables["bookings"], &["refund_policy"]);
        forget(&mut tables["cases"], &["subject", "closed_by", "resolution"]);
    })
}

#[test]
fn a_file_of_an_older_schema_is_brought_up_to_date_over_its_rows() {
    let elsewhere = Elsewhere::restore(&before_refunds());
    assert_eq!(elsewhere.report["audit"]["broken"], 0, "{}", elsewhere.text);
    let (known, there) = (support::database(), &elsewhere.database);
    let versions = |database: &TestDatabase| {
        texts(&mut database.connect(), "SELECT version AS text FROM __diesel_schema_migrations ORDER BY 1")
    };
    assert_eq!(versions(there), versions(&known));
    // What the migration makes of such a case.
    let refunds =
        "SELECT kind || ' of ' || cause AS text FROM refunds JOIN cases ON cases.subject = refunds.payment_id::text";
    assert_eq!(texts(&mut there.connect(), refunds), ["wrong_amount of wrong_amount"]);
}

#[test]
fn a_database_that_has_anything_is_left_alone() {
    let file = a_file();
    let database = support::database();
    house(&mut database.connect());
    let before = contents(&database);
    let folder = Folder::new();
    let path = folder.path().join("incident.json");
    std::fs::write(&path, &file).unwrap();
    let path = path.to_str().unwrap();
    let told = marquee(&database.url(), &["incident", "replay", path, "--into", &name(&database)]);
    assert!(told.status == 2 && told.error.contains("has tables already"), "{}", told.error);
    for wrong in ["Robert'); DROP", "", "-x", &"a".repeat(64)] {
        let told = marquee(&database.url(), &["incident", "replay", path, &format!("--into={wrong}")]);
        assert!(told.status == 2 && told.error.contains("--into"), "{wrong}: {}", told.error);
    }
    // Beside it, in a database of its own.
    assert_eq!(marquee(&database.url(), &["incident", "replay", path]).status, 0);
    assert_eq!(contents(&database), before);
}

#[test]
fn nothing_stays_behind_and_who_may_create_nothing_is_told_what_to_do() {
    let file = a_file();
    // A server of its own, on which nobody else creates databases.
    let server = LocalPostgres::throw_away().unwrap();
    let mut conn = PgConnection::establish(&server.url("postgres")).unwrap();
    let mut databases = || texts(&mut conn, "SELECT datname::text AS text FROM pg_database ORDER BY 1");
    let before = databases();
    let folder = Folder::new();
    let path = folder.path().join("incident.json");
    let replay = |file: &str, more: &[&str]| {
        std::fs::write(&path, file).unwrap();
        marquee(&server.url("postgres"), &[&["incident", "replay", path.to_str().unwrap()], more].concat())
    };
    let told = replay(&file, &[]);
    assert_eq!((told.status, databases()), (0, before.clone()), "{}{}", told.shown, told.error);
    // Also when it ends badly, under a name that was to be kept, and when it was asked in vain.
    let unfit = changed(&file, |body| body["tables"]["movies"][0]["year"] = json!("soon"));
    assert_eq!((replay(&unfit, &[]).status, replay(&unfit, &["--into", "kept"]).status), (2, 2));
    assert_eq!(replay(&file, &["--seat", "Q77"]).status, 2);
    assert_eq!(databases(), before);
    // What cannot be created.
    let told = replay(&file, &["--into", "template0"]);
    assert!(
        told.status == 2 && told.error.contains("create an empty one, and name it with --into"),
        "{}",
        told.error
    );

    let told = replay(&file, &["--into", "kept"]);
    assert!(told.status == 0 && told.shown.contains("The database kept is kept"), "{}{}", told.shown, told.error);
    let now: Vec<String> = databases().into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(now, ["kept"]);
    // The same questions, asked of it directly: its clock stands still, so for ever.
    for words in [&["audit"][..], &["replay", "1"]] {
        assert_eq!(marquee(&server.url("kept"), words).status, 0, "{words:?}");
    }
}
