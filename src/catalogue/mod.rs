//! The editorial and physical world: movies, cinemas, screens, layouts, and the shows that bring them together.

pub mod business_day;
pub mod cinema;
pub mod city;
pub mod layout;
pub mod listing;
pub mod movie;
pub mod plan;
pub mod poster;
pub mod price_list;
pub mod show;
