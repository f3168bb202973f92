//! An answer, as it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures::Stream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::EngineError;

/// A part of an answer. Pieces of text come first; one [`Piece::Done`] or [`Piece::Failed`] is the last.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text that stays as it is, and the tokens drawn since the piece before: a character or a possible stop sequence may keep text of
    /// several tokens back. All pieces together have every token, those without text too.
    Text {
        /// May be empty in the last one.
        text: String,
        /// In the order of their drawing.
        tokens: Vec<TokenInfo>,
    },
    /// The answer's end.
    Done(Finished),
    /// It ended without its end.
    Failed(EngineError),
}

/// A token that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenInfo {
    /// Its number.
    pub token: u32,
    /// What was asked about its probability.
    pub logprobs: Option<Logprobs>,
}

/// A token's probability among others.
#[derive(Clone, Debug, PartialEq)]
pub struct Logprobs {
    /// The token's own text; of a part of a character, a replacement character.
    pub text: String,
    /// Natural logarithm of its probability by the model, before temperature, penalties and anything left out.
    pub log_probability: f32,
    /// The likeliest tokens, with their texts and the same of theirs.
    pub likeliest: Vec<(u32, String, f32)>,
}

/// What there is to say of an answer that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Why it ended.
    pub reason: Finish,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens that were drawn, those of a stop sequence too.
    pub completion_tokens: usize,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// A stop sequence, or a token that ends answers.
    Stop,
    /// As many tokens as were asked for.
    Length,
    /// [`Generation::cancel`].
    Cancelled,
    /// The next token would have made the answer one that nobody takes for the model's own ([`lm::surprise`]): high temperatures, penalties and biases lead there.
    Unlikely,
}

/// An answer: a stream of [`Piece`]s.
///
/// Who drops it does not stop it, since what was generated is counted and owed; [`Self::cancel`] does.
pub struct Generation {
    pieces: UnboundedReceiver<Piece>,
    canceller: Canceller,
    prompt_tokens: usize,
    is_over: bool,
}

/// Stops an answer from elsewhere.
#[derive(Clone, Debug)]
pub struct Canceller(Arc<AtomicBool>);

impl Canceller {
    /// Asks the answer to end after the step under way. It still ends with [`Piece::Done`], which says what was generated.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Generation {
    pub(super) fn new(prompt_tokens: usize) -> (Self, Reply) {
        let (sender, pieces) = unbounded_channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let canceller = Canceller(Arc::clone(&cancelled));
        (Self { pieces, canceller, prompt_tokens, is_over: false }, Reply { sender, cancelled })
    }

    /// Tokens of the prompt.
    pub fn prompt_tokens(&self) -> usize {
        self.prompt_tokens
    }

    /// As [`Canceller::cancel`].
    pub fn cancel(&self) {
        self.canceller.cancel();
    }

    /// A handle that stops it.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The next piece; none after the last.
    pub async fn next(&mut self) -> Option<Piece> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        // A thread that died leaves the channel without a last piece.
        let died = || Piece::Failed(EngineError::Failed { why: "its thread has ended".to_owned() });
        self.pieces.poll_recv(context).map(|piece| {
            let piece = piece.unwrap_or_else(died);
            self.is_over = !matches!(piece, Piece::Text { .. });
            Some(piece)
        })
    }
}

impl Stream for Generation {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.poll(context)
    }
}

/// The engine's end of a generation. The channel is bounded by the tokens asked for.
pub(super) struct Reply {
    sender: UnboundedSender<Piece>,
    cancelled: Arc<AtomicBool>,
}

impl Reply {
    /// Nobody may be there to take it, which changes nothing.
    pub fn send(&self, piece: Piece) {
        let _ = self.sender.send(piece);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
