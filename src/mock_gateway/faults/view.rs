//! What the page of the switches shows.

use super::Fault;
use super::catalogue::{self, Entry, GROUPS, Measure};
use super::setting::Refusal;
use super::strikes::Struck;
use super::switch::{Scope, Switch};
use crate::mock_gateway::page::views::{self, Frame};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use std::collections::HashMap;

const OFTEN: [(&str, &str); 5] = [
    ("next:1", "The next time only"),
    ("next:3", "The next 3 times"),
    ("chance:0.2", "Now and then: 1 in 5"),
    ("chance:0.5", "Half of the time"),
    ("chance:1", "Every time"),
];

/// A form as it came in.
#[derive(Debug, Default)]
pub struct Typed(pub HashMap<String, String>);

impl Typed {
    /// What was typed, without the spaces around it; empty where nothing was.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// The field that holds a fault's number.
    pub fn measure_name(fault: Fault) -> String {
        format!("{fault}_value")
    }
}

#[derive(Template)]
#[template(path = "mock_gateway/faults.html")]
pub struct FaultsPage {
    frame: Frame,
    action: String,
    /// The payment's own page; none on the page for all.
    payment: Option<String>,
    problem: Option<String>,
    on: Vec<On>,
    /// What is on for all payments, this one too; empty on the page for all.
    on_for_all: Vec<On>,
    groups: Vec<Choices>,
    often: Vec<HowOften>,
    seed: String,
    struck: Vec<StruckLine>,
}

struct On {
    fault: Fault,
    title: &'static str,
    setting: String,
}

struct Choices {
    title: &'static str,
    choices: Vec<Choice>,
}

struct Choice {
    fault: Fault,
    title: &'static str,
    text: &'static str,
    checked: bool,
    number: Option<Number>,
}

struct Number {
    name: String,
    asks: &'static str,
    value: String,
    /// As an input's `step` and `min`.
    step: &'static str,
    least: Option<&'static str>,
}

struct HowOften {
    value: &'static str,
    title: &'static str,
    selected: bool,
}

struct StruckLine {
    title: &'static str,
    about: String,
    /// In UTC.
    time: String,
}

impl FaultsPage {
    pub fn new(
        scope: &Scope,
        on: Vec<Switch>,
        on_for_all: Vec<Switch>,
        struck: Vec<Struck>,
        refused: Option<(Typed, Refusal)>,
    ) -> Self {
        let (typed, problem) = match refused {
            Some((typed, refusal)) => (typed, Some(refusal.message)),
            None => (Typed::default(), None),
        };
        let own: Vec<Fault> = on.iter().map(|switch| switch.fault).collect();
        let payment = scope.session_id().map(|id| format!("/pay/{id}"));
        Self {
            frame: Frame::new(),
            action: format!("{}/faults", payment.as_deref().unwrap_or_default()),
            payment,
            problem,
            on: on.iter().map(On::new).collect(),
            on_for_all: on_for_all.iter().filter(|switch| !own.contains(&switch.fault)).map(On::new).collect(),
            groups: GROUPS.iter().map(|group| Choices::new(group, &typed)).collect(),
            often: OFTEN
                .iter()
                .map(|&(value, title)| HowOften { value, title, selected: typed.text("often") == value })
                .collect(),
            seed: typed.text("seed").to_owned(),
            struck: struck.into_iter().map(StruckLine::new).collect(),
        }
    }

    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        views::respond(self, status, "")
    }
}

impl On {
    fn new(switch: &Switch) -> Self {
        let measure = match (switch.delay_ms, switch.amount) {
            (Some(ms), _) => format!(", {} s", seconds(ms)),
            (_, Some(amount)) => format!(", {amount:+}"),
            _ => String::new(),
        };
        Self { fault: switch.fault, title: title(switch.fault), setting: format!("{}{measure}", how_often(switch)) }
    }
}

fn how_often(switch: &Switch) -> String {
    match (switch.times_left, switch.probability) {
        (Some(0), _) => "used up".into(),
        (Some(1), _) => "the next time".into(),
        (Some(times), _) => format!("the next {times} times"),
        (None, Some(1.0)) => "every time".into(),
        (None, Some(0.0)) => "never".into(),
        (None, chance) => format!("{} % of the time", (chance.unwrap_or_default() * 1000.0).round() / 10.0),
    }
}

impl Choices {
    fn new(group: &'static catalogue::Group, typed: &Typed) -> Self {
        let choices = group.entries.iter().map(|entry| Choice::new(entry, typed)).collect();
        Self { title: group.title, choices }
    }
}

impl Choice {
    fn new(entry: &'static Entry, typed: &Typed) -> Self {
        Self {
            fault: entry.fault,
            title: entry.title,
            text: entry.text,
            checked: typed.text("fault") == entry.fault.as_str(),
            number: Number::new(entry, typed),
        }
    }
}

impl Number {
    fn new(entry: &Entry, typed: &Typed) -> Option<Self> {
        let name = Typed::measure_name(entry.fault);
        let (asks, usual, step, least) = match entry.measure {
            Measure::None => return None,
            Measure::Delay { asks, usual_ms } => (asks, usual_ms.map(seconds).unwrap_or_default(), "any", Some("0")),
            Measure::Amount { asks, usual } => (asks, usual.to_string(), "1", None),
        };
        let value = match typed.text(&name) {
            "" => usual,
            text => text.to_owned(),
        };
        Some(Self { name, asks, value, step, least })
    }
}

impl StruckLine {
    fn new(struck: Struck) -> Self {
        Self {
            title: title(struck.fault),
            about: if struck.attempt > 1 {
                format!("{}, attempt {}", struck.about, struck.attempt)
            } else {
                struck.about
            },
            time: struck.struck_at.format("%H:%M:%S").to_string(),
        }
    }
}

/// Milliseconds as people read and type them.
fn seconds(ms: i64) -> String {
    (ms as f64 / 1000.0).to_string()
}

fn title(fault: Fault) -> &'static str {
    catalogue::find(fault).map_or("", |entry| entry.title)
}
