//! The oracle: both sides of a paid call, published objects, operators, and the story as `oracle demo` tells it. The story is played
//! once, through the built binary, and many tests read what it left.

mod cite;
mod command;
mod config;
mod crash;
mod doctor;
mod duplicates;
mod duties;
mod falsehood;
mod forgery;
mod gateway;
mod inputs;
mod keys;
mod lineage;
mod measuring;
mod node;
mod payer;
mod published;
mod removal;
mod retirement;
mod scoring;
mod shop;
mod statement;
mod story;
mod telemetry;
mod told;
mod train;
mod trained_version;
mod versions;
