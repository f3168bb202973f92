//! The gateway and the payer as processes on a real chain: asked by the real `openai` package, stopped dead at every step, and redeemed once.

mod asking;
mod books;
mod killed;
mod sold;
#[expect(dead_code, reason = "what the rounds of another test look for is not looked at here")]
#[path = "../operator/trained_version/texts.rs"]
mod texts;
mod world;
