//! Several people want the same seats: what each of them sees.

use crate::chromium::{Screen, Scripts};
use crate::halls::imax;
use crate::support::TestApp;
use crate::support::fixture::{House, house, try_hold, try_sell};
use crate::window::Window;
use marquee::ids::SeatId;
use serde_json::json;

struct Scene {
    app: TestApp,
    house: House,
}

impl Scene {
    fn new() -> Self {
        let app = TestApp::start();
        let house = house(&mut app.database.connect());
        Self { app, house }
    }

    /// A window on the seat map with these seats chosen.
    async fn chooser(&self, album: &str, screen: Screen, scripts: Scripts, labels: &str) -> Window {
        let window = Window::open(&self.app.url, album, screen, scripts).await;
        window.go(&format!("/shows/{}", self.house.show)).await;
        for seat in self.house.seats(labels) {
            window.click(&free(seat)).await;
        }
        if scripts == Scripts::On {
            window.until_says("#choice", &labels.replace(' ', ", ")).await;
        }
        window
    }

    fn free(&self, label: &str) -> String {
        free(self.house.seat(label))
    }

    fn taken(&self, label: &str) -> String {
        format!("#taken-{}", self.house.seat(label))
    }
}

/// The box of a seat that can be chosen.
fn free(seat: SeatId) -> String {
    format!("#seat-{seat} input")
}

/// The seats that the form would send now.
async fn sent(window: &Window) -> Vec<String> {
    let sent = window.run("return new FormData(document.querySelector('.seat-form')).getAll('seat')", &[]).await;
    serde_json::from_value(sent).unwrap()
}

#[actix_web::test]
async fn the_slower_of_two_is_told_what_went_and_keeps_the_rest_chosen() {
    let scene = Scene::new();
    for scripts in [Scripts::On, Scripts::Off] {
        // A row for each round.
        let (wanted, contested, rest) = match scripts {
            Scripts::On => ("A4 A5", "A4", "A5"),
            Scripts::Off => ("B4 B5", "B4", "B5"),
        };
        let slower = scene.chooser("contention", Screen::Phone, scripts, wanted).await;
        let faster = scene.chooser("contention-faster", Screen::Desktop, scripts, contested).await;
        // Nothing reaches the slower one's open map any more.
        slower.run("window.fetch = () => new Promise(() => {})", &[]).await;
        faster.click_words("Hold these seats").await;
        faster.until_says("h1", "Almost yours").await;
        slower.click_words("Hold these seats").await;
        slower.until_says("#refusal", &format!("{contested} just went")).await;
        slower.picture("refused").await;
        assert!(slower.has(&scene.taken(contested)).await);
        assert_eq!(sent(&slower).await, [scene.house.seat(rest).to_string()]);
        slower.click_words("Hold these seats").await;
        slower.until_says("h1", "Almost yours").await;
        assert_eq!(slower.texts(".seat-labels .badge").await, [rest]);
        slower.close().await;
        faster.close().await;
    }
}

#[actix_web::test]
async fn anothers_hold_shows_on_an_open_map_and_the_own_choice_survives() {
    let app = TestApp::start();
    let hall = imax(&mut app.database.connect());
    let window = Window::open(&app.url, "live-map", Screen::Phone, Scripts::On).await;
    window.go(&format!("/shows/{}", hall.show)).await;
    for label in ["H11", "H12"] {
        window.click(&free(hall.seat(label))).await;
    }
    window.until_says("#choice", "H11, H12").await;
    let place =
        "return [document.activeElement.value, document.querySelector('.seat-map .scroll').scrollLeft, scrollY]";
    window
        .run(
            "document.querySelector('.seat-map .scroll').scrollLeft = 131; scrollTo({top: 97, behavior: 'instant'})",
            &[],
        )
        .await;
    let before = window.run(place, &[]).await;
    assert_eq!(before, json!([hall.seat("H12").to_string(), 131, 97]));

    try_hold(&mut app.database.connect(), hall.show, &hall.seats("H13 H14")).unwrap();
    window.until_there(&format!("#taken-{}", hall.seat("H14"))).await;
    window.picture("others-hold").await;
    assert_eq!(window.run(place, &[]).await, before, "focus and scrolling stay where they were");
    assert_eq!(sent(&window).await, hall.seats("H11 H12").iter().map(SeatId::to_string).collect::<Vec<_>>());
    window.until_says("#choice", "H11, H12").await;
    window.close().await;
}

#[actix_web::test]
async fn a_chosen_seat_that_goes_meanwhile_is_named_and_no_longer_sent() {
    let scene = Scene::new();
    let window = scene.chooser("chosen-seat-goes", Screen::Desktop, Scripts::On, "B3 B4").await;
    try_sell(&mut scene.app.database.connect(), scene.house.show, &scene.house.seats("B3")).unwrap();
    window.until_says("#lost", "B3 just went").await;
    assert!(window.has(&scene.taken("B3")).await);
    assert_eq!(sent(&window).await, [scene.house.seat("B4").to_string()]);
    window.until_says("#choice .total", "₹235.40").await;
    window.picture("gone").await;
    // What was said about it goes with the next choice.
    window.click(&scene.free("B5")).await;
    window.until_says("#choice", "B4, B5").await;
    window.until("silence", async || window.text("#lost").await.is_empty().then_some(())).await;
    window.close().await;
}
