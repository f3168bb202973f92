//! EK-FAC against its definition, written out densely in f64 from weight gradients alone.

use candle_core::{DType, Device, Result, Tensor};
use faer::Mat;
use influence::ekfac::basis::Side;
use influence::ekfac::score::{self, Settings, Stages};
use influence::ekfac::{Labels, PerSite, Shard, Subject, basis, damping, factors, pairs, queries, spectrum};
use influence::statistics::spearman;
use influence::{Job, Threads};
use lm::config::{Heads, LlamaConfig};
use lm::evaluate::Layout;
use lm::lora::{Adapter, LoraConfig};
use lm::loss;
use lm::model::Model;
use lm::pack::{TokenItem, pack};
use lm::tap::Site;
use lm::train::WeightGradients;
use lm::weights::{Projection, Weights};

const LAYOUT: Layout = Layout { block_length: 6, blocks_at_once: 2 };
/// Relative to the largest influence.
const TOLERANCE: f64 = 1e-9;
const PART: f64 = 0.1;

fn job() -> Job {
    Job::from(Threads::new(2))
}

fn base() -> Result<Weights> {
    let config = LlamaConfig::new(11, 8, 2, Heads { query: 4, key_value: 2 }, 12, 16);
    let weights = Weights::initial(&config, 7)?.to(DType::F64, &Device::Cpu)?;
    let stretched = weights.tensors().iter().map(|tensor| if tensor.rank() > 1 { tensor * 15.0 } else { tensor * 1.1 });
    Weights::new(config, stretched.collect::<Result<_>>()?)
}

fn adapted() -> Result<Model> {
    let base = base()?;
    let lora = LoraConfig::new(2, 6.0, &[Projection::Query, Projection::Down]);
    let adapter = Adapter::initial(&lora, base.config(), 9)?.to(DType::F64, &Device::Cpu)?;
    let tensors = adapter.tensors().iter().map(|tensor| tensor + 0.1).collect::<Result<_>>()?;
    let adapter = Adapter::new(lora, base.config(), tensors)?;
    Ok(Model::adapted(base, adapter))
}

/// Several to a block, one over two blocks, one with a prompt.
fn items() -> Vec<TokenItem> {
    vec![
        TokenItem::whole(vec![1, 5, 3, 8]),
        TokenItem::answered(vec![2, 2, 9, 10, 4], 3),
        TokenItem::whole((0..10).map(|place| (7 * place + 3) % 11).collect()),
        TokenItem::whole(vec![6, 0, 1]),
        TokenItem::whole((0..7).map(|place| (5 * place + 1) % 11).collect()),
    ]
}

fn asked() -> Vec<TokenItem> {
    vec![TokenItem::whole(vec![4, 4, 1, 0, 7]), TokenItem::whole((0..9).map(|place| (3 * place) % 11).collect())]
}

/// The gradient of one item's loss by every trained weight, as training computes it.
fn gradients(model: &Model, item: &TokenItem) -> Result<Vec<Mat<f64>>> {
    let packed = pack([item], LAYOUT.block_length);
    let batch = packed.batch(0..packed.blocks.len(), model.config(), DType::F64, &Device::Cpu)?;
    let trace = model.forward(&batch)?;
    let scored = loss::score(&trace.logits, batch.targets(), batch.weights())?;
    let mut tap = WeightGradients::new(model);
    model.backward(&trace, &batch, &scored.by_logits, &mut tap)?;
    tap.into_gradients()?.iter().filter(|gradient| gradient.rank() == 2).map(matrix).collect()
}

/// A side's basis, `size` by `size`.
fn vectors(side: &Side, size: usize) -> Mat<f64> {
    match side {
        Side::Plain => Mat::identity(size, size),
        Side::Turned(vectors) => matrix(vectors).expect("a matrix"),
    }
}

fn matrix(tensor: &Tensor) -> Result<Mat<f64>> {
    let rows: Vec<Vec<f64>> = tensor.to_vec2()?;
    Ok(Mat::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column]))
}

/// Everything that the engine computed, at the items' own labels.
struct Computed {
    bases: PerSite<basis::Basis>,
    moments: PerSite<factors::Moments>,
    squares: PerSite<spectrum::Squares>,
    pairs: Vec<f64>,
}

fn compute(subject: &Subject<'_>, shards: usize) -> Computed {
    let (items, job) = (items(), job());
    let mut moments = factors::zero(subject);
    let mut squares = spectrum::zero(subject);
    for shard in Shard::cut(&items, shards) {
        moments.add(&factors::factors(subject, shard, Labels::Own, &job).expect("factors"));
    }
    let bases = basis::bases(&moments, &Device::Cpu, DType::F64, &job).expect("bases");
    for shard in Shard::cut(&items, shards) {
        squares.add(&spectrum::spectrum(subject, &bases, shard, Labels::Own, &job).expect("a spectrum"));
    }
    let damped = damping::damped(&squares, items.len(), PART);
    let asked = asked();
    let queries = queries::queries(subject, (&bases, &damped), Shard::whole(&asked), &job).expect("queries");
    let rows = Shard::cut(&items, shards)
        .into_iter()
        .map(|shard| pairs::pairs(subject, &queries, shard, &job).expect("pairs"));
    let pairs = rows.flatten().collect();
    Computed { bases, moments, squares, pairs }
}

/// `Σ_sites ⟨(Q_Sᵀ G_q Q_A) / (Λ + λ), Q_Sᵀ G_i Q_A⟩` with `Λ` the mean square over items and `λ` a tenth of its mean.
fn expected(computed: &Computed, gradients: impl Fn(&TokenItem, Site) -> Mat<f64>) -> Vec<f64> {
    let (items, asked) = (items(), asked());
    let mut values = vec![0.0; items.len() * asked.len()];
    for (site, basis) in computed.bases.iter() {
        let first = gradients(&items[0], site);
        let (inputs, outputs) = (vectors(&basis.inputs, first.ncols()), vectors(&basis.outputs, first.nrows()));
        let turned = |item: &TokenItem| outputs.transpose() * gradients(item, site) * &inputs;
        let turned_items: Vec<Mat<f64>> = items.iter().map(turned).collect();
        let (rows, columns) = (turned_items[0].nrows(), turned_items[0].ncols());
        let square =
            |row, column| turned_items.iter().map(|item| item[(row, column)].powi(2)).sum::<f64>() / items.len() as f64;
        let spectrum = Mat::from_fn(rows, columns, square);
        let mean = (0..rows * columns).map(|place| spectrum[(place / columns, place % columns)]).sum::<f64>()
            / (rows * columns) as f64;
        for (query, asked) in asked.iter().enumerate() {
            let asked = turned(asked);
            for (item, own) in turned_items.iter().enumerate() {
                let product = |row: usize, column: usize| {
                    asked[(row, column)] * own[(row, column)] / (spectrum[(row, column)] + PART * mean)
                };
                let places = (0..rows * columns).map(|place| product(place / columns, place % columns));
                values[item * 2 + query] += places.sum::<f64>();
            }
        }
    }
    values
}

fn assert_alike(found: &[f64], expected: &[f64]) {
    let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < TOLERANCE * largest, "{found} instead of {expected}");
    }
    assert_eq!(found.len(), expected.len());
    assert!(largest > 0.0);
}

#[test]
fn influence_through_an_adapter_is_ekfac_by_its_definition() {
    let model = adapted().expect("a model");
    let subject = Subject::trained(&model, LAYOUT);
    let computed = compute(&subject, 2);
    let place = |site: Site| subject.sites.iter().position(|own| *own == site).expect("tracked");
    let values = expected(&computed, |item, site| gradients(&model, item).expect("gradients").swap_remove(place(site)));
    assert_alike(&computed.pairs, &values);
}

/// Untied, so that the head's gradient stands apart from the embedding's.
fn untied() -> Result<Weights> {
    let base = base()?;
    let mut config = base.config().clone();
    config.tie_word_embeddings = false;
    let mut tensors = base.tensors().to_vec();
    tensors.push((tensors[0].clone() * 0.5)?);
    Weights::new(config, tensors)
}

#[test]
fn influence_through_all_linear_maps_is_ekfac_by_its_definition() {
    let model = Model::new(untied().expect("weights"));
    let subject = Subject::trained(&model, LAYOUT);
    let computed = compute(&subject, 3);
    // Matrices in the order of slots: the embedding first, then those of the sites.
    let place = |site: Site| 1 + subject.sites.iter().position(|own| *own == site).expect("tracked");
    let values = expected(&computed, |item, site| gradients(&model, item).expect("gradients").swap_remove(place(site)));
    assert_alike(&computed.pairs, &values);
}

#[test]
fn bases_are_orthonormal_and_make_the_moments_diagonal() {
    let model = adapted().expect("a model");
    let computed = compute(&Subject::trained(&model, LAYOUT), 5);
    for (site, basis) in computed.bases.iter() {
        let moments = computed.moments.get(site).expect("the same sites");
        for (side, moment) in [(&basis.inputs, &moments.inputs), (&basis.outputs, &moments.outputs)] {
            let moment = moment.as_ref().expect("an adapter has no side of tokens");
            let vectors = vectors(side, moment.nrows());
            let size = vectors.nrows();
            assert!((vectors.transpose() * &vectors - Mat::<f64>::identity(size, size)).norm_max() < TOLERANCE);
            let turned = vectors.transpose() * moment * &vectors;
            let scale = moment.norm_max().max(1.0);
            for row in 0..size {
                for column in (0..size).filter(|column| *column != row) {
                    assert!(turned[(row, column)].abs() < TOLERANCE * scale, "{}", site.name());
                }
            }
        }
    }
}

#[test]
fn the_cut_into_shards_and_the_threads_change_no_sum_beyond_rounding() {
    let model = adapted().expect("a model");
    let subject = Subject::trained(&model, LAYOUT);
    let (one, many) = (compute(&subject, 5), compute(&subject, 1));
    assert_alike(&one.pairs, &many.pairs);
    for ((_, left), (_, right)) in one.squares.iter().zip(many.squares.iter()) {
        assert_alike(&left.0, &right.0);
    }
}

#[test]
fn drawn_labels_are_the_same_for_any_number_of_threads_and_others_under_another_seed() {
    let model = adapted().expect("a model");
    let subject = Subject::trained(&model, LAYOUT);
    let items = items();
    let draw = |seed, threads| {
        let job = Job::from(Threads::new(threads));
        let sums = factors::factors(&subject, Shard::whole(&items), Labels::Drawn { seed }, &job).expect("factors");
        sums.iter().map(|(_, moments)| moments.outputs.clone()).collect::<Vec<_>>()
    };
    assert_eq!(draw(1, 1), draw(1, 3));
    assert_ne!(draw(1, 1), draw(2, 1));
}

#[test]
fn influence_between_two_stages_takes_queries_from_the_later_and_items_from_the_earlier() {
    let learned = Model::new(base().expect("weights"));
    let moved = learned.weights().tensors().iter().map(|tensor| tensor * 1.05).collect::<Result<_>>().expect("weights");
    let asked = Model::new(Weights::new(learned.config().clone(), moved).expect("weights"));
    let [learned, asked] = [&learned, &asked].map(|model| Subject::trained(model, LAYOUT));
    let (items, settings) = (items(), Settings { shard: 2, queries_at_once: 1, ..Settings::default() });
    let curvature = score::curvature(&learned, &items, &settings, &job()).expect("a curvature");
    let between = |learned, asked| {
        let stages = Stages { learned, asked };
        let data = (items.as_slice(), items.as_slice());
        score::matrix_between(stages, &curvature, data, &settings, &job()).expect("influences").values
    };
    let (there, back) = (between(&learned, &asked), between(&asked, &learned));
    // The curvature is symmetric: who learned and who is asked may change places.
    for query in 0..items.len() {
        for item in 0..items.len() {
            let (one, other) = (there[query * items.len() + item], back[item * items.len() + query]);
            assert!((one - other).abs() <= 1e-5 * one.abs().max(1e-6), "{one} and {other}");
        }
    }
    assert_ne!(there, between(&learned, &learned), "the later stage is another model");
}

#[test]
fn a_curvature_of_few_items_is_near_that_of_all() {
    let model = Model::new(base().expect("weights"));
    let subject = Subject::trained(&model, LAYOUT);
    let many: Vec<TokenItem> = (0..200u32)
        .map(|seed| TokenItem::whole((0..7).map(|place| (seed * 7 + place * place + 3 * seed * place) % 11).collect()))
        .collect();
    let row = |sample| {
        let settings = Settings { sample, ..Settings::default() };
        let curvature = score::curvature(&subject, &many, &settings, &job()).expect("a curvature");
        score::matrix(&subject, &curvature, (&many, &many[..1]), &settings, &job()).expect("influences").values
    };
    let [all, some, few] = [usize::MAX, 600, 60].map(row);
    let wide = |row: &[f32]| row.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    let likeness = |other: &[f32]| spearman(&wide(&all), &wide(other)).expect("influences differ");
    assert!(likeness(&some) > 0.9 && likeness(&few) < likeness(&some), "{} and {}", likeness(&some), likeness(&few));
}
