//! All keys of the configuration, each with its meaning and its default. Defaults stand here and nowhere else.

/// What a value looks like in TOML; decides how the text of an environment variable is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in quotation marks.
    Text,
    /// A number, `true` or `false`.
    Bare,
    /// Text, or a list of numbers.
    TextOrList,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Section and name, as `chain.rpc`.
    pub path: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Its default as TOML; `None` where there is none.
    pub default: Option<&'static str>,
    /// What is shown where there is no default, as TOML.
    pub example: &'static str,
    /// Meaning and unit.
    pub meaning: &'static str,
}

impl Key {
    /// The section, which is empty for keys at the top.
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The name within the section.
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// The environment variable that overrides it, as `ORACLE_CHAIN__RPC`.
    pub fn variable(&self) -> String {
        variable(self.path)
    }
}

/// The environment variable of a path.
pub fn variable(path: &str) -> String {
    format!("ORACLE_{}", path.replace('.', "__").to_uppercase())
}

/// The key with a path.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether keys stand below a path.
pub fn is_section(path: &str) -> bool {
    KEYS.iter().any(|key| key.section() == path)
}

/// The key nearest to something that is none, if one is near.
pub fn nearest(path: &str) -> Option<&'static str> {
    nearest_of(path, KEYS.iter().map(|key| key.path.to_owned())).and_then(|found| find(&found)).map(|key| key.path)
}

/// How alike two names must be for one to be taken for the other, of 1.
const ALIKE: f64 = 0.6;
/// How alike two names count that differ in the section alone.
const SAME_NAME: f64 = 0.9;

/// The nearest of several names, if one is near. A name under the wrong section counts as near too.
pub fn nearest_of(name: &str, among: impl Iterator<Item = String>) -> Option<String> {
    let likeness = |other: &str| {
        let whole = strsim::normalized_damerau_levenshtein(name, other);
        let same_end = name.rsplit('.').next() == other.rsplit('.').next();
        if same_end { whole.max(SAME_NAME) } else { whole }
    };
    among
        .map(|other| (likeness(&other), other))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, other)| other)
}

const fn text(path: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { path, kind: Kind::Text, default: Some(default), example: default, meaning }
}

const fn bare(path: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { path, kind: Kind::Bare, default: Some(default), example: default, meaning }
}

const fn unset(path: &'static str, example: &'static str, meaning: &'static str) -> Key {
    Key { path, kind: Kind::Text, default: None, example, meaning }
}

/// All keys, in the order of the written configuration.
pub const KEYS: &[Key] = &[
    unset(
        "home",
        r#""/var/lib/oracle""#,
        "Folder of the store, the cache and all files that are named without a leading slash.\nWithout it: the folder of this file.",
    ),
    text(
        "chain.rpc",
        r#""http://127.0.0.1:26657""#,
        "CometBFT RPC of the node. A node of your own is safest: this one could show you another chain's state.",
    ),
    unset(
        "chain.chain_id",
        r#""open-local-1""#,
        "The chain. Required; a node of another chain is refused, and nothing is signed for it.",
    ),
    text("chain.denom", r#""stake""#, "Native coin that gas is paid in."),
    text("chain.gas_price", r#""0.001""#, "Price of one unit of gas, in the native coin."),
    bare("chain.gas_margin", "1.3", "What simulated gas is multiplied by, 1 to 10."),
    bare("chain.gas_ceiling", "50000000", "The most gas that one transaction may be given; a dearer one is not sent."),
    text(
        "chain.deployment",
        r#""deployment.json""#,
        "File with the contracts' addresses, as `scripts/deploy` writes it.",
    ),
    bare("chain.block_poll", "1.0", "Seconds between two looks at the chain, 0.1 to 60."),
    bare(
        "chain.confirm_timeout",
        "120",
        "Seconds in which a sent transaction is looked for while the node does not answer, 1 to 3600.",
    ),
    unset(
        "key.mnemonic_file",
        r#""mnemonic""#,
        "File with the phrase of 24 words, of mode 600. Exactly one of this, `key_file` and the variable ORACLE_MNEMONIC.",
    ),
    unset("key.key_file", r#""key""#, "File with a key as 64 hex digits, of mode 600."),
    text(
        "objects.url",
        r#""objects""#,
        "Where receipts, items, weights and validation examples are: a folder, or s3://bucket/prefix with credentials in AWS_* variables.",
    ),
    bare(
        "objects.patience",
        "0.5",
        "The part of the commit window in which missing objects are waited for, 0 to 0.9.\nAfter it they are reported as unresolved.",
    ),
    unset(
        "objects.datanet_keys",
        r#""datanet-keys.json""#,
        "File with the keys of private DataNets, of mode 600: a JSON object of ids and 64 hex digits.",
    ),
    Key {
        path: "models.serve",
        kind: Kind::TextOrList,
        default: Some(r#""all""#),
        example: r#""all""#,
        meaning: "Models whose rounds are measured: \"all\" of the methods that admitted you, or a list of ids as [1, 2].\nWhoever is in a round's set and does not serve its model misses it; three in a row cost a penalty.",
    },
    text("serve.listen", r#""127.0.0.1:8402""#, "Address of the gateway, `oracle serve`."),
    bare(
        "serve.allow_public",
        "false",
        "Allows a `listen` that other machines can reach. Put a proxy with TLS before it: prompts and answers travel in the clear.",
    ),
    Key {
        path: "serve.models",
        kind: Kind::TextOrList,
        default: Some(r#""all""#),
        example: r#""all""#,
        meaning: "Models that are served, of those that name this key's account: \"all\", or a list of ids as [1, 2]. Anybody can register a model that names it.",
    },
    bare("serve.sequences", "64", "Answers of language models that are generated side by side."),
    bare(
        "serve.cache_mib",
        "1024",
        "Keys and values of all of them, in MiB. A call takes those of its whole prompt and answer.",
    ),
    bare("serve.answer_tokens", "4096", "The most tokens of one answer."),
    bare("serve.answer_time", "300", "Seconds that an answer may take, 1 to 3600; what is there then is the answer."),
    bare("serve.body_kib", "1024", "The largest request, in KiB."),
    bare("serve.requests_at_once", "256", "Requests that are worked on at a time; more are refused at once."),
    bare("serve.per_second", "50", "Requests that one address may make in a second, on average."),
    bare("serve.burst", "200", "Requests that it may make at once after a pause."),
    bare(
        "serve.correction_wait",
        "86400",
        "Seconds in which a curator can take a correction as a validation example; then it becomes a contribution. Up to 2592000.",
    ),
    text("pay.gateway", r#""http://127.0.0.1:8402""#, "Address of the gateway that `oracle pay` pays."),
    text(
        "pay.listen",
        r#""127.0.0.1:8403""#,
        "Address of `oracle pay`, at which clients point. Whoever reaches it spends your money.",
    ),
    text("pay.price", r#""standard""#, "Name of the price that is paid; the first of a sheet that has none so."),
    bare(
        "pay.deposit",
        "10000000",
        "What a channel is opened and topped up with, in uopen. What is not spent comes back.",
    ),
    bare("pay.per_call", "1000000", "The most that one call may cost, in uopen."),
    bare("pay.per_day", "20000000", "The most that may be spent in a day of UTC, in uopen."),
    bare("pay.at_once", "4", "Calls of one model that are made at a time: each has a channel of its own."),
    bare("duties.open", "true", "Opens rounds of fees when their epochs can be settled."),
    bare("duties.open_valuations", "false", "Opens valuation rounds too. Nobody is paid for them."),
    bare("duties.aggregate", "true", "Ends commit windows and runs the first pass when nobody else has."),
    bare("duties.advance", "true", "Runs the second pass when nobody else has."),
    bare("duties.claim", "true", "Withdraws rewards from settlement to your account."),
    bare("duties.claim_above", "1000000", "The smallest amount of rewards that is withdrawn, in uopen."),
    bare("duties.stagger", "5", "Seconds between the operators' turns at the same duty, 0 to 3600."),
    bare(
        "compute.threads",
        "0",
        "Processor threads of the influence job; 0 takes all. It changes no byte of the result.",
    ),
    text("compute.cache", r#""cache""#, "Folder of derived data. It may be deleted: then it is computed again."),
    bare(
        "compute.cache_limit_mib",
        "4096",
        "Size that the cache is kept under, in MiB; what was used longest ago goes first.",
    ),
    bare(
        "watch.alert",
        "true",
        "Raises an alert metric when a median is farther from yours than the method's tolerance.",
    ),
    bare("watch.rounds_of_gas", "100", "Rounds that the native balance should pay for; `oracle doctor` warns below."),
    bare("watch.free_disk_mib", "1024", "Free disk that `home` should have, in MiB; `oracle doctor` warns below."),
    bare(
        "watch.clock_tolerance",
        "10",
        "Seconds between the local clock and block time that are nothing to worry about, 1 to 3600.",
    ),
    text("log.format", r#""human""#, "\"human\" or \"json\"."),
    text(
        "log.level",
        r#""info""#,
        "\"error\", \"warn\", \"info\", \"debug\", \"trace\", or filters as \"info,chain=debug\".",
    ),
    text("http.listen", r#""127.0.0.1:9464""#, "Address of /metrics, /healthz and /readyz."),
    bare("http.allow_public", "false", "Allows a `listen` that other machines can reach. There is no password."),
    bare(
        "http.stalled_after",
        "60",
        "Seconds without a turn of the loop after which /healthz says that it hangs, 5 to 3600.",
    ),
];
