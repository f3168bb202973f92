//! Opening debt cases.

use datanet::ContractError;
use protocol::datanet::{DebtCase, DebtCaseState, QueryMsg, Status, Verdict};
use protocol::event::DatanetEvent;
use protocol::settlement::Standing;
use protocol::{ContributionId, DatanetId, ModelId, Seconds};

use crate::stand_ins::{clean, in_debt, untouched};
use crate::world::{
    APPEAL_PERIOD, CLEAN_ROUNDS, MIN_BLOCKS, NOTICE_PERIOD, Side, World, duplicate_proof, events, items,
};

pub const MODEL: ModelId = ModelId(1);

/// Ann's contribution of 30 items, used by a recognised model, with proved debt after two rounds.
pub struct Indebted {
    pub world: World,
    pub datanet: DatanetId,
    pub id: ContributionId,
}

impl Indebted {
    pub fn of(debt: u64) -> Self {
        let mut world = World::new();
        let datanet = world.curated_datanet();
        Self::in_datanet(world, datanet, debt)
    }

    /// Where two of rev1, rev2, rev3 decide.
    pub fn reviewed() -> Self {
        let mut world = World::new();
        let datanet = world.reviewed_datanet();
        Self::in_datanet(world, datanet, 100)
    }

    fn in_datanet(mut world: World, datanet: DatanetId, debt: u64) -> Self {
        let id = world.contribute("ann", datanet, &items(0..30));
        if world.contribution(id).status == Status::Pending {
            world.decide(id, Verdict::Accept);
        }
        world.mark_used(&[id]).unwrap();
        world.recognise(datanet, MODEL);
        world.set_standing(MODEL, id, in_debt(debt, 2));
        Self { world, datanet, id }
    }

    pub fn claim(&mut self) -> Result<(), ContractError> {
        self.world.claim(self.id, MODEL).map(drop)
    }

    /// Opens a case.
    pub fn claimed(mut self) -> Self {
        self.claim().unwrap();
        self
    }

    pub fn appeal(&mut self, sender: &str) -> Result<(), ContractError> {
        self.world.appeal(sender, self.id, MODEL).map(drop)
    }

    pub fn collect(&mut self) -> Result<Vec<DatanetEvent>, ContractError> {
        self.world.collect(self.id, MODEL).map(|response| events(&response))
    }

    /// Waits for the end of the appeal window.
    pub fn pass_window(&mut self) {
        self.world.pass(APPEAL_PERIOD, MIN_BLOCKS);
    }

    pub fn state(&self) -> DebtCaseState {
        self.world.case_state(self.id, MODEL).unwrap()
    }

    pub fn bond_taken(&self) -> u128 {
        self.world.contribution(self.id).bond_taken.u128()
    }

    pub fn no_open_case(&self) -> ContractError {
        ContractError::NoOpenCase { contribution: self.id, model: MODEL }
    }
}

#[test]
fn a_claim_opens_a_case_and_moves_nothing() {
    let mut debt = Indebted::of(400);
    let (world, id) = (&mut debt.world, debt.id);
    assert_eq!(world.debt_case(id, MODEL), None);
    let before = (world.contribution(id), world.config().bonds_held);
    let response = world.claim(id, MODEL).unwrap();
    let not_before = Seconds(world.now() + APPEAL_PERIOD);
    let claimed = DatanetEvent::DebtClaimed { contribution: id, model: MODEL, debt: 400_u128.into(), not_before };
    assert_eq!(events(&response), [claimed]);
    let case = DebtCase {
        contribution: id,
        model: MODEL,
        state: DebtCaseState::Open,
        claimed_at: Seconds(world.now()),
        claimed_height: world.app.block_info().height.into(),
        appeals: 0,
        collected: 0_u128.into(),
    };
    assert_eq!(world.debt_case(id, MODEL), Some(case));
    assert_eq!((world.contribution(id), world.config().bonds_held), before);
}

#[test]
fn a_debt_is_claimed_after_two_settled_rounds_in_a_row_with_it() {
    let refused =
        |debt, rounds| Err(ContractError::NoProvedDebt { contribution: ContributionId(1), model: MODEL, debt, rounds });
    let cases = [
        (untouched(), refused(0, 0)),
        (clean(255), refused(0, 0)),
        (in_debt(400, 1), refused(400, 1)),
        (in_debt(400, 2), Ok(())),
        (in_debt(1, 255), Ok(())),
        (in_debt(u64::MAX, 2), Ok(())),
        // Earned back by a valuation, or collected, since the last round of fees.
        (in_debt(0, 9), refused(0, 9)),
        (Standing { retired: true, ..in_debt(400, 2) }, Ok(())),
    ];
    for (standing, expected) in cases {
        let mut debt = Indebted::of(400);
        debt.world.set_standing(MODEL, debt.id, standing);
        assert_eq!(debt.claim(), expected, "{standing:?}");
    }
}

#[test]
fn only_a_recognised_model_claims() {
    let mut debt = Indebted::of(400);
    let (datanet, sham) = (debt.datanet, ModelId(2));
    debt.world.mark_used_by(sham, &[debt.id]).unwrap();
    debt.world.set_standing(sham, debt.id, in_debt(1_000_000, 255));
    let refused = ContractError::NotRecognised { datanet, model: sham };
    assert_eq!(debt.world.claim(debt.id, sham).unwrap_err(), refused);
    debt.world.propose(datanet, sham).unwrap();
    debt.world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    assert_eq!(debt.world.claim(debt.id, sham).unwrap_err(), refused, "announced is not recognised");
    debt.world.confirm(datanet, sham).unwrap();
    debt.world.claim(debt.id, sham).unwrap();
    debt.world.revoke(datanet, MODEL).unwrap();
    assert_eq!(debt.claim(), Err(ContractError::NotRecognised { datanet, model: MODEL }));
}

#[test]
fn recognition_by_another_datanet_is_none() {
    let mut debt = Indebted::of(400);
    let other = debt.world.open_datanet();
    let elsewhere = debt.world.contribute("ben", other, &items(100..103));
    debt.world.mark_used(&[elsewhere]).unwrap();
    debt.world.set_standing(MODEL, elsewhere, in_debt(9, 9));
    let refused = debt.world.claim(elsewhere, MODEL).unwrap_err();
    assert_eq!(refused, ContractError::NotRecognised { datanet: other, model: MODEL });
}

#[test]
fn a_recognised_model_that_does_not_use_it_claims_nothing() {
    let mut debt = Indebted::of(400);
    let (datanet, idle) = (debt.datanet, ModelId(2));
    debt.world.recognise(datanet, idle);
    debt.world.set_standing(idle, debt.id, in_debt(400, 2));
    let refused = debt.world.claim(debt.id, idle).unwrap_err();
    assert_eq!(refused, ContractError::NotUsed { contribution: debt.id, model: idle });
}

#[test]
fn one_case_is_open_at_a_time_per_model() {
    let mut debt = Indebted::of(400).claimed();
    let open = ContractError::CaseOpen { contribution: debt.id, model: MODEL };
    assert_eq!(debt.claim(), Err(open));
    debt.pass_window();
    let open = ContractError::CaseOpen { contribution: debt.id, model: MODEL };
    assert_eq!(debt.claim(), Err(open), "collected first");
    let second = ModelId(2);
    debt.world.mark_used_by(second, &[debt.id]).unwrap();
    debt.world.recognise(debt.datanet, second);
    debt.world.set_standing(second, debt.id, in_debt(400, 2));
    debt.world.claim(debt.id, second).unwrap();
}

#[test]
fn a_withdrawn_contribution_walks_away_from_no_debt() {
    let mut debt = Indebted::of(400);
    debt.world.withdraw("ann", debt.id).unwrap();
    debt.world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    let in_debt = ContractError::InDebt { contribution: debt.id, model: MODEL, debt: 400 };
    assert_eq!(debt.world.release(debt.id).unwrap_err(), in_debt);
    debt.claim().unwrap();
    debt.pass_window();
    debt.collect().unwrap();
    assert_eq!(debt.bond_taken(), 400);
}

#[test]
fn without_a_bond_there_is_nothing_to_claim() {
    let mut released = Indebted::of(400);
    released.world.set_standing(MODEL, released.id, clean(CLEAN_ROUNDS));
    released.world.release(released.id).unwrap();
    released.world.set_standing(MODEL, released.id, in_debt(400, 2));
    assert_eq!(released.claim(), Err(ContractError::NoBondLeft { contribution: released.id }));

    let mut used_up = Indebted::of(1_000_000).claimed();
    used_up.pass_window();
    used_up.collect().unwrap();
    assert_eq!(used_up.claim(), Err(ContractError::NoBondLeft { contribution: used_up.id }));
}

#[test]
fn a_slashed_contribution_has_lost_its_bond_to_others() {
    let mut debt = Indebted::of(400);
    let batch = items(0..30);
    let later = debt.world.contribute("ben", debt.datanet, &batch);
    debt.world.mark_used(&[later]).unwrap();
    debt.world.set_standing(MODEL, later, in_debt(400, 2));
    let pairs: Vec<(u64, u64)> = (0..6).map(|i| (i, i)).collect();
    let sides = (Side { id: debt.id, items: &batch }, Side { id: later, items: &batch });
    debt.world.prove("eve", duplicate_proof(sides.0, sides.1, &pairs)).unwrap();
    let refused = debt.world.claim(later, MODEL).unwrap_err();
    assert_eq!(refused, ContractError::NothingAtStake { contribution: later, status: Status::Slashed });
}

#[test]
fn what_does_not_exist_is_named() {
    let mut debt = Indebted::of(400);
    let unknown = ContributionId(99);
    let refused = ContractError::UnknownContribution { contribution: unknown };
    assert_eq!(debt.world.claim(unknown, MODEL).unwrap_err(), refused);
    assert_eq!(debt.world.collect(unknown, MODEL).unwrap_err(), refused);
    assert_eq!(debt.world.appeal("cur1", unknown, MODEL).unwrap_err(), refused);
    let asked = QueryMsg::DebtCase { contribution: unknown, model: MODEL };
    let error = debt.world.query::<Option<DebtCase>>(&asked).unwrap_err().to_string();
    assert!(error.contains("there is no contribution 99"), "{error}");
}
