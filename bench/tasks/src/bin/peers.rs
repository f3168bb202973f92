//! How well influence ranks what models trained on halves of the items lost: ours on Task B.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use compute::{Job, Threads};
use influence::ekfac::Subject;
use influence::ekfac::score::{self, Matrix, Settings};
use tasks::lds;
use tasks::text::{SUBSETS, Task};
use tasks::truth::{self, Half};
use tasks::{exit, export};

/// The linear datamodeling score (LDS) of our methods.
#[derive(Parser)]
struct Arguments {
    /// Dampings to try, as parts of the mean curvature.
    #[arg(long, value_delimiter = ',', default_value = "1,0.1,0.01")]
    dampings: Vec<f64>,
    /// Leave the map to logits out.
    #[arg(long)]
    without_head: bool,
    /// Seeds of the trainings on halves.
    #[arg(long, default_value_t = 2)]
    seeds: u64,
    /// Where single trainings are kept; halves that are not there are left out.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/truth"))]
    truth: PathBuf,
    /// Where the model is kept.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers/base"))]
    folder: PathBuf,
}

fn main() -> ExitCode {
    exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let (task, job) = (Task::base()?, Job::from(Threads::available()));
    let measured = Measured::load(&task, arguments)?;
    println!("{} halves, {} seeds; ceiling {}", measured.halves.len(), arguments.seeds, measured.ceiling());
    let model = export::model(&task, 0, &arguments.folder, &job)?;
    let whole = Subject::trained(&model, truth::LAYOUT);
    let subject = if arguments.without_head { whole.without_head() } else { whole };
    let data = (task.items.as_slice(), task.queries.as_slice());
    let start = Instant::now();
    let dots = score::dot_products(&subject, data, &Settings::default(), &job)?;
    measured.show("gradient dot product", &dots, start);
    for &damping in &arguments.dampings {
        let (settings, start) = (Settings { damping, ..Settings::default() }, Instant::now());
        let curvature = score::curvature(&subject, &task.items, &settings, &job)?;
        let matrix = score::matrix(&subject, &curvature, data, &settings, &job)?;
        measured.show(&format!("EK-FAC, damping {damping}"), &matrix, start);
    }
    Ok(())
}

/// What retraining showed.
struct Measured {
    halves: Vec<Vec<bool>>,
    losses: lds::Losses,
}

impl Measured {
    /// Takes the halves that were trained on under all seeds.
    fn load(task: &Task, arguments: &Arguments) -> Result<Self> {
        let mut found = Self { halves: Vec::new(), losses: vec![Vec::new(); arguments.seeds as usize] };
        for subset in 0..SUBSETS {
            let all: Vec<Half> = (0..arguments.seeds).map(|seed| Half { subset, seed }).collect();
            if all.iter().all(|half| half.path(&arguments.truth).exists()) {
                found.halves.push(task.subset(subset));
                for (losses, half) in found.losses.iter_mut().zip(all) {
                    let own = truth::of_half(task, half, &arguments.truth)?;
                    losses.push(own.into_iter().map(f64::from).collect());
                }
            }
        }
        ensure!(found.halves.len() > 2, "{} has too few trainings: run the program `truth`", arguments.truth.display());
        Ok(found)
    }

    fn ceiling(&self) -> String {
        lds::ceiling(&self.losses).map_or_else(|| "unknown with one seed".to_owned(), |ceiling| format!("{ceiling:.3}"))
    }

    fn show(&self, method: &str, matrix: &Matrix, start: Instant) {
        let queries = matrix.values.len() / matrix.items;
        let rows: Vec<Vec<f64>> =
            (0..queries).map(|query| matrix.row(query).iter().map(|value| f64::from(*value)).collect()).collect();
        let lds::Score { lds, low, high } = lds::score(&rows, &self.halves, &self.losses);
        println!("{method}: LDS {lds:.3} [{low:.3}, {high:.3}], {:.1} s", start.elapsed().as_secs_f64());
    }
}
