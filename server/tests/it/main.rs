//! Tests of the whole server: over HTTP in process, on both databases, and of what must hold between its parts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod buyers;
mod child;
mod contract;
mod site;
mod story;

mod abuse;
mod architecture;
mod as_of;
mod attention;
mod bad_input;
mod bounds;
mod callbacks;
mod check_in;
mod clocks;
mod commands;
mod crash;
mod eventstore;
mod faces;
mod faults;
mod greed;
mod hazards;
mod history;
mod isolation;
mod letters;
mod limits;
mod nodes;
mod operator;
mod orders;
mod organizers;
mod payments;
mod personal_data;
mod promo_codes;
mod quotas;
mod races;
mod reads;
mod rebuild;
mod samples;
mod streams;
mod tables;
mod takeover;
mod transfer;
mod translations;
mod verify;
mod wait_list;
