//! The oracle: both sides of a paid call, published objects, operators, and the story as `oracle demo` tells it. The story is played
//! once, through the built binary, and many tests read what it left.

mod command;
mod forgery;
mod gateway;
mod inputs;
mod node;
mod payer;
mod published;
mod shop;
mod story;
mod told;
