//! `oracle doctor`: what it says of a machine, of a node that is down, and of an account on a chain.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chain::Signer;
use operator::{
    config::{Environment, FILE, Serve},
    doctor::{self, Finding, State},
    keys::DatanetKeys,
    story::KEYS_FILE,
};
use protocol::{MethodId, ModelId};
use tempfile::TempDir;

use crate::told::{ADAPTER, MODEL, told};

/// Nobody listens there: port 9 of this machine is the discard service, which nobody runs.
const NOBODY: &str = "http://127.0.0.1:9";

/// A home with a key, objects and a configuration whose node is down.
fn home() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Signer::from_seed_label("a patient").save(&folder.path().join("key")).expect("it can be written");
    fs::create_dir(folder.path().join("objects")).expect("it can be made");
    let text = format!("[chain]\nrpc = \"{NOBODY}\"\nchain_id = \"open-local-1\"\n[key]\nkey_file = \"key\"\n");
    let path = folder.path().join(FILE);
    fs::write(&path, text).expect("it can be written");
    (folder, path)
}

async fn examine(path: &Path, variables: &[(&str, &str)]) -> Vec<Finding> {
    doctor::run(path, &variables.iter().copied().collect::<Environment>()).await
}

fn of<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check == check).unwrap_or_else(|| panic!("no {check} in {findings:#?}"))
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_all_that_is_said() {
    let (_folder, path) = home();
    let findings = examine(&path, &[("ORACLE_CHAIN__GAS_MARGIN", "0")]).await;
    assert!(!doctor::passes(&findings));
    let configuration = of(&findings, "configuration");
    assert!(configuration.state == State::Fail && configuration.what.contains("chain.gas_margin"), "{configuration:?}");
    assert_eq!(findings.iter().filter(|finding| finding.state != State::Ok).count(), 1);
}

#[tokio::test]
async fn with_the_node_down_everything_else_is_still_looked_at() {
    let (folder, path) = home();
    let findings = examine(&path, &[("ORACLE_WATCH__FREE_DISK_MIB", "0")]).await;
    let node = of(&findings, "node");
    assert!(node.state == State::Fail && node.what.contains(NOBODY) && node.what.contains("unreachable"), "{node:?}");
    for check in ["version", "configuration", "key", "home", "disk", "objects", "gpu"] {
        assert_eq!(of(&findings, check).state, State::Ok, "{:?}", of(&findings, check));
    }
    assert!(of(&findings, "key").what.contains(Signer::from_seed_label("a patient").address()));
    let deployment = of(&findings, "deployment");
    assert!(deployment.state == State::Fail && deployment.what.contains("deployment.json"), "{deployment:?}");
    assert!(!doctor::passes(&findings));
    let left: Vec<_> = fs::read_dir(folder.path()).expect("it is there").collect();
    assert_eq!(left.len(), 3, "it leaves nothing behind: {left:?}");
}

#[tokio::test]
async fn a_key_that_others_can_read_and_objects_that_are_not_there_are_failures() {
    let (folder, path) = home();
    fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o644)).expect("it is ours");
    fs::remove_dir(folder.path().join("objects")).expect("it is empty");
    let findings = examine(&path, &[]).await;
    let (key, objects) = (of(&findings, "key"), of(&findings, "objects"));
    assert!(key.state == State::Fail && key.what.contains("chmod 600"), "{key:?}");
    assert!(objects.state == State::Fail && objects.what.contains("cannot be read"), "{objects:?}");
}

#[tokio::test]
async fn a_key_that_others_can_replace_is_a_warning() {
    let (folder, path) = home();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let findings = examine(&path, &[]).await;
    let key = of(&findings, "key");
    assert!(key.state == State::Warn && key.do_what.starts_with("chmod go-w"), "{key:?}");
}

#[tokio::test]
async fn a_home_that_cannot_be_written_and_a_disk_that_fills_up_are_named() {
    let (folder, path) = home();
    let no_folder = folder.path().join("key");
    let text = no_folder.to_str().expect("a path in UTF-8");
    let findings = examine(&path, &[("ORACLE_HOME", text), ("ORACLE_WATCH__FREE_DISK_MIB", "1000000000")]).await;
    assert_eq!(of(&findings, "home").state, State::Fail, "a file is no folder");
    let disk = of(&findings, "disk");
    assert!(disk.state == State::Warn && disk.what.contains("below 1000000000 MiB"), "{disk:?}");
}

#[tokio::test]
async fn findings_are_a_table_or_json() {
    let (_folder, path) = home();
    let findings = examine(&path, &[]).await;
    let table = doctor::table(&findings);
    assert!(table.contains("FAIL  node") && table.contains("→ start the node or mend `chain.rpc`"), "{table}");
    let json = serde_json::to_value(&findings).expect("it can be written");
    let node = json.as_array().expect("a list").iter().find(|finding| finding["check"] == "node").expect("it is there");
    assert!(node["state"] == "fail" && node["do_what"].as_str().is_some_and(|text| !text.is_empty()));
}

#[tokio::test]
async fn an_operator_of_a_method_is_bonded_and_a_stranger_is_told_whom_to_ask() {
    let contracts = told().contracts().await;
    let (findings, methods) = doctor::memberships(&contracts, told().operator(2).signer.address()).await;
    assert_eq!(methods, BTreeSet::from([MethodId(1)]));
    assert!(findings.len() == 1 && of(&findings, "bond").state == State::Ok, "{findings:?}");
    let stranger = Signer::from_seed_label("a stranger");
    let (findings, methods) = doctor::memberships(&contracts, stranger.address()).await;
    let bond = of(&findings, "bond");
    assert!(methods.is_empty() && bond.state == State::Fail && bond.do_what.contains(stranger.address()), "{bond:?}");
}

#[tokio::test]
async fn keys_of_private_datanets_are_missed_only_where_their_models_are_served() {
    let contracts = told().contracts().await;
    let methods = BTreeSet::from([MethodId(1)]);
    let none = DatanetKeys::none();
    let held = DatanetKeys::load(&told().folder.join(KEYS_FILE)).expect("the story wrote them");
    let all = doctor::private_datanets(&contracts, &Serve::All, &methods, &none).await;
    let lacking = of(&all, "datanet keys");
    assert!(lacking.state == State::Fail && lacking.what.contains("DataNet 2 is private"), "{lacking:?}");
    let all = doctor::private_datanets(&contracts, &Serve::All, &methods, &held).await;
    assert_eq!(of(&all, "datanet keys").state, State::Ok);
    let base = doctor::private_datanets(&contracts, &Serve::Only(vec![MODEL]), &methods, &none).await;
    assert!(doctor::passes(&base) && of(&base, "models").what.contains("1 ("), "{base:?}");
    let adapter = doctor::private_datanets(&contracts, &Serve::Only(vec![ADAPTER]), &methods, &none).await;
    assert!(!doctor::passes(&adapter), "{adapter:?}");
}

#[tokio::test]
async fn nothing_is_served_where_no_method_admits_and_a_model_that_is_not_there_is_a_failure() {
    let contracts = told().contracts().await;
    let none = doctor::private_datanets(&contracts, &Serve::All, &BTreeSet::new(), &DatanetKeys::none()).await;
    assert!(none.len() == 1 && none[0].what.contains("none is served"), "{none:?}");
    let serve = Serve::Only(vec![ModelId(99)]);
    let missing = doctor::private_datanets(&contracts, &serve, &BTreeSet::new(), &DatanetKeys::none()).await;
    assert!(!doctor::passes(&missing), "{missing:?}");
}
