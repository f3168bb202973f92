//! The plan of a deployment, and what the chain is like after it.

use cosmwasm_std::Addr;
use cosmwasm_std::Uint128;
use protocol::Seconds;
use protocol::timelock::{Config, Proposal, QueryMsg};
use protocol::{Page, datanet};
use testing::scenario::{Setup, World};
use testing::{Admin, Admins, Code, DeployConfig, DeployPlan, Deployment, EmbeddedChain, Step};

const STAKE_CODE: u64 = 77;

fn config(admins: Admins) -> DeployConfig {
    let governance = EmbeddedChain::account("governance");
    let balances = vec![(governance.clone(), Uint128::new(1_000))];
    DeployConfig { admins, ..DeployConfig::for_tests(governance, balances) }
}

fn plan(admins: Admins) -> DeployPlan {
    DeployPlan::new(&config(admins), "a-chain-1".to_owned(), Seconds(5), STAKE_CODE)
}

/// Takes all steps; what is made gets its number as its name.
fn follow(mut plan: DeployPlan) -> (Vec<Step>, Deployment) {
    let mut steps = Vec::new();
    while let Some(step) = plan.next() {
        let made = matches!(step, Step::Instantiate { .. }).then(|| made(&step));
        plan.done(made);
        steps.push(step);
    }
    let deployment = plan.finish().unwrap();
    (steps, deployment)
}

fn made(step: &Step) -> Addr {
    let Step::Instantiate { code, .. } = step else { panic!("{step} makes nothing") };
    Addr::unchecked(format!("the {}", code.label()))
}

fn admin(steps: &[Step], wanted: Code) -> Option<String> {
    let found = steps.iter().find_map(|step| match step {
        Step::Instantiate { code, admin, .. } if *code == wanted => Some(admin.clone()),
        _ => None,
    });
    found.expect("every contract is made").map(String::from)
}

#[test]
fn contracts_are_made_in_the_order_of_what_they_name_and_then_wired() {
    let (steps, deployment) = follow(plan(Admins::NOBODY));
    let told: Vec<String> = steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "instantiate open-token",
            "instantiate datanet",
            "instantiate model",
            "instantiate attribution",
            "instantiate settlement",
            "wire the datanet",
            "wire the model",
            "wire the attribution",
        ]
    );
    assert_eq!(deployment.settlement.as_str(), "the settlement");
    assert_eq!((deployment.chain_id.as_str(), deployment.timelock), ("a-chain-1", None));
}

#[test]
fn a_timelock_comes_first_and_is_its_own_admin() {
    let (steps, deployment) = follow(plan(Admins::timelock(Seconds(60))));
    assert_eq!(steps[0].to_string(), "instantiate timelock");
    assert_eq!(steps[1].to_string(), "make the timelock its own admin");
    assert_eq!(deployment.timelock.unwrap().as_str(), "the timelock");
    for code in [Code::Datanet, Code::Model, Code::Attribution, Code::Settlement] {
        assert_eq!(admin(&steps, code).as_deref(), Some("the timelock"), "{code:?}");
    }
    assert_eq!(admin(&steps, Code::OpenToken), None);
}

#[test]
fn admins_are_who_was_chosen() {
    let account = EmbeddedChain::account("council");
    let admins = Admins { contracts: Admin::Account(account.clone()), ..Admins::NOBODY };
    let (steps, _) = follow(plan(admins));
    assert_eq!(admin(&steps, Code::Model), Some(account.to_string()));
    assert_eq!(admin(&steps, Code::Settlement), None);
    let admins = Admins { settlement: Admin::Timelock, ..Admins::NOBODY };
    let (steps, _) = follow(plan(admins));
    assert_eq!(admin(&steps, Code::Settlement).as_deref(), Some("the timelock"));
    assert_eq!(admin(&steps, Code::Model), None);
}

#[test]
fn the_code_of_stakes_is_whatever_the_chain_gave_it() {
    let (steps, _) = follow(plan(Admins::NOBODY));
    let Step::Instantiate { code: Code::Model, msg, .. } = &steps[2] else { panic!("{}", steps[2]) };
    assert_eq!(msg["stake_code_id"], STAKE_CODE.to_string());
}

#[test]
fn only_the_codes_that_a_deployment_needs_are_stored() {
    assert!(!DeployPlan::codes(&config(Admins::NOBODY)).contains(&Code::Timelock));
    assert_eq!(DeployPlan::codes(&config(Admins::timelock(Seconds(60)))), Code::ALL);
}

#[test]
fn a_deployment_that_stopped_anywhere_goes_on_with_the_same_step() {
    let (whole, _) = follow(plan(Admins::timelock(Seconds(60))));
    for stopped in 0..whole.len() {
        let mut again = plan(Admins::timelock(Seconds(60)));
        for step in &whole[..stopped] {
            again.done(matches!(step, Step::Instantiate { .. }).then(|| made(step)));
        }
        assert_eq!(again.finish(), None);
        assert_eq!((again.steps_done(), again.steps()), (stopped, whole.len()));
        assert_eq!(again.next().as_ref(), Some(&whole[stopped]));
    }
}

#[test]
fn a_deployed_chain_has_the_admins_of_its_plan() {
    let setup = Setup { deploy: |config| config.admins = Admins::timelock(Seconds(60)), ..Setup::default() };
    let world = World::deployed(setup);
    let timelock = world.at.timelock.clone().unwrap();
    let admin = |contract: &Addr| world.chain.admin(contract).unwrap();
    for contract in [&world.at.datanet, &world.at.model, &world.at.attribution, &world.at.settlement, &timelock] {
        assert_eq!(admin(contract), Some(timelock.clone()), "{contract}");
    }
    assert_eq!(admin(&world.at.open_token), None);
    let config: Config = world.chain.query(&timelock, &QueryMsg::Config {}).unwrap();
    assert_eq!(config.delay, Seconds(60));
    let none: Vec<Proposal> = world.chain.query(&timelock, &QueryMsg::Proposals { page: Page::default() }).unwrap();
    assert!(none.is_empty());
    let config: datanet::Config = world.chain.query(&world.at.datanet, &datanet::QueryMsg::Config {}).unwrap();
    assert_eq!(config.settlement, Some(world.at.settlement));
}

#[test]
fn where_contracts_are_is_read_from_json_whatever_stands_beside_it() {
    let (_, deployment) = follow(plan(Admins::timelock(Seconds(60))));
    let mut json = serde_json::to_value(&deployment).unwrap();
    json["code_ids"] = serde_json::json!({"open_token": 1});
    assert_eq!(serde_json::from_value::<Deployment>(json.clone()).unwrap(), deployment);
    json.as_object_mut().unwrap().remove("timelock");
    assert_eq!(serde_json::from_value::<Deployment>(json).unwrap(), Deployment { timelock: None, ..deployment });
}
