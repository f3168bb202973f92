//! Revealing a committed report.

use cosmwasm_std::{Addr, Binary, Env, Event, Response, Storage};
use protocol::Hash32;
use protocol::attribution::{Phase, ReportMsg, Revealed, Round};
use protocol::event::AttributionEvent;
use rules::bitmap::Bitmap;
use rules::score::{Report, Vector, pack_entries, report_commitment, unpack_entries};

use super::end_commits::begin_reveals;
use super::standing::require_member;
use super::{RoundKey, increment};
use crate::ContractError;
use crate::state::{self, Part, Stored};
use crate::window::{Now, require_phase};

/// What is revealed, and by whom.
pub struct Reveal {
    /// The sender.
    pub operator: Addr,
    /// The report.
    pub report: ReportMsg,
    /// The salt of its commitment.
    pub salt: Hash32,
}

/// Takes a report that was committed; the first one begins the reveal window.
pub fn run(
    storage: &mut dyn Storage,
    env: &Env,
    (model, id): RoundKey,
    reveal: Reveal,
) -> Result<Response, ContractError> {
    let mut round = state::load_open(storage, model, id)?;
    let begun = enter(storage, env, &mut round)?;
    let part = open_part(storage, &round, &reveal.operator)?;
    let report = parse(reveal.report, &round)?;
    report.check(round.positions, round.redemptions)?;
    check_commitment(storage, &round, (&reveal.operator, &reveal.salt), (&part, &report))?;
    let kind = store(storage, &mut round, &reveal.operator, part, report)?;
    state::save_round(storage, &round)?;
    let revealed =
        AttributionEvent::ReportRevealed { model, round: id, operator: reveal.operator.into(), kind: kind.to_owned() };
    Ok(Response::new().add_events(begun).add_event(revealed))
}

/// Makes sure that the reveal window runs, beginning it if the commit window has ended.
fn enter(storage: &dyn Storage, env: &Env, round: &mut Round) -> Result<Option<Event>, ContractError> {
    if round.phase == Phase::Commit {
        return begin_reveals(storage, env, round).map(Some);
    }
    require_phase(round, Phase::Reveal)?;
    Now::of(env, state::load_settings(storage)?.min_blocks).require_running(round)?;
    Ok(None)
}

/// The part of an operator who committed and has not revealed.
fn open_part(storage: &dyn Storage, round: &Round, operator: &Addr) -> Result<Part, ContractError> {
    require_member(round, operator)?;
    let Some(part) = state::find_part(storage, round, operator)? else {
        let operator = operator.clone();
        return Err(ContractError::NotCommitted { operator });
    };
    if part.revealed.is_some() {
        let operator = operator.clone();
        return Err(ContractError::AlreadyRevealed { operator });
    }
    Ok(part)
}

fn parse(report: ReportMsg, round: &Round) -> Result<Report, ContractError> {
    let (entries, reach, unresolved) = match report {
        ReportMsg::TooFew {} => return Ok(Report::TooFew),
        ReportMsg::Vector { entries, reach, unresolved } => (entries, reach, unresolved),
    };
    let bits = usize::try_from(round.redemptions).map_err(|_| ContractError::Overflow)?;
    Ok(Report::Vector(Vector {
        entries: unpack_entries(&entries)?,
        reach: reach.u64(),
        unresolved: Bitmap::from_bytes(bits, unresolved.to_vec())?,
    }))
}

fn check_commitment(
    storage: &dyn Storage,
    round: &Round,
    (operator, salt): (&Addr, &Hash32),
    (part, report): (&Part, &Report),
) -> Result<(), ContractError> {
    let domain = state::load_settings(storage)?.domain();
    let inputs = round.inputs.bytes();
    let hash = report_commitment(&domain, inputs, operator.as_str(), report, salt.bytes());
    if Hash32::from(hash) != part.commitment {
        return Err(ContractError::CommitmentMismatch);
    }
    Ok(())
}

/// Stores the report and counts it; says what kind it is.
fn store(
    storage: &mut dyn Storage,
    round: &mut Round,
    operator: &Addr,
    mut part: Part,
    report: Report,
) -> Result<&'static str, ContractError> {
    let kind = match report {
        Report::TooFew => {
            round.too_few = increment(round.too_few)?;
            part.revealed = Some(Revealed::TooFew {});
            "too_few"
        }
        Report::Vector(vector) => {
            round.vectors = increment(round.vectors)?;
            let reach = vector.reach.into();
            part.revealed = Some(Revealed::Vector { reach });
            part.unresolved = Binary::from(vector.unresolved.as_bytes());
            let place = Stored { model: round.model.get(), slot: round.slot, round: round.id.get(), operator };
            state::write_entries(storage, &place, &pack_entries(&vector.entries));
            "vector"
        }
    };
    state::save_part(storage, round, operator, &part)?;
    Ok(kind)
}
