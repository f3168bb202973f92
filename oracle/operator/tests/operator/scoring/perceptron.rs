//! `oracle score` on perceptrons: the engine's own matrix, and its definition written out densely.

use std::fs;
use std::path::{Path, PathBuf};

use influence::{
    Threads,
    dataset::Examples,
    manifest::{TrainingManifest, TrainingPlan},
    mlp::{Architecture, Mlp},
    score::precondition,
    train::train_members,
};
use npyz::WriterBuilder;
use safetensors::{Dtype, tensor::TensorView};
use serde_json::Value;
use tempfile::TempDir;

use super::run;

const LAYERS: [usize; 3] = [3, 4, 3];
const DAMPING: f64 = 0.01;
const ITEMS: usize = 24;
const QUERIES: usize = 5;

/// The dense reference has gradients by central differences, and the matrix is rounded to float32.
const DENSE_TOLERANCE: f64 = 2e-6;
const DIFFERENCE: f64 = 1e-6;

/// A folder with a model of two members, items and queries.
struct Case {
    folder: TempDir,
    members: Vec<Mlp>,
    items: Examples,
    queries: Examples,
}

impl Case {
    fn new() -> Self {
        let architecture = Architecture::new(&LAYERS).expect("a network");
        let members: Vec<Mlp> = [7, 8].map(|seed| Mlp::initial(architecture.clone(), seed)).into();
        let case = Self {
            folder: tempfile::tempdir().expect("a folder"),
            members,
            items: made(ITEMS, 0.0),
            queries: made(QUERIES, 0.5),
        };
        case.write(
            "config.json",
            r#"{"model_type": "mlp", "layers": [3, 4, 3], "activation": "relu", "weight_decay": 0.002}"#,
        );
        for (number, member) in case.members.iter().enumerate() {
            member.save(&case.path(&format!("model-{number}.safetensors"))).expect("writable");
        }
        case.features("items.npy", &case.items);
        case.features("queries.npy", &case.queries);
        case.labels("labels.npy", &case.items.labels().iter().map(|label| i64::from(*label)).collect::<Vec<_>>());
        case.labels("asked.npy", &case.queries.labels().iter().map(|label| i64::from(*label)).collect::<Vec<_>>());
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("writable");
    }

    fn features(&self, name: &str, examples: &Examples) {
        array(&self.path(name), &[examples.len(), examples.width()], examples.features());
    }

    fn labels(&self, name: &str, labels: &[i64]) {
        array(&self.path(name), &[labels.len()], labels);
    }

    /// Runs `oracle score` with the usual files but for those named.
    fn run(&self, more: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let usual = [
            ("--items", "items.npy"),
            ("--labels", "labels.npy"),
            ("--queries", "queries.npy"),
            ("--query-labels", "asked.npy"),
        ];
        let mut arguments =
            vec!["score".to_owned(), "--json".to_owned(), "--model".to_owned(), shown(self.folder.path())];
        arguments.extend(["--out".to_owned(), shown(&self.path("scores.npy"))]);
        let own = usual.iter().filter(|(flag, _)| more.iter().all(|(other, _)| other != flag));
        for (flag, value) in own.chain(more).filter(|(_, value)| !value.is_empty()) {
            let file = value.ends_with(".npy") || value.ends_with(".csv");
            arguments.extend([(*flag).to_owned(), if file { shown(&self.path(value)) } else { (*value).to_owned() }]);
        }
        run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The matrix of a run that must succeed, `[queries, items]`.
    fn matrix(&self, more: &[(&str, &str)]) -> Vec<f32> {
        let (code, _, error) = self.run(more);
        assert_eq!(code, Some(0), "{error}");
        let bytes = fs::read(self.path("scores.npy")).expect("it was written");
        let file = npyz::NpyFile::new(&bytes[..]).expect("a numpy array");
        assert_eq!(file.shape(), [QUERIES as u64, ITEMS as u64]);
        file.into_vec().expect("float32")
    }

    fn refused(&self, more: &[(&str, &str)], said: &[&str]) {
        let (code, _, error) = self.run(more);
        assert_eq!(code, Some(2), "{error}");
        assert!(said.iter().all(|part| error.contains(part)), "{said:?} in {error}");
    }
}

fn shown(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Examples on a curve, so that no two are alike and every label is there.
fn made(count: usize, shift: f32) -> Examples {
    let mut examples = Examples::new(LAYERS[0]);
    for row in 0..count {
        let feature = |column: usize| ((row * 7 + column * 3) as f32 * 0.37 + shift).sin();
        examples.push(&[feature(0), feature(1), feature(2)], (row % LAYERS[2]) as u16).expect("three features");
    }
    examples
}

fn array<T: npyz::AutoSerialize + Copy>(path: &Path, shape: &[usize], values: &[T]) {
    let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
    let file = fs::File::create(path).expect("writable");
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd().expect("writable");
    writer.extend(values.iter().copied()).expect("writable");
    writer.finish().expect("writable");
}

#[test]
fn the_matrix_is_the_engines_own() {
    let case = Case::new();
    let plan = TrainingPlan { layers: LAYERS.to_vec(), ..TrainingPlan::digits(vec![0, 1]) };
    let manifest = TrainingManifest::new(plan, DAMPING);
    let one = Threads::new(1);
    let preconditioned = precondition(&manifest, &case.members, &case.items, one).expect("they belong together");
    let influence = preconditioned.influence(&case.queries, one).expect("the queries fit");
    let expected: Vec<f32> = (0..QUERIES).flat_map(|query| influence.row(query)).map(|value| *value as f32).collect();
    assert_eq!(case.matrix(&[("--damping", "0.01"), ("--threads", "3")]), expected);
}

#[test]
fn the_matrix_is_its_definition_written_out_densely() {
    let case = Case::new();
    let mut expected = vec![0.0; QUERIES * ITEMS];
    for member in &case.members {
        for (sum, value) in expected.iter_mut().zip(dense(member, &case.items, &case.queries)) {
            *sum += value / case.members.len() as f64;
        }
    }
    for (found, expected) in case.matrix(&[("--damping", "0.01")]).into_iter().zip(expected) {
        let error = (f64::from(found) - expected).abs();
        assert!(error < DENSE_TOLERANCE * (1.0 + expected.abs()), "{found} is not {expected}");
    }
}

/// `(1/n) g_qᵀ (G + λI)⁻¹ g_i`, with `G = (1/n) Σ_i Σ_y p_i(y) ∇log p_i(y) ∇log p_i(y)ᵀ`, which for a softmax is the Gauss-Newton matrix.
fn dense(member: &Mlp, items: &Examples, queries: &Examples) -> Vec<f64> {
    let weights: Vec<f64> = member.weights().iter().map(|weight| f64::from(*weight)).collect();
    let (size, count) = (weights.len(), items.len() as f64);
    let mut curvature = vec![vec![0.0; size]; size];
    for item in 0..items.len() {
        for label in 0..LAYERS[2] {
            let gradient = gradient(&weights, items.row(item), label);
            let chance = log_probability(&weights, items.row(item), label).exp();
            for (row, left) in curvature.iter_mut().zip(&gradient) {
                row.iter_mut().zip(&gradient).for_each(|(sum, right)| *sum += chance * left * right / count);
            }
        }
    }
    curvature.iter_mut().enumerate().for_each(|(place, row)| row[place] += DAMPING);
    let of = |examples: &Examples, place: usize| {
        gradient(&weights, examples.row(place), usize::from(examples.labels()[place]))
    };
    let solved: Vec<Vec<f64>> = (0..items.len()).map(|item| solve(curvature.clone(), of(items, item))).collect();
    let row = |query: usize| {
        let asked = of(queries, query);
        let product = |item: &Vec<f64>| item.iter().zip(&asked).map(|(left, right)| left * right).sum::<f64>() / count;
        solved.iter().map(product).collect::<Vec<f64>>()
    };
    (0..queries.len()).flat_map(row).collect()
}

fn gradient(weights: &[f64], features: &[f32], label: usize) -> Vec<f64> {
    let at = |place: usize, step: f64| {
        let mut moved = weights.to_vec();
        moved[place] += step;
        log_probability(&moved, features, label)
    };
    (0..weights.len()).map(|place| (at(place, DIFFERENCE) - at(place, -DIFFERENCE)) / (2.0 * DIFFERENCE)).collect()
}

/// A unit's weights are its inputs' and then its bias.
fn log_probability(weights: &[f64], features: &[f32], label: usize) -> f64 {
    let mut entering: Vec<f64> = features.iter().map(|value| f64::from(*value)).collect();
    let mut rest = weights;
    for (layer, outputs) in LAYERS[1..].iter().enumerate() {
        let (own, after) = rest.split_at(outputs * (entering.len() + 1));
        let unit = |row: &[f64]| row.iter().zip(entering.iter().chain([&1.0])).map(|(a, b)| a * b).sum::<f64>();
        let mut leaving: Vec<f64> = own.chunks_exact(entering.len() + 1).map(unit).collect();
        if layer + 2 < LAYERS.len() {
            leaving.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        (entering, rest) = (leaving, after);
    }
    let total: f64 = entering.iter().map(|logit| logit.exp()).sum();
    entering[label] - total.ln()
}

/// Gauss's elimination; the matrix is positive definite, so that no pivot need be looked for.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        let row = matrix[pivot].clone();
        for below in pivot + 1..size {
            let factor = matrix[below][pivot] / row[pivot];
            matrix[below].iter_mut().zip(&row).for_each(|(value, above)| *value -= factor * above);
            right[below] -= factor * right[pivot];
        }
    }
    for place in (0..size).rev() {
        let known: f64 = (place + 1..size).map(|column| matrix[place][column] * right[column]).sum();
        right[place] = (right[place] - known) / matrix[place][place];
    }
    right
}

#[test]
fn torchs_names_and_this_projects_give_the_same_bytes() {
    let case = Case::new();
    let expected = case.matrix(&[("--damping", "0.01")]);
    for (number, member) in case.members.iter().enumerate() {
        let tensors = as_torch(member);
        let views: Vec<(&str, TensorView<'_>)> = tensors
            .iter()
            .map(|(name, shape, bytes)| {
                (*name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("as many bytes"))
            })
            .collect();
        let file = safetensors::serialize(views, None).expect("plain tensors");
        fs::write(case.path(&format!("model-{number}.safetensors")), file).expect("writable");
    }
    assert_eq!(case.matrix(&[("--damping", "0.01")]), expected);
}

/// Tensors as `torch.nn.Sequential(Linear, ReLU, Linear)` names them, with another order in the file.
fn as_torch(member: &Mlp) -> Vec<(&'static str, Vec<usize>, Vec<u8>)> {
    let mut tensors = Vec::new();
    for (shape, [weight, bias]) in
        member.architecture().shapes().iter().zip([["0.weight", "0.bias"], ["2.weight", "2.bias"]])
    {
        let rows = member.weights()[shape.offset..].chunks_exact(shape.inputs + 1).take(shape.outputs);
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for row in rows {
            weights.extend(row[..shape.inputs].iter().flat_map(|value| value.to_le_bytes()));
            biases.extend(row[shape.inputs].to_le_bytes());
        }
        tensors.push((bias, vec![shape.outputs], biases));
        tensors.push((weight, vec![shape.outputs, shape.inputs], weights));
    }
    tensors
}

#[test]
fn a_table_with_labels_gives_what_arrays_give() {
    let case = Case::new();
    let expected = case.matrix(&[("--damping", "0.01")]);
    for (name, examples) in [("items.csv", &case.items), ("queries.csv", &case.queries)] {
        let mut text = "a,label,b,c\n".to_owned();
        for (row, label) in examples.labels().iter().enumerate() {
            let [a, b, c] = examples.row(row) else { panic!("three features") };
            text.push_str(&format!("{a},{label},{b},{c}\n"));
        }
        case.write(name, &text);
    }
    let tables = [("--items", "items.csv"), ("--labels", ""), ("--queries", "queries.csv"), ("--query-labels", "")];
    assert_eq!(case.matrix(&[tables.as_slice(), &[("--damping", "0.01")]].concat()), expected);
}

#[test]
fn queries_without_labels_mean_the_models_own_answers() {
    let case = Case::new();
    let served = influence::mlp::served_labels(&case.members, &case.queries).expect("the queries fit");
    let found = case.matrix(&[("--query-labels", ""), ("--damping", "0.01")]);
    case.labels("served.npy", &served.iter().map(|label| i64::from(*label)).collect::<Vec<_>>());
    assert_eq!(found, case.matrix(&[("--query-labels", "served.npy"), ("--damping", "0.01")]));
    assert_ne!(served, case.queries.labels(), "or the two would not be told apart");
}

#[test]
fn without_a_damping_it_is_said_how_one_was_chosen() {
    let case = Case::new();
    let said = |more: &[(&str, &str)]| -> Value {
        let (code, said, error) = case.run(more);
        assert_eq!(code, Some(0), "{error}");
        serde_json::from_str(&said).expect("JSON")
    };
    let few = said(&[]);
    assert_eq!((&few["damping"], &few["damping_from"]), (&0.002.into(), &"the weight decay".into()));
    assert_eq!((&few["members"], &few["weights"]), (&2.into(), &31.into()));

    case.write("config.json", r#"{"model_type": "mlp", "layers": [3, 4, 3]}"#);
    let plain = said(&[]);
    assert_eq!(plain["damping_from"], "0.1 of the mean curvature");
    assert!(plain["damping"].as_f64().is_some_and(|damping| damping > 0.0 && damping < 0.1), "{plain}");

    let many = noisy(200);
    let plan = TrainingPlan { layers: LAYERS.to_vec(), ..TrainingPlan::digits(vec![7, 8]) };
    let trained = train_members(&plan, &many, Threads::new(2), &|_| ()).expect("it can be trained");
    for (number, member) in trained.iter().enumerate() {
        member.save(&case.path(&format!("model-{number}.safetensors"))).expect("writable");
    }
    case.features("many.npy", &many);
    case.labels("many_labels.npy", &many.labels().iter().map(|label| i64::from(*label)).collect::<Vec<_>>());
    let judged = said(&[("--items", "many.npy"), ("--labels", "many_labels.npy")]);
    let from = judged["damping_from"].as_str().expect("text");
    assert!(from.contains("half-subset-lds/2"), "{from}");
    assert!(judged["choosing_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
}

/// Examples of which most have the label that their first feature says, so that what a model learns hangs on the items that it gets.
fn noisy(count: usize) -> Examples {
    let (plain, mut noisy) = (made(count, 0.0), Examples::new(LAYERS[0]));
    for row in 0..count {
        let features = plain.row(row);
        let said = if features[0] > 0.0 { 0 } else { 1 };
        noisy.push(features, if row % 6 == 0 { 2 } else { said }).expect("three features");
    }
    noisy
}

#[test]
fn what_does_not_fit_is_named_with_file_and_row() {
    let case = Case::new();
    case.labels("short.npy", &[0; ITEMS - 1]);
    case.refused(&[("--labels", "short.npy")], &["short.npy", "23 labels for 24 rows"]);
    let mut labels = vec![0; ITEMS];
    labels[6] = 3;
    case.labels("high.npy", &labels);
    case.refused(&[("--labels", "high.npy")], &["high.npy", "row 6 has label 3", "0 to 2"]);
    array(&case.path("wide.npy"), &[2, 4], &[0f32; 8]);
    case.refused(&[("--queries", "wide.npy")], &["wide.npy", "4 features", "takes 3"]);
    array(&case.path("hole.npy"), &[2, 3], &[0.0, 1.0, 2.0, 3.0, f32::NAN, 5.0]);
    case.refused(&[("--queries", "hole.npy")], &["hole.npy", "row 1, column 1"]);
    case.write("text.csv", "a,b,c,label\n1,2,3,0\n1,x,3,0\n");
    case.refused(&[("--items", "text.csv"), ("--labels", "")], &["text.csv", "row 1, column 1", "`x`"]);
    case.refused(&[("--labels", "")], &["items.npy has no labels", "--labels"]);
    case.refused(&[("--block-length", "8")], &["--block-length", "mlp"]);
    case.refused(&[("--damping", "0")], &["--damping must be positive"]);
}

#[test]
fn a_model_that_is_not_what_its_configuration_says_is_refused() {
    let case = Case::new();
    case.write("config.json", r#"{"model_type": "mlp", "layers": [3, 5, 3]}"#);
    case.refused(&[], &["model-0.safetensors", "`layer.0.weight` is [4, 3]", "[5, 3]"]);
    case.write("config.json", r#"{"model_type": "mlp", "layers": [3, 4, 4, 3]}"#);
    case.refused(&[], &["has 2 layers", "config.json has 3"]);
    case.write("config.json", r#"{"model_type": "mlp", "layers": [3, 4, 3], "activation": "gelu"}"#);
    case.refused(&[], &["activation is `gelu`"]);
    case.write("config.json", r#"{"model_type": "mlp", "layers": [400, 400, 3]}"#);
    case.refused(&[], &["161603 weights", "20000"]);
    case.write("config.json", r#"{"model_type": "mlp", "layers": [3, 4, 3], "weight_decay": -1}"#);
    case.refused(&[], &["weight_decay is -1"]);
}
