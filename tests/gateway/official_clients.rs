//! Stripe's official clients for Python and Node, unmodified: the scripts in `clients/` drive a gateway of their own.
//!
//! `bin/setup tests` installs the clients below `target/clients`. The Rust client is used by all the other tests here.

use crate::test_gateway::{SECRET_KEY, TestGateway};
use diesel::connection::SimpleConnection;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// More than the slowest machine takes; a client that hangs must not hang the tests.
const LIMIT: Duration = Duration::from_secs(120);

/// What the scripts need to be there, and cannot make themselves.
const PREPARATION: &str = "
    CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken for the test'; END $$;
    CREATE TRIGGER break_down BEFORE INSERT ON checkout_sessions FOR EACH ROW
        WHEN (NEW.client_reference_id = 'breaks') EXECUTE FUNCTION break_down();
    INSERT INTO idempotency_keys (key, created_at) VALUES ('busy', gateway_now());";

/// One line of a script.
#[derive(Debug, Deserialize)]
struct Checked {
    check: String,
    error: Option<String>,
}

fn installed(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients").join(path);
    assert!(path.exists(), "{} is not there: `bin/setup tests` installs it", path.display());
    path
}

/// Runs a script against a gateway in which one idempotency key is in use and one session is locked by somebody else.
async fn run(mut command: Command, script: &str) {
    let gateway = TestGateway::start().await;
    let locked = gateway.create_session().await["id"].as_str().unwrap().to_owned();
    let mut other = gateway.database();
    other.batch_execute(PREPARATION).unwrap();
    let hold = format!(
        "BEGIN; SELECT 1 FROM idempotency_keys WHERE key = 'busy' FOR UPDATE;
         SELECT 1 FROM checkout_sessions WHERE id = '{locked}' FOR UPDATE;"
    );
    other.batch_execute(&hold).unwrap();
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/clients").join(script))
        .env("GATEWAY_URL", &gateway.url)
        .env("GATEWAY_SECRET_KEY", SECRET_KEY)
        .env("BUSY_KEY", "busy")
        .env("LOCKED_SESSION", locked)
        .env("BREAKING_REFERENCE", "breaks")
        .env("NO_PROXY", "*")
        .kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output()).await.expect("the script took too long").unwrap();
    let (lines, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let checks: Vec<Checked> = lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let failed: Vec<String> = checks
        .iter()
        .filter_map(|check| check.error.as_ref().map(|error| format!("== {}\n{error}", check.check)))
        .collect();
    assert!(failed.is_empty(), "{} of {} checks failed\n{}", failed.len(), checks.len(), failed.join("\n"));
    assert!(
        output.status.success() && !checks.is_empty(),
        "{} after {} checks\n{words}",
        output.status,
        checks.len()
    );
}

#[actix_web::test]
async fn the_official_python_client_is_content() {
    let mut python = Command::new(installed("python/bin/python"));
    // Nothing is to be written beside the scripts.
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    run(python, "python/check.py").await;
}

#[actix_web::test]
async fn the_official_node_client_is_content() {
    let mut node = Command::new("node");
    node.env("CLIENT_MODULES", installed("node/node_modules/stripe").parent().unwrap().parent().unwrap());
    run(node, "node/check.mjs").await;
}
