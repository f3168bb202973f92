//! Answers that were paid and perhaps not read, for clients that ask again; and the calls under way, for which such a client waits instead of paying for another one.
//!
//! Who is answered from the shelf:
//! - who names the same `Idempotency-Key` for the same request, as long as the answer is kept;
//! - who says that it asks again (`X-Stainless-Retry-Count` above 0), if an answer to this very request is not known to have been read;
//! - whoever asks the same, if the answer was handed to nobody: its client went away, or the payer died before.
//!
//! An answer counts as read once all of it was handed to its client's connection. On disk that is noted [`READ_AFTER`] later: a payer that dies in between gives it to who
//! says that it asks again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::Hash32;
use tokio::sync::Notify;

use super::purse::Kept;

/// How long answers are kept, in seconds: longer than clients try again.
const KEPT_FOR: u64 = 3_600;
/// After how many seconds an answer that was handed to its client's connection is let go.
pub const READ_AFTER: u64 = 5;
/// Most answers, and most bytes of all of them.
const MOST: usize = 256;
const MOST_BYTES: usize = 32 << 20;

/// A call, by channel and rank.
pub type Call = (u64, u64);

/// Who asks for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// `rules::order::request_digest` of what is asked.
    pub request: Hash32,
    /// What the client calls the call.
    pub key: Option<String>,
    /// Whether it says that it asked before.
    pub is_again: bool,
}

/// A key that was used for another request.
#[derive(Debug)]
pub struct KeyReused;

/// How a claim is answered.
pub enum Entered {
    /// By a call that is made now.
    New(Ticket),
    /// By an answer that is kept.
    Kept(Call, Ticket),
}

/// What is kept in memory of an answer.
#[derive(Debug)]
struct Entry {
    call: Call,
    request: Hash32,
    key: Option<String>,
    at: u64,
    bytes: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has it.
    Ready,
    /// It was handed on in an earlier life of the program: read or not.
    Handed,
    /// It was handed on at this second.
    Read(u64),
}

/// A call under way.
#[derive(Debug)]
struct UnderWay {
    number: u64,
    request: Hash32,
    key: Option<String>,
    /// Whether nobody waits for it at a connection: it was left by an earlier client, and whoever asks the same gets it.
    is_left: bool,
    /// Its answer, once it is on the shelf.
    call: Option<Call>,
}

#[derive(Debug, Default)]
struct Content {
    kept: Vec<Entry>,
    under_way: Vec<UnderWay>,
    next: u64,
}

/// The shelf.
#[derive(Debug, Default)]
pub struct Shelf {
    content: Mutex<Content>,
    changed: Notify,
}

/// A place among the calls under way, until it is dropped.
#[derive(Debug)]
pub struct Ticket {
    shelf: Arc<Shelf>,
    number: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.shelf.content().under_way.retain(|one| one.number != self.number);
        self.shelf.changed.notify_waiters();
    }
}

impl Shelf {
    /// With the answers of a purse.
    pub fn new(kept: &[Kept]) -> Arc<Self> {
        let state = |kept: &Kept| if kept.is_handed { State::Handed } else { State::Ready };
        let kept = kept.iter().map(|kept| Entry::new(kept, state(kept))).collect();
        Arc::new(Self { content: Mutex::new(Content { kept, ..Content::default() }), changed: Notify::new() })
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // Nothing that holds it can leave it half changed.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer that is kept, or the right to make the call; waits for a call under way that answers the claim.
    ///
    /// # Errors
    /// [`KeyReused`]
    pub async fn enter(self: &Arc<Self>, claim: &Claim) -> Result<Entered, KeyReused> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(entered) = self.try_enter(claim)? {
                return Ok(entered);
            }
            changed.await;
        }
    }

    fn try_enter(self: &Arc<Self>, claim: &Claim) -> Result<Option<Entered>, KeyReused> {
        let mut content = self.content();
        if content.is_reused(claim) {
            return Err(KeyReused);
        }
        let call = content.find(claim);
        if call.is_none() && content.under_way.iter().any(|one| claim.waits_for(one)) {
            return Ok(None);
        }
        let ticket = content.issue(self, claim, false, call);
        Ok(Some(match call {
            Some(call) => Entered::Kept(call, ticket),
            None => Entered::New(ticket),
        }))
    }

    /// Enters a call that an earlier client left, which is fetched now.
    pub fn fetch(self: &Arc<Self>, request: Hash32, key: Option<String>) -> Ticket {
        let claim = Claim { request, key, is_again: false };
        self.content().issue(self, &claim, true, None)
    }

    /// Whether a claim that was entered is answered elsewhere by now: it has to enter again.
    pub fn is_elsewhere(&self, claim: &Claim) -> bool {
        let content = self.content();
        content.find(claim).is_some() || content.under_way.iter().any(|one| one.is_left && claim.waits_for(one))
    }

    /// The answers that make room for one more of so many bytes, oldest first; none if it is too large itself.
    pub fn room_for(&self, bytes: usize) -> Option<Vec<Call>> {
        if bytes > MOST_BYTES {
            return None;
        }
        let mut content = self.content();
        content.kept.sort_by_key(|entry| entry.at);
        let mut total: usize = content.kept.iter().map(|entry| entry.bytes).sum();
        let mut gone = Vec::new();
        for (index, entry) in content.kept.iter().enumerate() {
            if content.kept.len() - index < MOST && total + bytes <= MOST_BYTES {
                break;
            }
            total -= entry.bytes;
            gone.push(entry.call);
        }
        Some(gone)
    }

    /// Puts an answer that was written, in the place of others that are gone.
    pub fn put(&self, kept: &Kept, gone: &[Call], ticket: Option<&Ticket>) {
        let mut content = self.content();
        content.kept.retain(|entry| !gone.contains(&entry.call));
        content.kept.push(Entry::new(kept, State::Ready));
        let call = call_of(kept);
        let owner = ticket.and_then(|ticket| content.under_way.iter_mut().find(|one| one.number == ticket.number));
        if let Some(owner) = owner {
            owner.call = Some(call);
        }
    }

    /// The answer of a ticket's call, if it is on the shelf.
    pub fn answer_of(&self, ticket: &Ticket) -> Option<Call> {
        self.content().under_way.iter().find(|one| one.number == ticket.number)?.call
    }

    /// Notes that an answer was handed on.
    pub fn hand(&self, call: Call, seconds: u64) {
        if let Some(entry) = self.content().kept.iter_mut().find(|entry| entry.call == call) {
            entry.state = State::Read(seconds);
        }
    }

    /// Forgets an answer that is no longer kept.
    pub fn forget(&self, call: Call) {
        self.content().kept.retain(|entry| entry.call != call);
    }

    /// Forgets what nobody will ask for any more, and tells which that is.
    pub fn sweep(&self, seconds: u64) -> Vec<Call> {
        let mut content = self.content();
        let owned: Vec<Call> = content.under_way.iter().filter_map(|one| one.call).collect();
        let is_over = |entry: &Entry| {
            let is_read = match entry.state {
                State::Read(at) => entry.key.is_none() && seconds >= at.saturating_add(READ_AFTER),
                State::Ready | State::Handed => false,
            };
            !owned.contains(&entry.call) && (is_read || seconds >= entry.at.saturating_add(KEPT_FOR))
        };
        content.kept.extract_if(.., |entry| is_over(entry)).map(|entry| entry.call).collect()
    }
}

impl Claim {
    /// Whether a call under way may answer it.
    fn waits_for(&self, other: &UnderWay) -> bool {
        if self.request != other.request {
            return false;
        }
        match &self.key {
            _ if other.is_left => true,
            Some(key) => other.key.as_ref() == Some(key),
            None => self.is_again && other.key.is_none(),
        }
    }
}

impl Entry {
    fn new(kept: &Kept, state: State) -> Self {
        let Kept { request, key, at, body, .. } = kept;
        Self { call: call_of(kept), request: *request, key: key.clone(), at: *at, bytes: body.len(), state }
    }

    /// Whether it answers a claim to its own request.
    fn answers(&self, claim: &Claim) -> bool {
        if self.key.is_some() && self.key == claim.key {
            return true;
        }
        match self.state {
            State::Ready => true,
            State::Handed => claim.is_again && self.key.is_none(),
            State::Read(_) => false,
        }
    }
}

impl Content {
    fn find(&self, claim: &Claim) -> Option<Call> {
        let is_owned = |entry: &&Entry| self.under_way.iter().any(|one| one.call == Some(entry.call));
        let fits = |entry: &&Entry| entry.request == claim.request && entry.answers(claim) && !is_owned(entry);
        self.kept
            .iter()
            .filter(fits)
            .max_by_key(|entry| (entry.state == State::Ready, entry.at))
            .map(|entry| entry.call)
    }

    fn is_reused(&self, claim: &Claim) -> bool {
        let Some(key) = &claim.key else { return false };
        let kept = self.kept.iter().map(|entry| (&entry.key, &entry.request));
        let under_way = self.under_way.iter().map(|one| (&one.key, &one.request));
        kept.chain(under_way).any(|(other, request)| other.as_ref() == Some(key) && *request != claim.request)
    }

    fn issue(&mut self, shelf: &Arc<Shelf>, claim: &Claim, is_left: bool, call: Option<Call>) -> Ticket {
        self.next += 1;
        let (request, key) = (claim.request, claim.key.clone());
        self.under_way.push(UnderWay { number: self.next, request, key, is_left, call });
        Ticket { shelf: Arc::clone(shelf), number: self.next }
    }
}

fn call_of(kept: &Kept) -> Call {
    (kept.call.0.get(), kept.call.1)
}
