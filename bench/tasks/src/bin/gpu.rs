//! Speed of training, of the index and of scores on one device, for models of random weights.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use candle_core::{DType, Device};
use clap::{Parser, ValueEnum};
use influence::ekfac::PerSite;
use influence::ekfac::basis::Basis;
use kernels::Place;
use tasks::exit;
use tasks::gpu::clock::{Seconds, peak_mib};
use tasks::gpu::plan::Plan;
use tasks::gpu::record::{self, Pass, Products, Record, TRAINING};
use tasks::gpu::scoring::{Index, memory_speed};
use tasks::gpu::shape::{Rows, Shape};
use tasks::gpu::workload::Workload;
use tasks::gpu::{attribution, training};

/// How fast training, the passes of the index and its scores are on one device, for models of random weights.
#[derive(Parser)]
#[command(name = "bench/gpu")]
struct Arguments {
    /// Sizes of the model.
    #[arg(long, value_enum, default_value = "tiny")]
    shape: Shape,
    /// cpu, cuda or cuda:N.
    #[arg(long, default_value = "cuda")]
    device: Place,
    /// Numbers of weights, activations and moments.
    #[arg(long, value_enum, default_value = "bf16")]
    precision: Precision,
    /// What to measure; all unless given.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Tokens of an item, which is one block.
    #[arg(long)]
    length: Option<usize>,
    /// Tokens that are computed together.
    #[arg(long)]
    at_once: Option<usize>,
    /// Tokens of a step of training.
    #[arg(long)]
    step: Option<usize>,
    /// Tokens of a measurement.
    #[arg(long)]
    tokens: Option<usize>,
    /// Times that each measurement is repeated; the median counts.
    #[arg(long, default_value_t = 3)]
    repeats: usize,
    /// Where eigenbases come from: `drawn` ones are random and take no time; speed does not depend on them.
    #[arg(long, value_enum, default_value = "drawn")]
    bases: Bases,
    /// Numbers of a sketch, before rows are made of it.
    #[arg(long, default_value_t = 65_536)]
    width: usize,
    /// Attribute to the head's weights too.
    #[arg(long)]
    head: bool,
    /// Rows of the index whose scores are measured; 1,000,000 on a card unless given, 4,096 on the CPU.
    #[arg(long)]
    rows: Option<usize>,
    /// Values of such a row.
    #[arg(long, default_value_t = 8_192)]
    row_width: usize,
    /// Queries that are scored at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    queries: Vec<usize>,
    /// Records of a peer's script, to be shown beside ours.
    #[arg(long, value_name = "FILE")]
    beside: Vec<PathBuf>,
    /// Write what a peer's script must know to measure the same to this file, and measure nothing.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Write the records to this file, as a JSON list.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Precision {
    Bf16,
    F32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bases {
    Measured,
    Drawn,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Forwards and backwards, and steps of AdamW.
    Training,
    /// Second moments.
    Factors,
    /// Squares in the eigenbases.
    Spectrum,
    /// Sketches of all items.
    Build,
    /// Products of an index with queries.
    Scores,
}

fn main() -> ExitCode {
    exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(path) = &arguments.plan {
        return arguments.plan().write(path);
    }
    let device = arguments.device.open()?;
    let mut bench = Bench { arguments, device, records: Vec::new() };
    for path in &arguments.beside {
        bench.records.extend(record::read(path)?);
    }
    bench.passes()?;
    if bench.wants(Part::Scores) {
        bench.scores()?;
    }
    record::compare(&mut bench.records);
    println!("{}", record::tables(&bench.records));
    arguments.json.as_deref().map_or(Ok(()), |path| record::write(path, &bench.records))
}

impl Arguments {
    fn plan(&self) -> Plan {
        Plan {
            shape: self.shape.name().to_owned(),
            model: self.shape.config(),
            device: self.device.to_string(),
            precision: self.precision.name().to_owned(),
            rows: self.resolved_rows(),
            repeats: self.repeats,
        }
    }

    fn resolved_rows(&self) -> Rows {
        let own = self.shape.rows();
        Rows {
            length: self.length.unwrap_or(own.length),
            at_once: self.at_once.unwrap_or(own.at_once),
            of_step: self.step.unwrap_or(own.of_step),
            measured: self.tokens.unwrap_or(own.measured),
        }
    }
}

impl Precision {
    fn name(self) -> &'static str {
        match self {
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
        }
    }

    fn dtype(self) -> DType {
        match self {
            Self::Bf16 => DType::BF16,
            Self::F32 => DType::F32,
        }
    }
}

struct Bench<'a> {
    arguments: &'a Arguments,
    device: Device,
    records: Vec<Record>,
}

impl Bench<'_> {
    fn wants(&self, part: Part) -> bool {
        self.arguments.only.is_empty() || self.arguments.only.contains(&part)
    }

    fn passes(&mut self) -> Result<()> {
        if ![Part::Training, Part::Factors, Part::Spectrum, Part::Build].into_iter().any(|part| self.wants(part)) {
            return Ok(());
        }
        let plan = self.arguments.plan();
        let mut workload = Workload::draw(&plan.model, plan.rows, self.arguments.precision.dtype(), &self.device)?;
        workload.with_head = self.arguments.head;
        let repeats = self.arguments.repeats;
        if self.wants(Part::Factors) {
            self.pass(&workload, "factors", attribution::moments(&workload, repeats)?);
        }
        if self.wants(Part::Spectrum) || self.wants(Part::Build) {
            self.in_bases(&workload)?;
        }
        if self.wants(Part::Training) {
            self.pass(&workload, "forwards and backwards", training::gradients(&workload, repeats)?);
            self.pass(&workload, TRAINING, training::steps(&workload, repeats)?);
        }
        Ok(())
    }

    fn in_bases(&mut self, workload: &Workload) -> Result<()> {
        let (bases, repeats) = (self.bases(workload)?, self.arguments.repeats);
        if self.wants(Part::Spectrum) {
            self.pass(workload, "spectrum", attribution::squares(workload, &bases, repeats)?);
        }
        if self.wants(Part::Build) {
            self.pass(workload, "sketches", attribution::sketches(workload, &bases, self.arguments.width, repeats)?);
        }
        self.add_both(workload);
        Ok(())
    }

    fn bases(&self, workload: &Workload) -> Result<PerSite<Basis>> {
        if self.arguments.bases == Bases::Drawn {
            return attribution::drawn_bases(workload);
        }
        let (bases, seconds) = attribution::measured_bases(workload)?;
        println!("eigenbases: {seconds:.1} s on the CPU, once per model");
        Ok(bases)
    }

    /// Factors and sketches of all tokens, each once.
    fn add_both(&mut self, workload: &Workload) {
        let of = |what: &str| {
            self.records.iter().find_map(|record| match record {
                Record::Pass(pass) if pass.what == what && pass.stack == OURS => Some(pass.seconds),
                _ => None,
            })
        };
        if let (Some(factors), Some(sketches)) = (of("factors"), of("sketches")) {
            let seconds = factors + sketches;
            let record = self.record(workload, "factors and sketches", seconds, [seconds; 2]);
            self.records.push(record);
        }
    }

    fn pass(&mut self, workload: &Workload, what: &str, seconds: Seconds) {
        let record = self.record(workload, what, seconds.median(), seconds.range());
        println!("{what}: {:.3} s", seconds.median());
        self.records.push(record);
    }

    fn record(&self, workload: &Workload, what: &str, seconds: f64, range: [f64; 2]) -> Record {
        let tokens = workload.rows();
        Record::Pass(Pass {
            shape: self.arguments.shape.name().to_owned(),
            device: self.arguments.device.to_string(),
            precision: self.arguments.precision.name().to_owned(),
            stack: OURS.to_owned(),
            what: what.to_owned(),
            tokens,
            seconds,
            range,
            tokens_per_second: tokens as f64 / seconds,
            of_training: None,
            peak_mib: peak_mib(&self.device),
        })
    }

    fn scores(&mut self) -> Result<()> {
        let Arguments { row_width, repeats, .. } = *self.arguments;
        let rows = self.arguments.rows.unwrap_or(if self.device.is_cpu() { 4_096 } else { 1_000_000 });
        let speed = memory_speed(&self.device, repeats)?;
        let index = Index::draw(rows, row_width, &self.device)?;
        for &queries in &self.arguments.queries {
            let seconds = index.seconds(queries, repeats)?.median();
            self.records.push(Record::Products(Products {
                device: self.arguments.device.to_string(),
                rows,
                width: row_width,
                queries,
                ms_per_query: 1e3 * seconds / queries as f64,
                ms_of_reading_once: 1e3 * index.bytes() as f64 / speed,
                memory_gb_per_second: speed / 1e9,
                peak_mib: peak_mib(&self.device),
            }));
        }
        Ok(())
    }
}

/// Our stack's name in records.
const OURS: &str = "ours";
