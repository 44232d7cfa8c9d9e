//! `marquee reconcile`

use super::{Stage, stage, stray_sale};
use crate::support::contents;
use crate::support::gateway_api::GATEWAY_KEY;
use serde_json::Value;
use std::process::{Command, Output};

fn command(stage: &Stage, gateway: &str, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    command.arg("reconcile").args(words).env("DATABASE_URL", stage.app.database.url());
    command.env("STRIPE_API_URL", gateway).env("STRIPE_SECRET_KEY", GATEWAY_KEY);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[actix_web::test]
async fn the_command_says_by_its_status_whether_the_books_agree() {
    let stage = stage();
    let gateway = stage.app.gateway_url.as_str();
    stage.pays("A1").await;
    let before = contents(&stage.app.database);
    let (status, text, _) = command(&stage, gateway, &["--dry-run"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.contains("session_unheard") && text.contains("it is paid at the gateway, and was not here"),
        "{text}"
    );
    assert_eq!(contents(&stage.app.database), before, "it only looked");
    let (status, text, _) = command(&stage, gateway, &[]);
    assert!(status == Some(0) && text.contains("repaired"), "{text}");
    assert_eq!(command(&stage, gateway, &[]), (Some(0), "The books agree.\n".to_owned(), String::new()));

    stray_sale(&stage).await;
    for fate in ["case_opened", "case_open"] {
        let (status, text, _) = command(&stage, gateway, &["--json", "--since", "1"]);
        let told: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!((status, &told["open"]), (Some(1), &1.into()), "{told}");
        let finding = &told["findings"][0];
        assert_eq!([&finding["kind"], &finding["fate"]], ["stray_money", fate], "{told}");
        assert_eq!(finding["detail"]["amount"], 70000, "{told}");
    }
    let (status, text, error) = command(&stage, "http://127.0.0.1:9", &["--json"]);
    assert_eq!((status, text.as_str()), (Some(2), ""));
    assert!(error.contains("the payment gateway did not answer"), "{error}");
}
