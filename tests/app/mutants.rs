//! The patches of `bin/mutants`, each of which removes one guard: they fit the code as it is, and name tests that exist.

use crate::promises::is_test;
use std::env;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Name and text of each patch.
fn mutants() -> Vec<(String, String)> {
    let files = fs::read_dir(Path::new(ROOT).join("tests/mutants")).unwrap().map(|file| file.unwrap().path());
    let read = |path: std::path::PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
    };
    files.map(read).collect()
}

/// Why git would not apply a patch to the code as it is; none when it would. `Err` without git.
fn refused(patch: &str) -> Result<Option<String>, std::io::Error> {
    let mut git = Command::new("git")
        .args(["apply", "--check", "-"])
        .current_dir(ROOT)
        // Never a repository that this folder only lies in: there git would skip what it does not know, and be content.
        .env("GIT_CEILING_DIRECTORIES", Path::new(ROOT).parent().unwrap())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    git.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    let ended = git.wait_with_output()?;
    Ok((!ended.status.success()).then(|| String::from_utf8_lossy(&ended.stderr).into_owned()))
}

/// Whether git is there; says so where it is not, and stops where it must be.
fn has_git() -> bool {
    match refused("").map_err(|error| error.kind()) {
        Err(ErrorKind::NotFound) => {
            assert_ne!(env::var("CI").as_deref(), Ok("true"), "git is required where CI=true");
            eprintln!("!! NO GIT: whether the patches in tests/mutants still apply WAS NOT CHECKED.");
            false
        }
        _ => true,
    }
}

#[test]
fn every_mutant_still_applies() {
    if !has_git() {
        return;
    }
    let mutants = mutants();
    assert!(mutants.len() >= 15, "{}", mutants.len());
    for (name, patch) in mutants {
        assert_eq!(refused(&patch).unwrap(), None, "{name}");
        // The check itself: what is already so cannot be applied.
        let gone = patch.replace("\n-", "\n-no such line: ").replace("\n ", "\n no such line: ");
        assert!(refused(&gone).unwrap().is_some(), "{name}");
    }
}

#[test]
fn every_mutant_says_what_it_removes_and_names_a_test_that_exists() {
    for (name, patch) in mutants() {
        let (head, changes) = patch.split_once("\n\n--- a/").expect(&name);
        let said = |label: &str| head.lines().find_map(|line| line.strip_prefix(label)).expect(&name);
        assert!(said("Guard: ").len() > 10 && said("Promise: ").len() > 10, "{name}");
        let (suite, path) = said("Caught-by: ").split_once(' ').expect(&name);
        let (file, test) = path.rsplit_once("::").expect(&name);
        let file = format!("tests/{suite}/{}.rs", file.replace("::", "/"));
        let source = fs::read_to_string(Path::new(ROOT).join(&file)).unwrap_or_else(|_| panic!("{name}: {file}"));
        assert!(is_test(&source, test), "{name}: {path}");
        // A test that the patch changes would prove nothing.
        for file in format!("\n--- a/{changes}").split("\n--- a/").skip(1) {
            assert!(file.starts_with("src/") || file.starts_with("migrations/"), "{name}");
        }
    }
}

#[test]
fn the_page_has_a_row_for_every_mutant() {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/reliability.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    for (name, _) in mutants() {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| {name} | "))), "{name}");
    }
}
