//! Chromium's driver: one process for all tests of this binary, every window in it a browser of its own.

use nix::unistd::geteuid;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The paper that a page is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 390 × 844 with fingers.
    Phone,
    /// 1280 × 900 with a mouse.
    Desktop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// The cleaner: reads the driver's process group, then waits until our end of the pipe closes, for whatever reason.
/// Every Chromium is in the group. What one of them still writes while it dies, the second removal gets.
const CLEAN_UP: &str = r#"
read -r group
read -r _
kill -s KILL -- "-$group" 2>/dev/null
rm -rf "$1" 2>/dev/null || { sleep 0.5; rm -rf "$1"; }
"#;

pub struct Driver {
    port: u16,
    /// Holds the browsers' profiles.
    folder: PathBuf,
    /// Held, not used: what the driver still writes needs a reader, and the cleaner waits for the end of its pipe.
    _held: (Child, BufReader<ChildStdout>, Child),
}

/// The driver, started by whoever comes first. It ends with this process, by whatever death.
pub fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(Driver::start)
}

impl Driver {
    fn start() -> Self {
        let folder = nix::unistd::mkdtemp(&std::env::temp_dir().join("marquee-browser-XXXXXX")).expect("a folder");
        let mut cleaner = cleaner(&folder);
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("no browser: chromedriver cannot be started ({error}); install chromium and chromium-driver")
            });
        let pipe = cleaner.stdin.as_mut().expect("a pipe");
        writeln!(pipe, "{}", driver.id()).expect("the cleaner reads");
        let mut output = BufReader::new(driver.stdout.take().expect("a pipe"));
        Self { port: port(&mut output), folder, _held: (driver, output, cleaner) }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// A folder for one browser, which makes it.
    pub fn new_profile(&self) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        self.folder.join(format!("profile-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// What to ask of the driver for a new browser.
    pub fn capabilities(&self, profile: &Path, screen: Screen, scripts: Scripts) -> serde_json::Map<String, Value> {
        let mut flags = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            format!("--user-data-dir={}", profile.display()),
        ];
        // Chromium's sandbox refuses root.
        if geteuid().is_root() {
            flags.push("--no-sandbox".to_owned());
        }
        let device = match screen {
            Screen::Phone => json!({"width": 390, "height": 844, "pixelRatio": 2, "mobile": true, "touch": false}),
            Screen::Desktop => {
                json!({"width": 1280, "height": 900, "pixelRatio": 1, "mobile": false, "touch": false})
            }
        };
        let script_setting = match scripts {
            Scripts::On => 1,
            Scripts::Off => 2,
        };
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": flags,
                "mobileEmulation": {"deviceMetrics": device},
                "prefs": {"profile.managed_default_content_settings.javascript": script_setting},
            },
        });
        capabilities.as_object().expect("an object").clone()
    }

    /// Ends a browser and removes its profile. Blocks, so that a test that panics can call it too.
    pub fn end(&self, session: &str, profile: &Path) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let request = format!("DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        if stream.write_all(request.as_bytes()).is_ok() {
            let _ = stream.read(&mut [0]); // the answer comes when the browser has gone
        }
        let _ = std::fs::remove_dir_all(profile); // what is left goes with the folder
    }
}

fn cleaner(folder: &Path) -> Child {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", CLEAN_UP, "marquee-browser"]).arg(folder);
    // Its own process group: the terminal's Ctrl-C must not end the cleaner. No output: whoever reads ours to its end
    // must not wait for it.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("a shell")
}

/// The free port that the driver took: `ChromeDriver was started successfully on port 41393.`
fn port(output: &mut impl BufRead) -> u16 {
    let mut said = String::new();
    loop {
        let begin = said.len();
        let read = output.read_line(&mut said).expect("the driver's words");
        assert!(read > 0, "chromedriver ended: {said}");
        let found = said[begin..].split_once("started successfully on port ").map(|(_, port)| port);
        if let Some(port) = found.and_then(|port| port.trim().trim_end_matches('.').parse().ok()) {
            return port;
        }
    }
}
