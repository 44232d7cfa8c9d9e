//! A customer on the way to pay at the real mock gateway.

use super::fixture::{House, house};
use super::{Browser, TestApp};
use diesel::PgConnection;
use marquee::booking::booking;
use marquee::ids::BookingId;
use marquee::payment::{Payment, payment};

/// A booking whose customer is at the gateway's page.
pub struct Paying {
    pub app: TestApp,
    pub house: House,
    pub browser: Browser,
    /// Its path, `/bookings/K7QM2XPD`.
    pub booking: String,
    /// The gateway's page.
    pub session: String,
}

impl Paying {
    /// For A1 and A2, in a new house.
    pub async fn two_seats() -> Self {
        Self::seats("A1 A2").await
    }

    /// For any seats of a new house.
    pub async fn seats(labels: &str) -> Self {
        let app = TestApp::start();
        let house = house(&mut app.database.connect());
        let browser = app.browser();
        let (booking, session) = to_the_gateway(&browser, &house, labels).await;
        assert!(session.starts_with(&app.gateway_url), "{session}");
        Self { app, house, browser, booking, session }
    }

    pub fn conn(&self) -> PgConnection {
        self.app.database.connect()
    }

    pub fn id(&self) -> BookingId {
        booking_of(&mut self.conn(), &self.booking)
    }

    /// Its newest payment.
    pub fn payment(&self) -> Payment {
        newest_payment(&mut self.conn(), &self.booking)
    }

    pub async fn pay(&self) {
        self.pay_by("4242424242424242").await;
    }

    pub async fn pay_by(&self, number: &str) {
        pay_by(&self.browser, &self.session, number).await;
    }
}

/// Holds seats and goes to pay: the booking's path, and the gateway's page.
pub async fn to_the_gateway(browser: &Browser, house: &House, labels: &str) -> (String, String) {
    let seats: Vec<i64> = house.seats(labels).iter().map(|seat| seat.0).collect();
    let booking = browser.hold(house.show.0, &seats).await.leads_to().to_owned();
    let session = browser.start_payment(&booking).await.leads_to().to_owned();
    (booking, session)
}

/// Pays with one of the published test cards.
pub async fn pay_by(browser: &Browser, session: &str, number: &str) {
    let card = [("card", "typed"), ("number", number), ("expiry", "12/34"), ("cvc", "123")];
    browser.post(session, &card).await.leads_to();
}

/// The booking of a page, `/bookings/K7QM2XPD`.
pub fn booking_of(conn: &mut PgConnection, path: &str) -> BookingId {
    booking::find(conn, path.rsplit('/').next().unwrap()).unwrap().unwrap().id
}

/// The newest payment of a booking's page.
pub fn newest_payment(conn: &mut PgConnection, path: &str) -> Payment {
    let booking = booking_of(conn, path);
    payment::of_booking(conn, booking).unwrap().pop().unwrap()
}
