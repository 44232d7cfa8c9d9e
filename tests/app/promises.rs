//! `docs/promises.md` names the tests that fail without what keeps a promise: they must exist.

use std::fs;
use std::path::Path;

#[test]
fn every_promise_names_tests_and_each_of_them_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/promises.md")).unwrap();
    let promises: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(promises.len(), 10);
    for promise in promises {
        let title = promise.lines().next().unwrap();
        let (_, list) = promise.split_once("**What fails without it.**").expect(title);
        let named: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        assert!(named.len() >= 2, "{title}");
        for line in named {
            let test = line.split('`').nth(1).expect(line);
            let path: Vec<&str> = test.split("::").collect();
            let [suite, file, test] = path[..] else { panic!("{line}: not suite::file::test") };
            let source = fs::read_to_string(root.join(format!("tests/{suite}/{file}.rs"))).expect(line);
            assert!(is_test(&source, test), "{title}: {line}");
        }
    }
}

/// Whether the source has a test of this name: a function right below a test's attribute.
pub fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().collect();
    lines.windows(2).any(|pair| pair[0].ends_with("test]") && pair[1].contains(&format!("fn {name}()")))
}

#[test]
fn a_test_that_is_gone_is_noticed() {
    let source = "#[test]\nfn a_claim() {}\n\nfn a_helper() {}\n";
    assert!(is_test(source, "a_claim"));
    assert!(!is_test(source, "a_helper") && !is_test(source, "a_claim_renamed"));
}

#[test]
fn the_readme_names_every_event_that_a_webhook_endpoint_must_send() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for kind in marquee::payment::inbox::KINDS {
        assert!(readme.contains(&format!("`{kind}`")), "{kind}");
    }
}
