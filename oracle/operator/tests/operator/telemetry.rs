//! Logs, metrics and health as others see them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use operator::{
    config::{LogFormat, LogSettings},
    telemetry::{
        Condition, Fate, Health, Metrics, NodeState, http,
        logging::{self, Colours},
    },
};
use protocol::{
    MethodId, ModelId, RoundId, Seconds,
    attribution::{Operator, Phase},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

const STALLED_AFTER: Duration = Duration::from_secs(60);
const MODEL: ModelId = ModelId(1);

/// Where a test's logs go.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(format: LogFormat, level: &str) -> String {
    let written = Written::default();
    let writer = written.clone();
    let settings = LogSettings { format, level: level.to_owned() };
    let subscriber = logging::subscriber(&settings, move || writer.clone(), Colours::Off).expect("the level is right");
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(target: "operator", model = 1_u64, phase = "commit", "committed");
        tracing::debug!(target: "operator", "details");
    });
    let bytes = written.0.lock().expect("nobody panicked").clone();
    String::from_utf8(bytes).expect("logs are text")
}

/// Status and body of an answer.
async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers in text");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
}

fn line<'a>(text: &'a str, start: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start} in\n{text}"))
}

#[test]
fn logs_for_people_are_lines_and_logs_for_machines_are_objects() {
    let human = logged(LogFormat::Human, "info");
    assert!(human.lines().count() == 1 && human.contains("INFO committed model=1 phase=\"commit\""), "{human}");
    let json: Value = serde_json::from_str(&logged(LogFormat::Json, "info")).expect("one object");
    assert_eq!((json["level"].as_str(), json["message"].as_str()), (Some("INFO"), Some("committed")));
    assert_eq!((json["model"].as_u64(), json["phase"].as_str()), (Some(1), Some("commit")));
}

#[test]
fn the_level_decides_what_is_logged() {
    assert_eq!(logged(LogFormat::Human, "debug").lines().count(), 2);
    assert_eq!(logged(LogFormat::Human, "warn"), "");
    assert_eq!(logged(LogFormat::Human, "warn,operator=debug").lines().count(), 2);
}

#[test]
fn every_metric_is_there_once_it_is_known() {
    let metrics = Metrics::new();
    metrics.block(120, 1_700_000_000);
    metrics.followed(119);
    metrics.node(NodeState::Healthy);
    metrics.round(MODEL, Some((RoundId(3), Phase::Reveal)));
    metrics.message("commit", Fate::Sent);
    metrics.message("open", Fate::Refused);
    metrics.median(MODEL, 7, 100);
    metrics.alert(MODEL, false);
    metrics.peer(MODEL, "wasm1peer", 9);
    metrics.unresolved(MODEL, 2);
    metrics.rewards(5);
    metrics.native_balance("stake", u128::MAX);
    metrics.open_balance(11);
    metrics.progress(MODEL, 0.25);
    metrics.measured(MODEL, Duration::from_secs(90));
    metrics.turn_failed();
    metrics.promise_lost();
    let text = metrics.encode().expect("it can be written");
    for (start, value) in [
        ("oracle_last_block ", "120"),
        ("oracle_followed_block ", "119"),
        ("oracle_node_state{state=\"healthy\"}", "1"),
        ("oracle_node_state{state=\"unreachable\"}", "0"),
        ("oracle_round_phase{model=\"1\",phase=\"reveal\"}", "1"),
        ("oracle_round_phase{model=\"1\",phase=\"none\"}", "0"),
        ("oracle_round{model=\"1\"}", "3"),
        ("oracle_messages_total{kind=\"commit\",fate=\"sent\"}", "1"),
        ("oracle_messages_total{kind=\"open\",fate=\"refused\"}", "1"),
        ("oracle_agreement_distance{model=\"1\"}", "7"),
        ("oracle_agreement_tolerance{model=\"1\"}", "100"),
        ("oracle_median_out_of_tolerance{model=\"1\"}", "0"),
        ("oracle_peer_distance{model=\"1\",operator=\"wasm1peer\"}", "9"),
        ("oracle_unresolved_redemptions{model=\"1\"}", "2"),
        ("oracle_rewards_uopen ", "5"),
        ("oracle_native_balance{denom=\"stake\"}", "9223372036854775807"),
        ("oracle_open_balance_uopen ", "11"),
        ("oracle_influence_progress{model=\"1\"}", "1"),
        ("oracle_influence_seconds_count", "1"),
        ("oracle_turns_failed_total", "1"),
        ("oracle_lost_promises_total", "1"),
    ] {
        let line = line(&text, start);
        let shown = line.rsplit(' ').next().expect("a value");
        assert_eq!(shown.trim_end_matches(".0"), value, "{line}");
    }
    assert!(line(&text, "oracle_build_info").contains("version="));
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn the_age_of_the_block_is_as_of_the_question() {
    let metrics = Metrics::new();
    assert!(line(&metrics.encode().expect("it can be written"), "oracle_block_age_seconds ").ends_with(" 0"));
    metrics.block(1, 1_000);
    let text = metrics.encode().expect("it can be written");
    let age: i64 =
        line(&text, "oracle_block_age_seconds ").rsplit(' ').next().and_then(|age| age.parse().ok()).expect("an age");
    assert!(age > 1_700_000_000, "{age}");
}

#[test]
fn an_operators_standing_is_shown_by_method() {
    let metrics = Metrics::new();
    let operator = Operator {
        account: cosmwasm_std::Addr::unchecked("wasm1x"),
        method: MethodId(2),
        bond: 50_000_000_u128.into(),
        active_from: Seconds(1),
        leaves_at: None,
        bond_free_at: None,
        open_sets: 0,
        missed: 2,
        slashed: 1,
        penalties: 3,
        encryption_key: None,
    };
    metrics.standing(MethodId(2), &operator);
    let text = metrics.encode().expect("it can be written");
    for (name, value) in
        [("bond_uopen", "50000000"), ("missed_rounds", "2"), ("slashed_times", "1"), ("penalties", "3")]
    {
        assert!(line(&text, &format!("oracle_{name}{{method=\"2\"}}")).ends_with(&format!(" {value}")), "{name}");
    }
}

#[test]
fn a_model_that_is_not_served_any_more_is_forgotten() {
    let metrics = Metrics::new();
    for model in [ModelId(1), ModelId(2)] {
        metrics.round(model, Some((RoundId(1), Phase::Commit)));
        metrics.median(model, 1, 2);
        metrics.progress(model, 0.5);
        metrics.peer(model, "wasm1peer", 4);
    }
    metrics.forget(ModelId(1));
    let text = metrics.encode().expect("it can be written");
    assert!(!text.contains("model=\"1\"") && text.contains("model=\"2\""), "{text}");
}

#[test]
fn a_loop_that_does_not_turn_is_not_alive_and_lives_again_when_it_does() {
    let began = Instant::now();
    let health = Health::new(STALLED_AFTER);
    assert!(health.liveness().live);
    assert!(health.liveness_at(began + STALLED_AFTER).live, "just in time");
    let later = Instant::now() + STALLED_AFTER + Duration::from_secs(1);
    let liveness = health.liveness_at(later);
    assert!(!liveness.live && liveness.last_turn_seconds >= 61, "{liveness:?}");
    health.tick();
    assert!(health.liveness().live);
}

#[test]
fn an_operator_is_ready_when_nothing_is_lacking() {
    let health = Health::new(STALLED_AFTER);
    assert!(!health.readiness().ready, "nothing is known yet");
    Condition::ALL.into_iter().for_each(|condition| health.holds(condition));
    assert!(health.readiness().ready);
    health.lacks(Condition::Bonded, "method 1 holds no bond");
    let readiness = health.readiness();
    assert!(!readiness.ready);
    assert_eq!(readiness.conditions[&Condition::Bonded], "method 1 holds no bond");
    assert_eq!(readiness.conditions[&Condition::NodeReachable], "ok");
}

#[tokio::test]
async fn metrics_and_health_are_answered_until_the_service_stops() {
    let (metrics, health, shutdown) = (Metrics::new(), Health::new(STALLED_AFTER), CancellationToken::new());
    let listener = http::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let served = tokio::spawn(http::serve_on(listener, metrics.clone(), health.clone(), shutdown.clone()));
    metrics.block(7, 1);
    let (status, body) = get(address, "/metrics").await;
    assert!(status == 200 && body.contains("oracle_last_block 7"), "{body}");
    let (status, body) = get(address, "/healthz").await;
    let alive: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, alive["live"].as_bool()), (200, Some(true)));
    health.lacks(Condition::RightChain, "the node is of other-1");
    let (status, body) = get(address, "/readyz").await;
    let ready: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, ready["ready"].as_bool()), (503, Some(false)));
    assert_eq!(ready["conditions"]["right_chain"], "the node is of other-1");
    Condition::ALL.into_iter().for_each(|condition| health.holds(condition));
    assert_eq!(get(address, "/readyz").await.0, 200);
    assert_eq!(get(address, "/other").await.0, 404);
    shutdown.cancel();
    served.await.expect("it did not panic").expect("it stopped when told to");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = http::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port is free");
    let address = taken.local_addr().expect("it has one");
    let refused = http::bind(address).await.expect_err("it is taken");
    assert!(
        refused.to_string().contains(&address.to_string()) && refused.to_string().contains("http.listen"),
        "{refused}"
    );
}
