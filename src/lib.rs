//! Marquee: cinema seat booking in which a seat is never sold twice, money and seats always settle, and any incident
//! can be explained.
//!
//! # The rooms
//!
//! Imports point one way: fronts → readers → verbs → nouns → ground (`tests/app/import_order.rs` keeps it so).
//!
//! - **Ground** knows no noun: [`db`] (every BEGIN), [`clock`], [`money`], [`ids`], [`ledger`], [`fault`].
//! - **Nouns** hold rows, statements and pure rules, and never import each other: [`catalogue`], [`seating`],
//!   [`booking`], [`payment`], [`ticketing`], [`accounts`].
//! - **Verbs** act across nouns and are the only callers of `db::transact`: [`sale`], [`programme`].
//! - **Readers** tell history and never write: [`history`].
//! - **Errands** run verbs with calls to the gateway between them, outside of any transaction: [`errands`].
//! - **Fronts**: [`web`], [`workers`], [`commands`], [`demo`], [`local_postgres`], and [`mock_gateway`], which is a separate product
//!   that shares the binary and is only reached over HTTP.
//!
//! # One booking, walked through the rooms
//!
//! A moviegoer opens `GET /shows/{id}`: [`web`] asks [`seating`] for the seat map, judged at one instant of the
//! database's clock. `POST /shows/{id}/bookings` calls [`sale::hold`], which takes every chosen seat or none in one
//! transaction. The checkout page collects contact and price types ([`booking`]); `POST /bookings/{ref}/payments` calls
//! [`sale::start_payment`], which commits a payment row before it asks the gateway for a session ([`payment`]). The
//! gateway's signed webhook lands in the inbox and [`sale::settle`] turns `locked` into `booked` for every seat or none,
//! issues the tickets ([`ticketing`]) and writes the ledger, again in one transaction.

#[macro_use]
mod text_enum;

pub mod accounts;
pub mod booking;
pub mod catalogue;
pub mod clock;
pub mod commands;
pub mod db;
pub mod demo;
pub mod errands;
pub mod fault;
pub mod history;
pub mod ids;
pub mod ledger;
pub mod local_postgres;
pub mod mock_gateway;
pub mod money;
pub mod payment;
pub mod programme;
pub mod sale;
pub mod schema;
pub mod seating;
pub mod settings;
pub mod ticketing;
pub mod web;
pub mod workers;
