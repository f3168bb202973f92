//! Sending what is due: one transaction for all of it; and where that is refused, each message alone, so that one that came too late
//! stops no other.

use chain::{ChainClient, ChainError, Execute, Signer};
use protocol::{ModelId, RoundId};

use super::{
    crash,
    duties::Due,
    noted::{Noted, Notes},
};

/// A message with what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What is due.
    pub due: Due,
    /// The model; 0 for what concerns none.
    pub model: ModelId,
    /// The round.
    pub round: Option<RoundId>,
    /// The message.
    pub execute: Execute,
}

/// Sends letters; returns those of anybody's that were refused.
///
/// # Errors
/// If the chain cannot be reached, or its state is not known; the next turn looks again.
pub async fn send(
    client: &dyn ChainClient,
    signer: &Signer,
    letters: Vec<Letter>,
    notes: &Notes,
) -> Result<Vec<(ModelId, Due)>, ChainError> {
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    letters.iter().for_each(|letter| crash::before(letter.due));
    let messages = letters.iter().map(|letter| letter.execute.clone()).collect();
    match client.execute(signer, messages).await {
        Ok(outcome) => {
            letters.iter().for_each(|letter| sent(letter, outcome.height, notes));
            Ok(Vec::new())
        }
        Err(ChainError::Rejected { .. }) if letters.len() > 1 => one_by_one(client, signer, letters, notes).await,
        Err(ChainError::Rejected { reason, .. }) => {
            Ok(letters.iter().map(|letter| refused(letter, &reason, notes)).collect())
        }
        Err(error) => Err(error),
    }
}

async fn one_by_one(
    client: &dyn ChainClient,
    signer: &Signer,
    letters: Vec<Letter>,
    notes: &Notes,
) -> Result<Vec<(ModelId, Due)>, ChainError> {
    let mut all = Vec::new();
    for letter in letters {
        crash::before(letter.due);
        match client.execute(signer, vec![letter.execute.clone()]).await {
            Ok(outcome) => sent(&letter, outcome.height, notes),
            Err(ChainError::Rejected { reason, .. }) => all.push(refused(&letter, &reason, notes)),
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn sent(letter: &Letter, height: u64, notes: &Notes) {
    crash::after(letter.due);
    notes.note(Noted::Sent { letter, height });
}

fn refused(letter: &Letter, reason: &str, notes: &Notes) -> (ModelId, Due) {
    notes.note(Noted::Refused { letter, reason });
    (letter.model, letter.due)
}
