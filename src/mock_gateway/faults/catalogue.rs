//! The faults in words, with the number that each of them takes.

use super::Fault;

/// The number that a fault can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    None,
    /// A time; `usual_ms` when none is given. Without a usual one it may be left out, which means for ever.
    Delay {
        asks: &'static str,
        usual_ms: Option<i64>,
    },
    /// Minor units that are added to what is captured; below zero, too little is.
    Amount {
        asks: &'static str,
        usual: i64,
    },
}

/// How a fault is presented to people.
#[derive(Debug)]
pub struct Entry {
    pub fault: Fault,
    pub title: &'static str,
    pub text: &'static str,
    pub measure: Measure,
}

#[derive(Debug)]
pub struct Group {
    pub title: &'static str,
    pub entries: &'static [Entry],
}

const fn entry(fault: Fault, title: &'static str, text: &'static str) -> Entry {
    Entry { fault, title, text, measure: Measure::None }
}

const fn timed(fault: Fault, title: &'static str, text: &'static str, asks: &'static str, usual_ms: i64) -> Entry {
    Entry { fault, title, text, measure: Measure::Delay { asks, usual_ms: Some(usual_ms) } }
}

pub static GROUPS: [Group; 4] = [
    Group {
        title: "The news of the payment",
        entries: &[
            timed(
                Fault::WebhookDelayed,
                "It comes late",
                "The webhook is sent, but not at once.",
                "Seconds late",
                10_000,
            ),
            entry(Fault::WebhookDoubled, "It comes twice", "The same webhook is sent two times at the same moment."),
            timed(
                Fault::WebhookReordered,
                "It comes in the wrong order",
                "A webhook is held back until a later one of the same payment was taken.",
                "Seconds to wait for a later one",
                30_000,
            ),
            entry(
                Fault::WebhookLost,
                "It never comes",
                "The webhook is lost for ever. Asking for events still finds it.",
            ),
            entry(
                Fault::WebhookWrongSignature,
                "It is badly signed",
                "The webhook is signed with a secret that the shop does not know.",
            ),
            entry(
                Fault::WebhookStale,
                "It looks ten minutes old",
                "The webhook is well signed, with a time that no shop should still accept.",
            ),
        ],
    },
    Group {
        title: "The money",
        entries: &[
            timed(
                Fault::CaptureAfterExpiry,
                "It comes after the end",
                "The customer pays in time; the payment is reported expired, and paid after all.",
                "Seconds between the two",
                5_000,
            ),
            Entry {
                fault: Fault::AmountMismatch,
                title: "It is not the amount asked",
                text: "Another amount is captured than the shop asked for.",
                measure: Measure::Amount { asks: "Paise or cents more; less with a minus", usual: -1 },
            },
        ],
    },
    Group {
        title: "The money that goes back",
        entries: &[
            entry(Fault::RefundFails, "The refund fails", "The bank refuses the refund at once."),
            timed(
                Fault::RefundFailsLater,
                "The refund fails later",
                "It succeeds, and the money comes back to the shop after all.",
                "Seconds until it fails",
                5_000,
            ),
            Entry {
                fault: Fault::RefundPending,
                title: "The refund stays pending",
                text: "The bank says only after a while that it succeeds, or never.",
                measure: Measure::Delay { asks: "Seconds; nothing means never", usual_ms: None },
            },
        ],
    },
    Group {
        title: "The answers to the shop",
        entries: &[
            entry(Fault::ApiError, "Error 500", "The gateway answers with an error and does nothing."),
            entry(Fault::ApiHtml, "Error 502, in HTML", "A page of some proxy answers in the gateway's place."),
            entry(Fault::ApiRateLimit, "Error 429", "The shop has asked too often; nothing is done."),
            timed(
                Fault::ApiSilent,
                "Done, but no answer",
                "The gateway does what it was asked, says nothing, and then cuts the connection.",
                "Seconds of silence",
                20_000,
            ),
            timed(Fault::ApiSlow, "A slow answer", "The answer is right, but takes its time.", "Seconds", 3_000),
        ],
    },
];

pub fn find(fault: Fault) -> Option<&'static Entry> {
    GROUPS.iter().flat_map(|group| group.entries).find(|entry| entry.fault == fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_offered_once() {
        for fault in Fault::ALL {
            let offered = GROUPS.iter().flat_map(|group| group.entries).filter(|entry| entry.fault == *fault);
            assert_eq!(offered.count(), 1, "{fault}");
        }
    }
}
