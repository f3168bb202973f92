//! A fee's way through the split, from left to right; every height is in proportion to its amount.

use super::PlotError;
use crate::{
    data::{FeeFlow, Uopen},
    number::{open, percent, share},
    svg::{Anchor, Canvas, Rect, Style},
};

const WIDTH: f64 = 1080.0;
const TOP: f64 = 66.0;
const GROSS_HEIGHT: f64 = 300.0;
const NODE_WIDTH: f64 = 16.0;
const COLUMN_X: [f64; 3] = [215.0, 500.0, 830.0];
/// Two lines of text fit beside the thinnest node.
const SLOT: f64 = 40.0;
const GAP: f64 = 12.0;

const INK: &str = "#222222";
const FAINT_INK: &str = "#595959";

/// A part of the fees.
struct Part {
    name: &'static str,
    amount: Uopen,
    colour: &'static str,
}

/// A part and where it is drawn.
struct Node {
    y: f64,
    height: f64,
}

/// Gross fees, what each party takes of them, and what becomes of the influence pools.
///
/// # Errors
/// Never; like the other plots for the sake of their reader.
pub fn fee_flow(flow: &FeeFlow) -> Result<String, PlotError> {
    let split = with_rest(flow.gross, split_of(flow));
    let pools = with_rest(flow.pool, pools_of(flow));
    let whole = flow.gross.max(sum(&split)).max(sum(&pools));
    let height_of = |amount: Uopen| GROSS_HEIGHT * share(amount, whole);

    let first = column(&split, TOP, height_of);
    let pool_middle = first.first().map_or(TOP, |pool| pool.y + pool.height / 2.0);
    let second_top = (pool_middle - extent(&column(&pools, 0.0, height_of)) / 2.0).max(TOP);
    let second = column(&pools, second_top, height_of);
    let bottom = TOP + extent(&column(&split, 0.0, height_of)).max(GROSS_HEIGHT);
    let bottom = bottom.max(second_top + extent(&second) - extent_start(&second));

    let mut canvas = Canvas::new(WIDTH, bottom + 24.0);
    headings(&mut canvas);
    bands(&mut canvas, (COLUMN_X[0], TOP), COLUMN_X[1], &split, &first);
    let pool_y = first.first().map_or(TOP, |pool| pool.y);
    bands(&mut canvas, (COLUMN_X[1], pool_y), COLUMN_X[2], &pools, &second);

    let gross = Part { name: "Fees paid", amount: flow.gross, colour: "#4D4D4D" };
    let gross_node = Node { y: TOP, height: height_of(flow.gross) };
    node(&mut canvas, COLUMN_X[0], &gross, &gross_node);
    label(&mut canvas, COLUMN_X[0] - 10.0, &gross_node, &gross, (flow.gross, Anchor::End));
    for (parts, nodes, x) in [(&split, &first, COLUMN_X[1]), (&pools, &second, COLUMN_X[2])] {
        for (part, place) in parts.iter().zip(nodes) {
            node(&mut canvas, x, part, place);
            label(&mut canvas, x + NODE_WIDTH + 10.0, place, part, (flow.gross, Anchor::Start));
        }
    }
    Ok(canvas.finish())
}

/// The sentence under the plot.
pub fn sentence(flow: &FeeFlow) -> String {
    if flow.gross == 0 {
        return "No round has settled yet, so no fee has moved.".to_owned();
    }
    format!(
        "Of {} OPEN paid in settled rounds, {} is payable to contributors, {} is theirs but waits for doubt to fall, and what nobody is owed goes to the treasury, never to those who choose labels or scores.",
        open(flow.gross),
        percent(share(flow.payable, flow.gross), 1),
        percent(share(flow.held_back, flow.gross), 1),
    )
}

/// The pool first: it goes on to the right, beside the labels of nobody.
fn split_of(flow: &FeeFlow) -> Vec<Part> {
    vec![
        Part { name: "Influence pools", amount: flow.pool, colour: "#0072B2" },
        Part { name: "Owner", amount: flow.owner, colour: "#009E73" },
        Part { name: "Stake holders", amount: flow.stake, colour: "#F0E442" },
        Part { name: "Operators", amount: flow.operators, colour: "#E69F00" },
        Part { name: "Protocol treasury", amount: flow.protocol_treasury, colour: "#CC79A7" },
        Part { name: "Unresolved, to treasury", amount: flow.unresolved, colour: "#D55E00" },
    ]
}

fn pools_of(flow: &FeeFlow) -> Vec<Part> {
    vec![
        Part { name: "Payable to contributors", amount: flow.payable, colour: "#0072B2" },
        Part { name: "Held back in doubt", amount: flow.held_back, colour: "#56B4E9" },
        Part { name: "Residual, to treasury", amount: flow.residual, colour: "#CC79A7" },
    ]
}

/// What the parts leave of the whole is shown too: a report that does not add up should look like one.
fn with_rest(whole: Uopen, mut parts: Vec<Part>) -> Vec<Part> {
    let rest = whole.saturating_sub(sum(&parts));
    if rest > 0 {
        parts.push(Part { name: "Elsewhere", amount: rest, colour: "#999999" });
    }
    parts
}

fn sum(parts: &[Part]) -> Uopen {
    parts.iter().fold(0, |total: Uopen, part| total.saturating_add(part.amount))
}

fn column(parts: &[Part], top: f64, height_of: impl Fn(Uopen) -> f64) -> Vec<Node> {
    let mut y = top;
    let place = |part: &Part| {
        let height = height_of(part.amount);
        let slot = height.max(SLOT);
        let node = Node { y: y + (slot - height) / 2.0, height };
        y += slot + GAP;
        node
    };
    parts.iter().map(place).collect()
}

fn extent_start(nodes: &[Node]) -> f64 {
    nodes.first().map_or(0.0, |node| node.y - (node.height.max(SLOT) - node.height) / 2.0)
}

/// The lower end of a column's last slot.
fn extent(nodes: &[Node]) -> f64 {
    nodes.last().map_or(0.0, |node| node.y + node.height / 2.0 + node.height.max(SLOT) / 2.0)
}

fn bands(canvas: &mut Canvas, from: (f64, f64), to_x: f64, parts: &[Part], nodes: &[Node]) {
    let (x, mut y) = (from.0 + NODE_WIDTH, from.1);
    for (part, node) in parts.iter().zip(nodes) {
        canvas.band((x, y), (to_x, node.y), node.height, part.colour);
        y += node.height;
    }
}

fn node(canvas: &mut Canvas, x: f64, part: &Part, place: &Node) {
    let height = if part.amount == 0 { 0.5 } else { place.height.max(1.5) };
    canvas.rect(Rect { x, y: place.y, width: NODE_WIDTH, height }, part.colour, "none");
}

fn label(canvas: &mut Canvas, x: f64, place: &Node, part: &Part, (gross, anchor): (Uopen, Anchor)) {
    let middle = place.y + place.height / 2.0;
    let amount = format!("{} OPEN · {}", open(part.amount), percent(share(part.amount, gross), 1));
    let style = Style { size: 13.0, bold: false, fill: FAINT_INK, anchor };
    canvas.text((x, middle - 4.0), Style { size: 14.0, bold: true, fill: INK, ..style }, part.name);
    canvas.text((x, middle + 13.0), style, &amount);
}

fn headings(canvas: &mut Canvas) {
    let style = Style { size: 13.0, bold: false, fill: FAINT_INK, anchor: Anchor::Start };
    let titles = ["gross fees", "split by the terms", "what becomes of the pools"];
    for (x, title) in COLUMN_X.iter().zip(titles) {
        canvas.text((*x, 30.0), style, title);
    }
}
