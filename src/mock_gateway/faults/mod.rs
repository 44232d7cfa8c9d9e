//! What can go wrong between a shop and its gateway, made to go wrong on purpose.
//!
//! A [`switch`] says which fault, for which session or for all, how often, and with which seed. Tests set it over the
//! JSON [`api`] (`/api/faults`), people on a [`page`] (`/faults`, and `/pay/{id}/faults` for one payment). Switches are
//! rows, so they survive a restart.
//!
//! Where something may go wrong, the gateway asks here: the courier in [`courier`], the merchants' API in [`calls`], the
//! checkout in [`money`], refunding in [`refunds`]. A [`judge`] finds the switch that applies and decides; a decision by [`chance`] is a pure
//! function of seed, fault, subject and attempt, so that a run can be repeated. What struck is written down, and both
//! fronts show it.

mod api;
pub mod calls;
mod catalogue;
mod chance;
pub mod courier;
mod judge;
pub mod late_capture;
pub mod money;
mod page;
pub mod refunds;
mod setting;
mod strikes;
mod switch;
mod view;

use actix_web::web;

text_enum! {
    /// What can go wrong. [`catalogue`] says it in words.
    pub enum Fault {
        WebhookDelayed = "webhook_delayed",
        WebhookDoubled = "webhook_doubled",
        WebhookReordered = "webhook_reordered",
        WebhookLost = "webhook_lost",
        WebhookWrongSignature = "webhook_wrong_signature",
        WebhookStale = "webhook_stale",
        ApiRateLimit = "api_rate_limit",
        ApiError = "api_error",
        ApiHtml = "api_html",
        ApiSilent = "api_silent",
        ApiSlow = "api_slow",
        CaptureAfterExpiry = "capture_after_expiry",
        AmountMismatch = "amount_mismatch",
        RefundFails = "refund_fails",
        RefundFailsLater = "refund_fails_later",
        RefundPending = "refund_pending",
    }
}

/// Every URL of the switches.
pub fn routes(config: &mut web::ServiceConfig) {
    config.configure(api::routes).configure(page::routes);
}
