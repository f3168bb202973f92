//! The configuration: defaults, overrides, and refusals that name key, place, what was found and what is expected.

use std::{
    error::Error,
    fs,
    io::Cursor,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use chain::Signer;
use cosmwasm_std::Decimal;
use operator::{
    config::{
        Config, ConfigError, Environment, FILE, KeySource, LogFormat, ObjectsUrl, Serve,
        init::{self, Init, InitError},
        keys, template,
    },
    secrets::{self, SecretsError},
};
use protocol::ModelId;
use tempfile::TempDir;

/// The least that a file must say.
const LEAST: &str = "[chain]\nchain_id = \"open-local-1\"\n[key]\nmnemonic_file = \"mnemonic\"\n";
/// A phrase of the BIP-39 specification: all but the last word are one.
const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                      abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

/// A folder with a configuration.
fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(FILE);
    fs::write(&path, text).expect("it can be written");
    (folder, path)
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let (_folder, path) = written(text);
    Config::load(&path, &variables.iter().copied().collect())
}

/// What is said of a file with these lines after the least.
fn refused(lines: &str, variables: &[(&str, &str)]) -> String {
    let refused = load(&format!("{LEAST}{lines}"), variables).expect_err("it is refused");
    whole(&refused)
}

/// An error and everything that stands behind it, as the command prints it.
fn whole(error: &dyn Error) -> String {
    let behind = error.source().map(|source| format!(": {}", whole(source))).unwrap_or_default();
    format!("{error}{behind}")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn init_in(folder: &Path, set: &[(&str, &str)]) -> Result<init::Written, InitError> {
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    init::init(&Init { home: folder.to_owned(), set })
}

#[test]
fn the_written_configuration_is_the_one_in_the_repository() {
    let expected = include_str!("../../oracle.example.toml");
    let written = template::render(&[("key.mnemonic_file", "\"mnemonic\"".to_owned())].into());
    assert_eq!(written, expected, "write it again: `oracle init` in an empty folder");
}

#[test]
fn every_key_is_in_the_written_configuration_and_can_be_read_with_the_value_that_is_shown() {
    let examples = keys::KEYS.iter().filter(|key| key.path != "key.key_file");
    let text = template::render(&examples.map(|key| (key.path, key.example.to_owned())).collect());
    let config = load(&text, &[]).expect("what is shown can be used");
    assert_eq!(config.home, Path::new("/var/lib/oracle"));
    for key in keys::KEYS {
        assert!(text.contains(key.meaning.lines().next().expect("a meaning")), "{}", key.path);
    }
}

#[test]
fn what_is_not_set_has_its_default() {
    let (folder, path) = written(LEAST);
    let config = Config::load(&path, &Environment::default()).expect("nothing else is needed");
    assert_eq!(config.home, folder.path());
    assert_eq!(config.chain.rpc.as_str(), "http://127.0.0.1:26657");
    assert_eq!((config.chain.gas_price, config.chain.gas_margin), (Decimal::permille(1), Decimal::percent(130)));
    assert_eq!(config.chain.deployment, folder.path().join("deployment.json"));
    assert_eq!(config.chain.block_poll, Duration::from_secs(1));
    assert_eq!(config.key, KeySource::MnemonicFile(folder.path().join("mnemonic")));
    assert_eq!(config.objects.url, ObjectsUrl::Folder(folder.path().join("objects")));
    assert_eq!((config.objects.patience, config.objects.datanet_keys.clone()), (500, None));
    assert_eq!(config.models.serve, Serve::All);
    assert!(config.duties.open && config.duties.aggregate && config.duties.advance && !config.duties.open_valuations);
    assert_eq!((config.duties.claim_above, config.duties.stagger), (Some(1_000_000), 5));
    assert_eq!(config.compute.threads, None);
    assert_eq!((config.log.format, config.log.level.as_str()), (LogFormat::Human, "info"));
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:9464");
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_defaults() {
    let text = format!("{LEAST}[duties]\nstagger = 7\n[models]\nserve = [3]\n");
    let config = load(&text, &[]).expect("it is right");
    assert_eq!((config.duties.stagger, config.models.serve), (7, Serve::Only(vec![ModelId(3)])));
    let variables = [
        ("ORACLE_DUTIES__STAGGER", "9"),
        ("ORACLE_DUTIES__CLAIM", "false"),
        ("ORACLE_MODELS__SERVE", "[1, 2]"),
        ("ORACLE_CHAIN__RPC", "https://rpc.example.org/"),
        ("ORACLE_CHAIN__GAS_MARGIN", "1.5"),
        ("ORACLE_CHAIN__CHAIN_ID", "7"),
        ("ORACLE_LOG__FORMAT", "json"),
        ("ORACLE_HTTP__LISTEN", ""),
    ];
    let config = load(&text, &variables).expect("it is right");
    assert_eq!((config.duties.stagger, config.duties.claim_above), (9, None));
    assert_eq!(config.models.serve, Serve::Only(vec![ModelId(1), ModelId(2)]));
    assert_eq!((config.chain.rpc.as_str(), config.chain.chain_id.as_str()), ("https://rpc.example.org", "7"));
    assert_eq!((config.chain.gas_margin, config.log.format), (Decimal::percent(150), LogFormat::Json));
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:9464", "a variable that is empty is not set");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let slips = [
        ("[chian]\nrpc = \"http://x\"\n", "chian.rpc", "chain.rpc"),
        ("[duties]\nopen_valuation = true\n", "duties.open_valuation", "duties.open_valuations"),
        ("[objects]\nuri = \"x\"\n", "objects.uri", "objects.url"),
        ("[http]\nlevel = \"info\"\n", "http.level", "log.level"),
    ];
    for (lines, found, meant) in slips {
        let said = refused(lines, &[]);
        assert!(said.contains(&format!("unknown key `{found}` in ")) && said.contains(FILE), "{said}");
        assert!(said.ends_with(&format!("did you mean `{meant}`?")), "{said}");
    }
    let said = refused("[weather]\nwind = 3\n", &[]);
    assert!(said.contains("unknown key `weather.wind`") && !said.contains("did you mean"), "{said}");
}

#[test]
fn a_variable_that_looks_like_a_key_and_is_none_is_refused_with_the_nearest_one() {
    for (slip, meant) in [
        ("ORACLE_CHIAN__RPC", "ORACLE_CHAIN__RPC"),
        ("ORACLE_CHAIN_RPC", "ORACLE_CHAIN__RPC"),
        ("ORACLE_MNEMONICS", "ORACLE_MNEMONIC"),
    ] {
        let said = refused("", &[(slip, "very secret")]);
        assert_eq!(said, format!("unknown variable {slip}; did you mean `{meant}`?"));
    }
    assert!(refused("", &[("ORACLE_A__B", "1")]).starts_with("unknown variable ORACLE_A__B"));
}

#[test]
fn variables_of_other_programs_and_of_single_commands_are_left_alone() {
    let others =
        [("ORACLE_SID", "XE"), ("ORACLE_BASE", "/opt"), ("ORACLE_STATE", "x"), ("PATH", "/bin"), ("CHAIN__RPC", "x")];
    load(LEAST, &others).expect("none of them is ours");
}

#[test]
fn a_wrong_value_names_key_place_what_was_found_and_what_is_expected() {
    let wrong = [
        ("[duties]\nopen = \"yes\"\n", "`duties.open` in", "is \"yes\": expected true or false"),
        ("[duties]\nstagger = -1\n", "`duties.stagger` in", "is -1: expected whole seconds, 0 to 3600"),
        (
            "[objects]\npatience = 0.95\n",
            "`objects.patience` in",
            "is 0.95: expected a part of the commit window, 0 to 0.9",
        ),
        ("[objects]\nurl = \"ftp://x\"\n", "`objects.url` in", "s3://bucket/prefix"),
        ("[objects]\nurl = \"s3://me:pass@x\"\n", "`objects.url` in", "without a name and password"),
        (
            "[models]\nserve = [1, 1]\n",
            "`models.serve` in",
            "is a list: expected \"all\", or a list of different model ids",
        ),
        ("[models]\nserve = \"some\"\n", "`models.serve` in", "is \"some\""),
        ("[log]\nlevel = \"loud\"\n", "`log.level` in", "is \"loud\""),
        ("[http]\nlisten = \"9464\"\n", "`http.listen` in", "expected an address and port as 127.0.0.1:9464"),
        ("[watch]\nclock_tolerance = 0\n", "`watch.clock_tolerance` in", "is 0: expected seconds, 1 to 3600"),
        ("[compute]\nthreads = {}\n", "`compute.threads` in", "is a table: expected a whole number"),
    ];
    for (lines, place, said_of_it) in wrong {
        let said = refused(lines, &[]);
        assert!(said.starts_with(place) && said.contains(FILE) && said.contains(said_of_it), "{said}");
    }
    let said = refused("", &[("ORACLE_CHAIN__GAS_MARGIN", "0.5")]);
    assert_eq!(said, "ORACLE_CHAIN__GAS_MARGIN (`chain.gas_margin`) is 0.5: expected a number from 1 to 10");
    for (variable, value) in [
        ("ORACLE_CHAIN__RPC", "127.0.0.1:26657"),
        ("ORACLE_CHAIN__DENOM", "1stake"),
        ("ORACLE_CHAIN__GAS_PRICE", "-1"),
        ("ORACLE_CHAIN__GAS_CEILING", "12"),
        ("ORACLE_CHAIN__BLOCK_POLL", "0"),
        ("ORACLE_CHAIN__CHAIN_ID", "a b"),
    ] {
        let said = refused("", &[(variable, value)]);
        assert!(said.starts_with(variable) && said.contains(value) && said.contains("expected"), "{said}");
    }
}

#[test]
fn a_section_that_is_a_value_is_refused() {
    let said = whole(&load("chain = 5\n", &[]).expect_err("it is no section"));
    assert!(said.contains("`chain` in") && said.contains("is 5: expected a section"), "{said}");
}

#[test]
fn a_key_that_must_be_set_is_named_with_an_example_and_its_variable() {
    let said = whole(&load("[key]\nkey_file = \"key\"\n", &[]).expect_err("the chain is missing"));
    assert!(said.starts_with("`chain.chain_id` is not set in"), "{said}");
    assert!(said.contains("chain.chain_id = \"open-local-1\"") && said.contains("ORACLE_CHAIN__CHAIN_ID"), "{said}");
}

#[test]
fn a_file_that_is_not_there_or_no_toml_is_named_without_what_stands_in_it() {
    let missing =
        Config::load(Path::new("/nowhere/oracle.toml"), &Environment::default()).expect_err("it is not there");
    assert!(
        whole(&missing).starts_with("cannot read the configuration /nowhere/oracle.toml: `oracle init` writes one")
    );
    let said = refused("[log]\nlevel = abandon ability able\n", &[]);
    assert!(said.contains(FILE) && said.contains("is not TOML") && said.contains("line 6"), "{said}");
    assert!(!said.contains("ability"), "{said}");
}

#[test]
fn secrets_in_the_configuration_are_refused_and_not_shown() {
    let said = refused(&format!("mnemonic = \"{PHRASE}\"\n"), &[]);
    assert!(said.contains("`key.mnemonic`") && said.contains("secrets stay out of the configuration"), "{said}");
    assert!(!said.contains("abandon"));
    let in_place_of_a_path = format!("[chain]\nchain_id = \"x\"\n[key]\nmnemonic_file = \"{PHRASE}\"\n");
    let said = whole(&load(&in_place_of_a_path, &[]).expect_err("it is no path"));
    assert!(said.contains("`key.mnemonic_file`") && !said.contains("abandon"), "{said}");
}

#[test]
fn exactly_one_source_of_the_key_is_allowed() {
    let said = whole(&load("[chain]\nchain_id = \"x\"\n", &[]).expect_err("there is none"));
    assert!(said.contains("no key is configured") && said.contains("ORACLE_MNEMONIC"), "{said}");
    let said = refused("key_file = \"key\"\n", &[]);
    assert!(said.contains("`key.mnemonic_file` in") && said.contains("`key.key_file` in"), "{said}");
    let said = refused("", &[("ORACLE_MNEMONIC", PHRASE)]);
    assert!(said.contains("ORACLE_MNEMONIC both give a key") && !said.contains("abandon"), "{said}");
    let config = load("[chain]\nchain_id = \"x\"\n", &[("ORACLE_MNEMONIC", PHRASE)]).expect("one is enough");
    assert_eq!(config.key, KeySource::Environment);
}

#[test]
fn metrics_are_not_shown_to_other_machines_unless_that_is_wanted() {
    let said = refused("[http]\nlisten = \"0.0.0.0:9464\"\n", &[]);
    assert!(said.contains("which other machines can reach") && said.contains("http.allow_public = true"), "{said}");
    let config = load(&format!("{LEAST}[http]\nlisten = \"0.0.0.0:9464\"\nallow_public = true\n"), &[]);
    assert_eq!(config.expect("it is wanted").http.listen.to_string(), "0.0.0.0:9464");
    load(&format!("{LEAST}[http]\nlisten = \"[::1]:1\"\n"), &[]).expect("nobody else can reach it");
}

#[test]
fn a_gateway_can_be_shown_to_others_and_a_payer_never() {
    let said = refused("[serve]\nlisten = \"0.0.0.0:8402\"\n", &[]);
    assert!(said.contains("serve.allow_public = true"), "{said}");
    let config = load(&format!("{LEAST}[serve]\nlisten = \"0.0.0.0:8402\"\nallow_public = true\n"), &[]);
    assert_eq!(config.expect("it is wanted").serve.listen.to_string(), "0.0.0.0:8402");
    let said = refused("[pay]\nlisten = \"0.0.0.0:8403\"\n", &[]);
    assert!(said.contains("which other machines can reach") && !said.contains("allow_public"), "{said}");
}

#[test]
fn what_may_be_secret_is_not_shown_when_printed_for_debugging() {
    let environment: Environment = [("ORACLE_MNEMONIC", PHRASE)].into_iter().collect();
    assert_eq!(format!("{environment:?}"), "{\"ORACLE_MNEMONIC\"}");
    let config = load(LEAST, &[("ORACLE_CHAIN__RPC", "https://me:pass@rpc.example.org/hidden")]).expect("it is right");
    let shown = format!("{config:?} {}", config.chain.rpc);
    assert!(
        shown.contains("https://rpc.example.org/…") && !shown.contains("pass") && !shown.contains("hidden"),
        "{shown}"
    );
}

#[test]
fn the_deployment_is_read_and_must_be_of_the_configured_chain() {
    let (folder, path) = written(LEAST);
    let config = Config::load(&path, &Environment::default()).expect("it is right");
    let said = whole(&config.deployment().expect_err("it is not there"));
    assert!(said.contains("`chain.deployment`") && said.contains("cannot be read"), "{said}");
    let text = |chain: &str| {
        format!(
            "{{\"chain_id\":\"{chain}\",\"open_token\":\"wasm1a\",\"datanet\":\"wasm1b\",\"model\":\"wasm1c\",\
             \"attribution\":\"wasm1d\",\"settlement\":\"wasm1e\",\"code_ids\":{{\"model\":3}},\"governance\":\"wasm1f\"}}"
        )
    };
    fs::write(folder.path().join("deployment.json"), text("open-local-1")).expect("it can be written");
    assert_eq!(config.deployment().expect("it fits").settlement.as_str(), "wasm1e");
    fs::write(folder.path().join("deployment.json"), text("other-1")).expect("it can be written");
    let said = whole(&config.deployment().expect_err("it is of another chain"));
    assert!(said.contains("is of the chain other-1 while `chain.chain_id` is open-local-1"), "{said}");
}

#[test]
fn init_writes_a_configuration_and_a_key_that_only_its_owner_can_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path().join("home");
    let written = init_in(&home, &[("chain.chain_id", "open-local-1"), ("models.serve", "[1, 2]")]).expect("it is new");
    let phrase_file = home.join("mnemonic");
    assert_eq!((mode(&home), mode(&phrase_file)), (0o700, 0o600));
    assert_eq!(written.mnemonic.as_deref(), Some(phrase_file.as_path()));
    let config = Config::load(&home.join(FILE), &Environment::default()).expect("it can be used as it is");
    assert_eq!(config.models.serve, Serve::Only(vec![ModelId(1), ModelId(2)]));
    let signer = secrets::load(&config.key, &Environment::default()).expect("the key can be used");
    assert_eq!(signer.address(), written.address);
    let said = written.describe();
    let phrase = fs::read_to_string(phrase_file).expect("it is ours");
    assert!(said.contains(&written.address) && said.contains("back") && !said.contains(phrase.trim()), "{said}");
}

#[test]
fn init_says_what_must_still_be_set() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let written = init_in(folder.path(), &[]).expect("the folder is empty");
    assert_eq!(written.to_set, ["chain.chain_id"]);
    assert!(written.describe().contains("still to be set"));
}

#[test]
fn init_replaces_nothing() {
    for there in [FILE, "mnemonic"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(there), "mine").expect("it can be written");
        let refused = init_in(folder.path(), &[]).expect_err("something is there");
        assert!(matches!(&refused, InitError::Exists(path) if path.ends_with(there)), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).expect("it exists").count(), 1, "nothing was written beside it");
        assert_eq!(fs::read_to_string(folder.path().join(there)).expect("it is ours"), "mine");
    }
}

#[test]
fn init_keeps_a_key_that_is_named_and_refuses_wrong_values_before_it_writes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = folder.path().join("my-key");
    let signer = Signer::from_seed_label("an operator");
    signer.save(&key).expect("it can be written");
    let home = folder.path().join("home");
    let path = key.to_str().expect("a path in UTF-8");
    for (key, value) in [("chain.gas_margin", "0"), ("chain.rpcs", "x"), ("key.key_file", "/nowhere")] {
        init_in(&home, &[(key, value)]).expect_err("it is wrong");
        assert!(!home.join(FILE).exists() && !home.join("mnemonic").exists(), "{key}");
    }
    let written = init_in(&home, &[("key.key_file", path)]).expect("it is right");
    assert_eq!((written.address.as_str(), written.mnemonic), (signer.address(), None));
}

#[test]
fn a_key_is_shown_by_its_address_and_never_by_itself() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mnemonic");
    let source = KeySource::MnemonicFile(path.clone());
    let account = secrets::import(&source, &mut Cursor::new(format!("  {PHRASE}\n"))).expect("it is a phrase");
    assert_eq!(mode(&path), 0o600);
    assert!(account.address.starts_with("wasm1") && account.public_key.len() == 66);
    assert_eq!(secrets::account(&source, &Environment::default()).expect("it is there"), account);
    let shown = format!("{account:?} {}", serde_json::to_string(&account).expect("it can be written"));
    assert!(!shown.contains("abandon"), "{shown}");
    let again = secrets::import(&source, &mut Cursor::new(PHRASE)).expect_err("one is there");
    assert!(matches!(again, SecretsError::Exists(_)), "{again}");
}

#[test]
fn what_is_no_phrase_is_not_imported_and_not_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mnemonic");
    for input in ["", "abandon ability\n", &PHRASE.replace("art", "zoo"), &"abandon ".repeat(1_000)] {
        let refused = secrets::import(&KeySource::MnemonicFile(path.clone()), &mut Cursor::new(input))
            .expect_err("it is no phrase");
        assert!(matches!(refused, SecretsError::NotAPhrase), "{refused}");
        assert!(!whole(&refused).contains("abandon") && !path.exists());
    }
}

#[test]
fn where_a_key_file_is_configured_hex_digits_are_imported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("key");
    let source = KeySource::KeyFile(path.clone());
    let refused = secrets::import(&source, &mut Cursor::new(PHRASE)).expect_err("it is a phrase");
    assert!(matches!(refused, SecretsError::NotAKey) && !path.exists(), "{refused}");
    let account = secrets::import(&source, &mut Cursor::new(format!("{}\n", "07".repeat(32)))).expect("it is a key");
    let signer = Signer::from_bytes(&[7; 32]).expect("it is a key");
    assert_eq!((account.address.as_str(), mode(&path)), (signer.address(), 0o600));
    let nowhere = secrets::import(&KeySource::Environment, &mut Cursor::new(PHRASE)).expect_err("there is no file");
    assert!(matches!(nowhere, SecretsError::NowhereToImport), "{nowhere}");
}

#[test]
fn a_key_file_that_others_can_read_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mnemonic");
    fs::write(&path, PHRASE).expect("it can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let refused =
        secrets::load(&KeySource::MnemonicFile(path), &Environment::default()).expect_err("others can read it");
    let said = whole(&refused);
    assert!(said.contains("mode 644") && said.contains("chmod 600") && !said.contains("abandon"), "{said}");
}

#[test]
fn the_phrase_of_the_environment_is_the_same_key_as_that_of_a_file() {
    let environment: Environment = [("ORACLE_MNEMONIC", PHRASE)].into_iter().collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mnemonic");
    secrets::import(&KeySource::MnemonicFile(path.clone()), &mut Cursor::new(PHRASE)).expect("it is a phrase");
    let [one, other] = [KeySource::Environment, KeySource::MnemonicFile(path)]
        .map(|source| secrets::load(&source, &environment).expect("it is a key").address().to_owned());
    assert_eq!(one, other);
}
