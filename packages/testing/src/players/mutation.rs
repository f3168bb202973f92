//! Messages that nobody means: one thing in a sensible one is changed, whatever it is.

use cosmwasm_std::{Addr, Binary, coins};
use serde_json::Value;

use super::{Action, Chance};
use crate::TxMessage;

/// A native coin, of which everybody has enough.
pub const COIN: &str = "ucoin";

/// A value somewhere in a message.
type Path = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// Changes one thing in an action: its sender, a value in a message, the coins with it, or the number of its messages.
///
/// Contracts sign nothing: senders are among `accounts`, addresses in messages are among `names`.
pub fn mutate(chance: &mut Chance, action: Action, accounts: &[Addr], names: &[Addr]) -> Action {
    let Action::Send { mut sender, mut messages } = action else { return action };
    match chance.below(12) {
        0 | 1 => sender = chance.pick(accounts).cloned().unwrap_or(sender),
        2 => {
            return Action::Send { sender, messages }.with_funds(coins(chance.below(3).saturating_add(1).into(), COIN));
        }
        3 => messages.extend(messages.clone()),
        _ => {
            for message in &mut messages {
                message.msg = change(chance, &message.msg, names).unwrap_or(message.msg.clone());
            }
        }
    }
    Action::Send { sender, messages }
}

fn change(chance: &mut Chance, msg: &str, names: &[Addr]) -> Option<String> {
    let mut value: Value = serde_json::from_str(msg).ok()?;
    change_value(chance, &mut value, names)?;
    serde_json::to_string(&value).ok()
}

fn change_value(chance: &mut Chance, value: &mut Value, names: &[Addr]) -> Option<()> {
    let mut paths = Vec::new();
    collect(value, &mut Vec::new(), &mut paths);
    // Not the whole message: it would only be unreadable.
    let path = chance.pick(paths.get(1..)?)?.clone();
    let found = path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })?;
    *found = changed(chance, found, names);
    Some(())
}

fn collect(value: &Value, path: &mut Path, paths: &mut Vec<Path>) {
    paths.push(path.clone());
    let mut descend = |step: Step, inner: &Value| {
        path.push(step);
        collect(inner, path, paths);
        path.pop();
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| descend(Step::Key(key.clone()), inner)),
        Value::Array(list) => list.iter().enumerate().for_each(|(index, inner)| descend(Step::Index(index), inner)),
        _ => (),
    }
}

fn changed(chance: &mut Chance, value: &Value, names: &[Addr]) -> Value {
    match value {
        Value::Null => Value::from("1"),
        Value::Bool(truth) => Value::Bool(!truth),
        Value::Number(number) => number_near(chance, number.as_u64().unwrap_or_default()),
        Value::String(text) => Value::from(changed_text(chance, text, names)),
        Value::Array(list) => Value::Array(changed_list(chance, list.clone())),
        Value::Object(_) => Value::Null,
    }
}

/// JSON holds numbers of at most 64 bits, and none of ours is wider than 32.
fn number_near(chance: &mut Chance, number: u64) -> Value {
    let edges = [0, 1, 255, 256, 9_999, 10_000, 10_001, 16_384, 65_535, 65_536, u32::MAX.into(), u64::MAX];
    match chance.below(5) {
        0 => Value::from(number.saturating_add(1)),
        1 => Value::from(number.saturating_sub(1)),
        2 => Value::from(-1),
        _ => Value::from(chance.pick(&edges).copied().unwrap_or_default()),
    }
}

fn changed_text(chance: &mut Chance, text: &str, names: &[Addr]) -> String {
    if let Ok(number) = text.parse::<u128>() {
        return match chance.below(5) {
            0 => number.saturating_add(1),
            1 => number.saturating_sub(1),
            2 => chance.amount(40),
            _ => chance.edge(),
        }
        .to_string();
    }
    if text.starts_with("wasm1") {
        let other = chance.pick(names).map(Addr::to_string).unwrap_or_default();
        return if chance.once_in(8) { text.to_uppercase() } else { other };
    }
    inner_changed(chance, text, names).unwrap_or_else(|| garbled(chance, text))
}

/// A hook is JSON in base64.
fn inner_changed(chance: &mut Chance, text: &str, names: &[Addr]) -> Option<String> {
    let inner = Binary::from_base64(text).ok()?;
    let inner = change(chance, std::str::from_utf8(&inner).ok()?, names)?;
    Some(Binary::from(inner.as_bytes()).to_base64())
}

fn garbled(chance: &mut Chance, text: &str) -> String {
    match chance.below(5) {
        0 => String::new(),
        1 => text.chars().rev().collect(),
        2 => text.repeat(2),
        3 => text.chars().skip(1).collect(),
        // Still base64, and still hex.
        _ => text.chars().map(|letter| if letter == '0' || letter == 'A' { '1' } else { letter }).collect(),
    }
}

fn changed_list(chance: &mut Chance, mut list: Vec<Value>) -> Vec<Value> {
    match chance.below(4) {
        0 => list.clear(),
        1 => drop(list.pop()),
        2 => list.reverse(),
        _ => list.extend(list.first().cloned()),
    }
    list
}

/// An action with every number in it, one after another, at every end of the types it could be of, and all of them at the far end.
pub fn at_edges(action: &Action) -> Vec<Action> {
    let Action::Send { sender, messages } = action else { return Vec::new() };
    let Some(first) = messages.first() else { return Vec::new() };
    let Ok(value) = serde_json::from_str::<Value>(&first.msg) else { return Vec::new() };
    let (last, mut all) = (usize::MAX, value.clone());
    set_numbers(&mut all, &mut 0, &|_, edges: &[Value]| edges.last().cloned());
    let mut changed = vec![all];
    let count = count_numbers(&mut value.clone());
    for (place, edge) in (0..count).flat_map(|place| (0..MOST_EDGES).map(move |edge| (place, edge))) {
        let mut value = value.clone();
        set_numbers(&mut value, &mut 0, &|at, edges: &[Value]| {
            edges.get(if at == place { edge } else { last }).cloned()
        });
        changed.push(value);
    }
    let message = |value: Value| TxMessage { msg: value.to_string(), ..first.clone() };
    changed.into_iter().map(|value| Action::Send { sender: sender.clone(), messages: vec![message(value)] }).collect()
}

/// The most ends that one number has.
const MOST_EDGES: usize = 13;

fn count_numbers(value: &mut Value) -> usize {
    let mut count = 0;
    set_numbers(value, &mut count, &|_, _| None);
    count
}

/// Sets numbers, told by their rank and the ends that they have; those in hooks too.
fn set_numbers(value: &mut Value, rank: &mut usize, set: &dyn Fn(usize, &[Value]) -> Option<Value>) {
    let edges = match value {
        Value::Object(map) => return map.values_mut().for_each(|inner| set_numbers(inner, rank, set)),
        Value::Array(list) => return list.iter_mut().for_each(|inner| set_numbers(inner, rank, set)),
        Value::Number(_) => narrow_edges(),
        Value::String(text) if text.parse::<u128>().is_ok() => wide_edges(),
        Value::String(text) => {
            if let Some(mut hook) = hook_in(text) {
                set_numbers(&mut hook, rank, set);
                *text = Binary::from(hook.to_string().as_bytes()).to_base64();
            }
            return;
        }
        _ => return,
    };
    if let Some(edge) = set(*rank, &edges) {
        *value = edge;
    }
    *rank = rank.saturating_add(1);
}

fn hook_in(text: &str) -> Option<Value> {
    let hook = Binary::from_base64(text).ok()?;
    serde_json::from_slice(&hook).ok().filter(Value::is_object)
}

fn narrow_edges() -> Vec<Value> {
    let edges: [u64; MOST_EDGES] = [
        0,
        1,
        u8::MAX.into(),
        256,
        9_999,
        10_001,
        16_384,
        u16::MAX.into(),
        65_536,
        1 << 31,
        1 << 32,
        u64::MAX,
        u32::MAX.into(),
    ];
    edges.map(Value::from).to_vec()
}

fn wide_edges() -> Vec<Value> {
    let edges: [u128; MOST_EDGES] = [
        0,
        1,
        u32::MAX.into(),
        1 << 32,
        i64::MAX as u128,
        1 << 63,
        u128::from(u64::MAX) - 1,
        u64::MAX.into(),
        1 << 64,
        1_000_000_000_000_000_000,
        1_000_000_000_000_000_001,
        u128::MAX - 1,
        u128::MAX,
    ];
    edges.map(|edge| Value::from(edge.to_string())).to_vec()
}
