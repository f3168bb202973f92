//! Requests and answers as OpenAI's clients know them: `/v1/chat/completions` and `/v1/completions`. What would change the answer and is not done here is refused by name; what only
//! concerns the account of the asker is ignored.
//!
//! # Source
//! OpenAI's API reference, chat completions and completions, of 2025.

mod answer;
mod ask;

pub use self::{
    answer::{Answered, Kind, Shape, Usage, done, error_body, model_list},
    ask::{Ask, AskError, chat, completion},
};
