//! The wasmd client against a node that misbehaves.

mod fake;
mod health;
mod journal;
mod reading;
mod sending;
