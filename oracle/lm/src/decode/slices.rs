//! The pass in f32 on the CPU: plain loops over slices, with room that is kept from pass to pass.
//!
//! For one token of a small model, candle's tensors would cost as much as the arithmetic. Each step is a row by itself; only the products
//! take rows together ([`super::product`]), and give each what it gets alone.

use candle_core::{Device, Result, Tensor};

use super::Feed;
use super::attend::Attention;
use super::cache::{Kind, Layout};
use super::plan::Plan;
use super::product::{SHARED, add_raised, product};
use crate::config::LlamaConfig;
use crate::lora::Adapter;
use crate::tap::Map;
use crate::values::{Real, Values, dot};
use crate::weights::{Projection, Slot, Weights};

/// What is kept between passes.
pub(super) struct Pass {
    adapters: Vec<Raised>,
    angles: Angles,
    room: Room,
}

/// An adapter as products need it: the pair of each slot that it adapts.
struct Raised(Vec<Option<Pair>>);

struct Pair {
    rank: usize,
    /// `A` `[rank, inputs]`
    down: Tensor,
    /// `s Bᵀ` `[rank, outputs]`
    up: Tensor,
}

/// Rows of a pass, each `[rows, columns]` of what it is named for.
#[derive(Default)]
struct Room {
    stream: Vec<f32>,
    normed: Vec<f32>,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    attended: Vec<f32>,
    gates: Vec<f32>,
    ups: Vec<f32>,
    branch: Vec<f32>,
    linear: LinearRoom,
}

#[derive(Default)]
struct LinearRoom {
    turned: Vec<f32>,
    low: Vec<f32>,
}

impl Pass {
    pub fn new(config: &LlamaConfig) -> Self {
        Self { adapters: Vec::new(), angles: Angles::new(config), room: Room::default() }
    }

    pub fn add(&mut self, adapter: &Adapter, config: &LlamaConfig) -> Result<()> {
        let mut pairs: Vec<Option<Pair>> = Slot::all(config).iter().map(|_| None).collect();
        for map in adapter.config().maps(config)? {
            let Some(pair) = adapter.pair(map) else { continue };
            let up = (pair.up.t()?.contiguous()? * adapter.scale())?;
            let rank = pair.down.dim(0)?;
            pairs[map.slot().index(config)] = Some(Pair { rank, down: pair.down.contiguous()?, up });
        }
        self.adapters.push(Raised(pairs));
        Ok(())
    }

    /// Logits of the last row of each feed, `[feeds, vocabulary]`.
    pub fn forward(&mut self, weights: &Weights, plan: &Plan, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let highest = plan.spans.iter().map(|span| span.past + span.rows.len()).max().unwrap_or(0);
        self.angles.reach(highest);
        for span in &plan.spans {
            feeds[span.feed].sequence.pages_mut().reach(span.past + span.rows.len());
        }
        let Self { adapters, angles, room } = self;
        let pass = Running { weights, config: weights.config(), adapters, angles, plan };
        let config = pass.config;
        // Threads take part through rayon's pool, which is cheaper to share work with from inside.
        let largest = (config.hidden_size * config.intermediate_size).max(config.vocab_size * config.hidden_size);
        let is_large = plan.rows() * largest >= SHARED && rayon::current_num_threads() > 1;
        let logits = if is_large && rayon::current_thread_index().is_none() {
            rayon::scope(|_| pass.logits(room, feeds))?
        } else {
            pass.logits(room, feeds)?
        };
        Tensor::from_vec(logits, (plan.spans.len(), config.vocab_size), &Device::Cpu)
    }
}

/// One pass.
struct Running<'a> {
    weights: &'a Weights,
    config: &'a LlamaConfig,
    adapters: &'a [Raised],
    angles: &'a Angles,
    plan: &'a Plan,
}

impl Running<'_> {
    fn logits(&self, room: &mut Room, feeds: &mut [Feed<'_>]) -> Result<Vec<f32>> {
        let hidden = self.config.hidden_size;
        self.embed(&mut room.stream)?;
        for layer in 0..self.config.num_hidden_layers {
            self.attention(layer, room, feeds)?;
            self.mlp(layer, room)?;
        }
        room.branch.clear();
        for row in self.plan.last_rows() {
            room.branch.extend_from_slice(&room.stream[row * hidden..][..hidden]);
        }
        self.norm(Slot::FinalNorm, &room.branch, &mut room.normed)?;
        let head = Values::of(self.weights.get(Slot::Head))?;
        let mut logits = vec![0.0; feeds.len() * self.config.vocab_size];
        product(&room.normed, head.get()?, hidden, &mut logits, &mut room.linear.turned);
        Ok(logits)
    }

    fn embed(&self, stream: &mut Vec<f32>) -> Result<()> {
        let hidden = self.config.hidden_size;
        let embedding = Values::of(self.weights.get(Slot::Embedding))?;
        let embedding = embedding.get::<f32>()?;
        stream.clear();
        for token in &self.plan.tokens {
            stream.extend_from_slice(&embedding[*token as usize * hidden..][..hidden]);
        }
        Ok(())
    }

    fn attention(&self, layer: usize, room: &mut Room, feeds: &mut [Feed<'_>]) -> Result<()> {
        let map = |projection| Map::Projection(layer, projection);
        self.norm(Slot::AttentionNorm(layer), &room.stream, &mut room.normed)?;
        self.linear(map(Projection::Query), &room.normed, &mut room.queries, &mut room.linear)?;
        self.linear(map(Projection::Key), &room.normed, &mut room.keys, &mut room.linear)?;
        self.linear(map(Projection::Value), &room.normed, &mut room.values, &mut room.linear)?;
        self.turn(&mut room.queries);
        self.turn(&mut room.keys);
        let (heads, width) = (self.config.key_value_heads(), self.config.head_dim());
        for span in &self.plan.spans {
            let pages = feeds[span.feed].sequence.pages_mut();
            for row in span.rows.clone() {
                let (position, columns) = (self.plan.positions[row] as usize, heads * width);
                pages.put(layer, Kind::Key, position, &room.keys[row * columns..][..columns]);
                pages.put(layer, Kind::Value, position, &room.values[row * columns..][..columns]);
            }
        }
        let attention = Attention {
            plan: self.plan,
            pages: self.plan.spans.iter().map(|span| feeds[span.feed].sequence.pages()).collect(),
            layer,
            layout: Layout { layers: self.config.num_hidden_layers, heads, width, bytes: size_of::<f32>() },
            group: self.config.num_attention_heads / heads,
        };
        room.attended.resize(room.queries.len(), 0.0);
        attention.attend(&room.queries, &mut room.attended);
        self.linear(map(Projection::Output), &room.attended, &mut room.branch, &mut room.linear)?;
        add_rows(&mut room.stream, &room.branch);
        Ok(())
    }

    fn mlp(&self, layer: usize, room: &mut Room) -> Result<()> {
        let map = |projection| Map::Projection(layer, projection);
        self.norm(Slot::MlpNorm(layer), &room.stream, &mut room.normed)?;
        self.linear(map(Projection::Gate), &room.normed, &mut room.gates, &mut room.linear)?;
        self.linear(map(Projection::Up), &room.normed, &mut room.ups, &mut room.linear)?;
        // silu(g) ∘ u, as in `operations::swiglu`.
        for (gate, up) in room.gates.iter_mut().zip(&room.ups) {
            *gate = *gate / (1.0 + Real::exp(-*gate)) * up;
        }
        self.linear(map(Projection::Down), &room.gates, &mut room.branch, &mut room.linear)?;
        add_rows(&mut room.stream, &room.branch);
        Ok(())
    }

    /// `w ∘ x / √(mean(x²) + ε)`, as in `operations::norm`.
    fn norm(&self, slot: Slot, x: &[f32], out: &mut Vec<f32>) -> Result<()> {
        let weights = Values::of(self.weights.get(slot))?;
        let weights = weights.get::<f32>()?;
        out.clear();
        for row in x.chunks_exact(weights.len()) {
            let mean = dot(row, row) / weights.len() as f32;
            let scale = 1.0 / (mean + self.config.rms_norm_eps as f32).sqrt();
            out.extend(row.iter().zip(weights).map(|(value, weight)| value * scale * weight));
        }
        Ok(())
    }

    /// `x Wᵀ`, and `s (x Aᵀ) Bᵀ` on the rows of each adapter.
    fn linear(&self, map: Map, x: &[f32], out: &mut Vec<f32>, room: &mut LinearRoom) -> Result<()> {
        let slot = map.slot();
        let tensor = self.weights.get(slot);
        let (outputs, inputs) = tensor.dims2()?;
        out.resize(self.plan.rows() * outputs, 0.0);
        product(x, Values::of(tensor)?.get()?, inputs, out, &mut room.turned);
        for (adapter, rows) in &self.plan.runs {
            let Some(pair) = &self.adapters[adapter.0].0[slot.index(self.config)] else { continue };
            let x = &x[rows.start * inputs..rows.end * inputs];
            room.low.resize(rows.len() * pair.rank, 0.0);
            product(x, Values::of(&pair.down)?.get()?, inputs, &mut room.low, &mut room.turned);
            let out = &mut out[rows.start * outputs..rows.end * outputs];
            add_raised(&room.low, Values::of(&pair.up)?.get()?, pair.rank, out);
        }
        Ok(())
    }

    /// Turns every head of every row by the angles of its position, as in `operations::rope`.
    fn turn(&self, rows: &mut [f32]) {
        let (columns, width) = (rows.len() / self.plan.rows(), self.config.head_dim());
        for (row, position) in rows.chunks_exact_mut(columns).zip(&self.plan.positions) {
            let (cosine, sine) = self.angles.at(*position as usize);
            for head in row.chunks_exact_mut(width) {
                let (left, right) = head.split_at_mut(width / 2);
                for index in 0..width / 2 {
                    let (from_left, from_right) = (left[index], right[index]);
                    left[index] = from_left * cosine[index] - from_right * sine[index];
                    right[index] = from_right * cosine[index] + from_left * sine[index];
                }
            }
        }
    }
}

fn add_rows(stream: &mut [f32], branch: &[f32]) {
    stream.iter_mut().zip(branch).for_each(|(stream, branch)| *stream += branch);
}

/// Cosines and sines of the positions that were reached, computed in f64.
struct Angles {
    frequencies: Vec<f64>,
    /// `[positions, 2, width / 2]`
    table: Vec<f32>,
}

impl Angles {
    fn new(config: &LlamaConfig) -> Self {
        Self { frequencies: config.frequencies(), table: Vec::new() }
    }

    fn reach(&mut self, positions: usize) {
        for position in self.table.len() / (2 * self.frequencies.len())..positions {
            let angles = self.frequencies.iter().map(|frequency| position as f64 * frequency);
            self.table.extend(angles.clone().map(|angle| angle.cos() as f32));
            self.table.extend(angles.map(|angle| angle.sin() as f32));
        }
    }

    fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let half = self.frequencies.len();
        self.table[2 * half * position..][..2 * half].split_at(half)
    }
}
