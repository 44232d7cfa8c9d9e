//! A person's window: what can be done in it, and what is seen.

use crate::chromium::{Screen, Scripts, driver};
use crate::pictures;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use url::Url;

/// How long something that is on its way may take. Generous: the machine may be busy with other suites.
const LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(40);

/// A browser of its own, with an empty profile; gone when dropped.
pub struct Window {
    client: Client,
    session: String,
    profile: PathBuf,
    site: String,
    pub screen: Screen,
    pub scripts: Scripts,
    /// Where its pictures go, below `target/pictures`.
    album: String,
}

impl Window {
    /// Opens a window on nothing yet; paths that are gone to are paths of `site`.
    pub async fn open(site: &str, album: &str, screen: Screen, scripts: Scripts) -> Self {
        let driver = driver();
        let profile = driver.new_profile();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(driver.capabilities(&profile, screen, scripts))
            .connect(&driver.url())
            .await
            .unwrap_or_else(|error| panic!("no browser: Chromium does not start ({error})"));
        // We end it ourselves, also after a panic, when no runtime is left to do it.
        client.persist().await.expect("the driver answers");
        let session = client.session_id().await.expect("the driver answers").expect("a session");
        let album = format!("{album}-{screen:?}-scripts-{scripts:?}").to_lowercase();
        Self { client, session, profile, site: site.to_owned(), screen, scripts, album }
    }

    pub async fn go(&self, path: &str) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.site) };
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page again");
    }

    /// The path with the query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url[url::Position::BeforePath..].to_owned()
    }

    /// The whole address.
    pub async fn address(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    /// Whether the first match takes any room on the page.
    pub async fn is_shown(&self, css: &str) -> bool {
        self.run("return document.querySelector(arguments[0]).checkVisibility()", &[json!(css)]).await == json!(true)
    }

    /// Brings the first match to the middle of the window and clicks it, as a person would who looks for it.
    pub async fn click(&self, css: &str) {
        self.until(&format!("{css} can be clicked"), async || {
            self.run("document.querySelector(arguments[0])?.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})", &[json!(css)]).await;
            let element = self.find(css).await?;
            match element.click().await {
                Ok(()) => Some(()),
                // A refresh of the map may put another element in its place at any time.
                Err(CmdError::Standard(error)) if error.error == fantoccini::error::ErrorStatus::StaleElementReference => None,
                Err(error) => panic!("{css}: {error}"),
            }
        })
        .await;
    }

    /// Clicks the button or link with these words.
    pub async fn click_words(&self, words: &str) {
        let found = self
            .run(
                "const found = [...document.querySelectorAll('button, a')].findIndex(e => e.textContent.trim() === arguments[0]);
                 if (found >= 0) [...document.querySelectorAll('button, a')][found].dataset.wanted = ''; return found",
                &[json!(words)],
            )
            .await;
        assert_ne!(found, json!(-1), "no button or link says {words:?} on {}", self.path().await);
        self.click("[data-wanted]").await;
    }

    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await.unwrap_or_else(|| panic!("no {css}"));
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("typing");
    }

    pub async fn select(&self, css: &str, value: &str) {
        let field = self.find(css).await.unwrap_or_else(|| panic!("no {css}"));
        field.select_by_value(value).await.unwrap_or_else(|error| panic!("{css} {value}: {error}"));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub async fn press(&self, keys: &[char]) {
        let actions = keys.iter().fold(KeyActions::new("keys".to_owned()), |actions, key| {
            actions.then(KeyAction::Down { value: *key }).then(KeyAction::Up { value: *key })
        });
        self.client.perform_actions(actions).await.expect("keys");
    }

    /// The text of everything that matches, white space folded.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let texts = self
            .run(
                "return [...document.querySelectorAll(arguments[0])].map(e => (e.innerText ?? '').replace(/\\s+/g, ' ').trim())",
                &[json!(css)],
            )
            .await;
        serde_json::from_value(texts).expect("texts")
    }

    /// The text of the first match; empty if nothing matches.
    pub async fn text(&self, css: &str) -> String {
        self.texts(css).await.into_iter().next().unwrap_or_default()
    }

    /// Waits until the first match says these words.
    pub async fn until_says(&self, css: &str, words: &str) {
        self.until(&format!("{css} says {words:?}"), async || self.text(css).await.contains(words).then_some(()))
            .await;
    }

    /// Waits until a selector matches something.
    pub async fn until_there(&self, css: &str) {
        self.until(&format!("there is {css}"), async || self.find(css).await.map(drop)).await;
    }

    /// Asks again until the answer is there; fails with a picture of the page.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if began.elapsed() > LIMIT {
                self.picture("failure").await;
                let (path, heading) = (self.path().await, self.texts("h1, .notice").await);
                panic!("never happened: {what}; on {path}, which says {heading:?}; see {}", self.album);
            }
            actix_web::rt::time::sleep(PAUSE).await;
        }
    }

    /// Whether a selector matches anything.
    pub async fn has(&self, css: &str) -> bool {
        self.find(css).await.is_some()
    }

    async fn find(&self, css: &str) -> Option<Element> {
        self.client.find(Locator::Css(css)).await.ok()
    }

    /// Runs a function's body in the page, scripts on or off, and returns what it returns.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let ran = self.client.execute(script, arguments.to_vec()).await;
        match ran {
            Ok(value) => value,
            // Between two pages there is none to ask.
            Err(CmdError::Standard(error)) if error.to_string().contains("navigat") => Value::Null,
            Err(error) => panic!("{script}: {error}"),
        }
    }

    /// Draws the page as it is now, light and dark. No page may be wider than the window.
    pub async fn picture(&self, name: &str) {
        let width = self.run("return document.documentElement.scrollWidth - innerWidth", &[]).await;
        assert!(width.as_i64() <= Some(0), "{} is {width} pixels too wide", self.path().await);
        for scheme in ["light", "dark"] {
            self.prefer(scheme).await;
            let drawn = self.devtools("Page.captureScreenshot", json!({"captureBeyondViewport": false})).await;
            pictures::keep(&self.album, &format!("{name}-{scheme}"), drawn["data"].as_str().expect("a picture"));
        }
        self.prefer("light").await;
    }

    /// The same of the whole length of the page.
    pub async fn long_picture(&self, name: &str) {
        self.picture(name).await;
        for scheme in ["light", "dark"] {
            self.prefer(scheme).await;
            let drawn = self.devtools("Page.captureScreenshot", json!({"captureBeyondViewport": true})).await;
            pictures::keep(&self.album, &format!("{name}-long-{scheme}"), drawn["data"].as_str().expect("a picture"));
        }
        self.prefer("light").await;
    }

    /// The reader's setting: `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            // Half a transition is neither of the two colours.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.ask("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// What the console said since the last look, errors and breaches of the content security policy among it. A
    /// refusal is not an error of the page.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.ask("se/log", json!({"type": "browser"})).await;
        let is_refusal = |text: &str| {
            ["401", "409", "410", "422"].iter().any(|status| text.contains(&format!("status of {status}")))
        };
        log.as_array()
            .expect("a log")
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .filter(|text| !is_refusal(text))
            .collect()
    }

    /// Ends the window, and fails if any page in it complained.
    pub async fn close(self) {
        assert_eq!(self.complaints().await, Vec::<String>::new(), "{}", self.album);
    }

    async fn ask(&self, path: &'static str, body: Value) -> Value {
        self.client.issue_cmd(DriverCommand { path, body }).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        driver().end(&self.session, &self.profile);
    }
}

/// A command of Chromium's driver beyond the standard.
#[derive(Debug)]
struct DriverCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for DriverCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.body.to_string()))
    }
}
