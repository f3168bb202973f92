//! What a kill costs, and what stands over another training's folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::desk::{Data, files, fixture, refused, said, words};

/// How long a kill may have to be waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(2);

/// Starts a training and waits until it has written another checkpoint than `seen`.
fn begun(arguments: &[String], out: &str, seen: &[u8]) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oracle"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let (began, checkpoint) = (Instant::now(), checkpoint(out));
    loop {
        let found = fs::read(&checkpoint).unwrap_or_default();
        if !found.is_empty() && found != seen {
            return child;
        }
        assert_eq!(child.try_wait().expect("it can be asked"), None, "it ended before it could be stopped");
        assert!(began.elapsed() < PATIENCE, "it wrote no checkpoint");
        std::thread::sleep(LOOK);
    }
}

fn checkpoint(out: &str) -> PathBuf {
    Path::new(out).join("checkpoint.safetensors")
}

/// Kills a training as kill −9 does, once it has written another checkpoint than `seen`; gives the one that it leaves.
fn killed_after_a_checkpoint(arguments: &[String], out: &str, seen: &[u8]) -> Vec<u8> {
    let mut child = begun(arguments, out, seen);
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    fs::read(checkpoint(out)).expect("it is there")
}

#[test]
fn asked_to_stop_it_keeps_every_step_that_it_did() {
    let data = Data::new();
    let command = data.command("out", &["--epochs", "200", "--checkpoint-every", "9"]);
    let child = begun(&command, &data.path("out"), &[]);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM)
        .expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    let stopped_after = error.split("stopped after step ").nth(1).and_then(|rest| rest.split(' ').next());
    assert!(error.contains("of 1000: the same command goes on from there"), "{error}");
    let rest = said(&command);
    assert_eq!(Some(rest["steps_before"].to_string().as_str()), stopped_after, "{error}");
    assert_eq!(rest["steps"], json!(1000));
}

#[test]
fn killed_again_and_again_it_comes_to_the_same_bytes_as_if_it_had_not_been() {
    let data = Data::new();
    let held_out = data.path("held-out.jsonl");
    let often = ["--validation", &held_out, "--epochs", "60", "--checkpoint-every", "7"];
    let with = |out: &str, threads: &str| data.command(out, &[&often[..], &["--threads", threads]].concat());
    let whole = said(&with("whole", "1"));
    assert_eq!((&whole["steps_before"], &whole["steps"]), (&json!(0), &json!(300)));

    let (out, mut seen) = (data.path("killed"), Vec::new());
    for threads in ["2", "1", "2"] {
        seen = killed_after_a_checkpoint(&with("killed", threads), &out, &seen);
        assert!(!Path::new(&out).join("training.json").exists(), "it was done before it was killed");
    }
    let rest = said(&with("killed", "2"));
    let before = rest["steps_before"].as_u64().expect("a number");
    assert!(before >= 21 && before.is_multiple_of(7), "it went on from step {before}");
    let (whole, killed) = (files(&data.path("whole")), files(&out));
    assert_eq!(whole.keys().collect::<Vec<_>>(), killed.keys().collect::<Vec<_>>());
    assert!(!killed.contains_key("checkpoint.safetensors"));
    for (name, bytes) in &whole {
        assert!(*bytes == killed[name], "{name} differs");
    }
    assert_eq!(said(&with("killed", "1"))["was_done"], json!(true));
    assert_eq!(files(&out), killed, "what is done is not touched again");
}

#[test]
fn another_command_over_a_folder_is_refused_and_says_what_differs() {
    let data = Data::new();
    let command = |epochs: &str| data.command("out", &["--epochs", epochs, "--checkpoint-every", "5"]);
    killed_after_a_checkpoint(&command("200"), &data.path("out"), &[]);
    let error = refused(&command("100"));
    assert!(error.contains("plan.epochs is 100, not 200") && error.contains("--out"), "{error}");

    said(&data.command("done", &["--epochs", "1"]));
    let error = refused(&data.command("done", &["--epochs", "1", "--seed", "3", "--clip", "2"]));
    assert!(
        error.contains("plan.seed is 3, not 0") && error.contains("plan.optimizer.clip is 2.0, not 1.0"),
        "{error}"
    );
    data.write("items.jsonl", "{\"text\": \"something else altogether\"}\n");
    let error = refused(&data.command("done", &["--epochs", "1"]));
    assert!(error.contains("items[0].sha256"), "{error}");

    let model = fixture("tied");
    let error = refused(&words(&["train", "--items", &format!("{model}/tokens.npy"), "--out", &model]));
    assert!(error.contains("already holds a config.json"), "{error}");
}
