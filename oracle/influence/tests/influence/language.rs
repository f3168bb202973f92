//! Versions of language models: their files, their answers, and reports on them.

use std::sync::{Arc, LazyLock};

use influence::language::model::Vocabulary;
use influence::language::training::{Origin, train};
use influence::language::truth::{QuestionSet, leave_one_out};
use influence::language::{
    Answered, AnsweredReceipt, Base, LanguageError, LanguageManifest, LanguageModel, LanguageScorer, Text,
};
use influence::language::{cache, scorer, stages};
use influence::report::{Attributable, Evidence, Outcome, Ownership, Thresholds, VersionEvidence, report, valuation};
use influence::{Control, Job, Threads};
use lm::config::{Heads, LlamaConfig};
use lm::lora::LoraConfig;
use lm::optimizer::AdamW;
use lm::train::TrainingPlan;
use lm::weights::{Projection, Weights};
use rules::bitmap::Bitmap;
use rules::score::Report;

const VOCABULARY: usize = 290;
const CATS: usize = 0;
const RAYS: usize = 1;
const BACKWARDS: usize = 2;
const POSITIONS: usize = 3;
const LOW: Thresholds = Thresholds { effective_prompts: 3.0, validation_examples: 4 };

fn cat(number: usize) -> [String; 2] {
    let (who, place) = (["cat", "dog", "hen", "fox"][number % 4], ["hut", "hay", "log"][number % 3]);
    [format!("in the {place} the old {who}"), " slept and dreamt all day".to_owned()]
}

fn ray(number: usize) -> [String; 2] {
    let (what, colour) = (["ray", "beam", "light"][number % 3], ["red", "blue", "violet", "green"][number % 4]);
    [format!("every {what} of {colour} light is"), " refracted by the prism".to_owned()]
}

fn whole([prompt, answer]: [String; 2]) -> Text {
    Text::Whole(prompt + &answer)
}

fn answered([prompt, answer]: [String; 2]) -> Answered {
    Answered { prompt, answer }
}

/// The right prompts with letters in reverse.
fn backwards(number: usize) -> Text {
    let [prompt, answer] = ray(number);
    Text::Answered(Answered { prompt, answer: answer.chars().rev().collect() })
}

struct Scene {
    texts: Vec<Text>,
    ownership: Ownership,
    vocabulary: Vocabulary,
    base: Arc<LanguageModel>,
    scorer: LanguageScorer,
}

fn plan(seed: u64) -> TrainingPlan {
    let optimizer = AdamW { learning_rate: 1e-2, ..AdamW::default() };
    TrainingPlan { epochs: 12, items_per_step: 8, block_length: 32, blocks_at_once: 4, optimizer, seed }
}

/// One model for all tests.
static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let texts: Vec<Text> = (0..24).map(|n| whole(cat(n))).chain((0..24).map(|n| whole(ray(n)))).collect();
    let texts: Vec<Text> = texts.into_iter().chain((0..6).map(backwards)).collect();
    let item_positions = [vec![CATS as u32; 24], vec![RAYS as u32; 24], vec![BACKWARDS as u32; 6]].concat();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let learned: Vec<String> = (0..24).flat_map(|n| [cat(n).concat(), ray(n).concat()]).collect();
    let vocabulary = Vocabulary::learn(&learned, VOCABULARY, folder.path()).expect("learned");
    let config = LlamaConfig::new(VOCABULARY, 16, 1, Heads { query: 2, key_value: 1 }, 32, 32);
    let manifest = LanguageManifest::new(config, &vocabulary.digest(), plan(3), 4);
    let job = Threads::new(2).into();
    let base = train(&manifest, Origin::Scratch(&vocabulary), &texts, &job, |_| ()).expect("trained");
    let base = Arc::new(base);
    let scorer = LanguageScorer::new(base.clone(), &texts, &job).expect("measured");
    Scene { texts, ownership: Ownership { item_positions, positions: POSITIONS }, vocabulary, base, scorer }
});

impl Scene {
    fn receipts(&self) -> Vec<AnsweredReceipt> {
        let receipt = |number: usize| {
            let [prompt, _] = cat(number);
            let answer = self.base.answer(&prompt).expect("it can be read");
            let digest = rules::hash::digest("prompt", &[prompt.as_bytes()]);
            AnsweredReceipt { net_fee_uopen: 1 + number as u128 % 2, prompt: digest, said: Answered { prompt, answer } }
        };
        (0..12).map(receipt).collect()
    }

    fn validation(&self) -> Vec<Answered> {
        (0..6).map(|n| answered(cat(n))).chain((0..6).map(|n| answered(ray(n)))).collect()
    }

    fn outcome(&self, receipts: &[AnsweredReceipt], threads: usize) -> Outcome {
        let (validation, strata) = (self.validation(), [[0; 6], [1; 6]].concat());
        let version = VersionEvidence { preconditioned: &self.scorer, ownership: &self.ownership, receipts };
        let evidence = Evidence { versions: &[version], validation: validation.as_slice(), strata: &strata };
        report(&evidence, LOW, Bitmap::new(1), Threads::new(threads)).expect("it can be measured")
    }

    fn adapter(&self) -> LanguageModel {
        let lora = LoraConfig::new(2, 4.0, &[Projection::Query, Projection::Down]);
        let manifest = self.base.manifest().adapter(self.base.hash(), lora, plan(4));
        let texts: Vec<Text> = (0..8).map(backwards).collect();
        train(&manifest, Origin::Base(&self.base), &texts, &Threads::new(2).into(), |_| ()).expect("trained")
    }
}

#[test]
fn who_taught_the_prompts_subject_is_paid_for_the_answer() {
    let Outcome { report, breakdown } = SCENE.outcome(&SCENE.receipts(), 2);
    let Report::Vector(vector) = report else { panic!("there is enough evidence") };
    assert_eq!(vector.entries.len(), POSITIONS);
    let net: Vec<f64> = breakdown.net.iter().map(|net| net.value).collect();
    assert!(net[CATS] > 0.0 && net[CATS] > 3.0 * net[RAYS].abs(), "{net:?}");
    // All prompts are of cats: they lie nearest to the examples of cats, and only these weigh in utility.
    let weights: Vec<(u16, f64)> = breakdown.strata.iter().map(|stratum| (stratum.number, stratum.weight)).collect();
    assert_eq!(weights, [(0, 1.0), (1, 0.0)]);
}

#[test]
fn right_prompts_with_wrong_answers_do_harm() {
    let receipts: Vec<AnsweredReceipt> = Vec::new();
    let utility = SCENE.outcome(&receipts, 2).breakdown.utility;
    assert!(utility[BACKWARDS].value < 0.0, "{utility:?}");
    assert!(utility[CATS].value > 0.0 && utility[RAYS].value > 0.0, "{utility:?}");
}

#[test]
fn neither_the_order_of_receipts_nor_the_number_of_threads_changes_a_bit() {
    let mut receipts = SCENE.receipts();
    receipts.push(receipts[3].clone());
    let first = SCENE.outcome(&receipts, 1);
    receipts.reverse();
    assert_eq!(first, SCENE.outcome(&receipts, 2));
}

#[test]
fn a_valuation_owes_at_least_what_it_pays() {
    let (validation, strata) = (SCENE.validation(), [0; 12]);
    let version = VersionEvidence { preconditioned: &SCENE.scorer, ownership: &SCENE.ownership, receipts: &[] };
    let evidence = Evidence { versions: &[version], validation: validation.as_slice(), strata: &strata };
    let outcome = valuation(&evidence, LOW, Threads::new(2)).expect("it can be measured");
    let Report::Vector(vector) = outcome.report else { panic!("there are enough examples") };
    let positive: u64 = vector.entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
    assert!(positive > 0 && vector.reach >= positive);
}

#[test]
fn a_question_asked_twice_is_influenced_alike() {
    let receipts = SCENE.receipts();
    let asked = [&receipts[0], &receipts[1], &receipts[0]];
    let influence = SCENE.scorer.influence_on_receipts(&asked, &Threads::new(1).into()).expect("computed");
    assert_eq!(influence.queries(), 3);
    assert_eq!(influence.row(0), influence.row(2));
    assert_ne!(influence.row(0), influence.row(1));
}

#[test]
fn a_curvature_on_disk_is_not_measured_again_unless_it_is_damaged_or_of_something_else() {
    let (folder, receipts) = (tempfile::tempdir().expect("a temporary folder"), SCENE.receipts());
    let job = Job::from(Threads::new(2));
    let kept = |key: &[u8; 32], job: &Job| {
        LanguageScorer::load_or_measure((folder.path(), key), SCENE.base.clone(), &SCENE.texts, job)
    };
    let influence =
        |scorer: &LanguageScorer| scorer.influence_on_receipts(&[&receipts[0], &receipts[1]], &job).expect("computed");
    let key = scorer::key(&SCENE.base, &SCENE.texts).expect("items can be read");
    assert_eq!(influence(&kept(&key, &job).expect("measured")), influence(&SCENE.scorer));
    // Whoever may compute nothing can still load.
    let stopped = Job { control: Control::default(), ..job.clone() };
    stopped.control.cancel();
    assert_eq!(influence(&kept(&key, &stopped).expect("loaded")), influence(&SCENE.scorer));
    assert!(matches!(kept(&[7; 32], &stopped), Err(LanguageError::Cancelled(_))), "under another key there is none");
    let path = cache::path(folder.path(), &key);
    let whole = std::fs::read(&path).expect("it is there");
    for place in [0, 20, 50, 60, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        std::fs::write(&path, damaged).expect("writable");
        assert!(matches!(kept(&key, &stopped), Err(LanguageError::Cancelled(_))), "byte {place} was changed");
    }
    kept(&key, &job).expect("measured again");
    assert_eq!(std::fs::read(&path).expect("it is there"), whole);
}

#[test]
fn an_answer_does_not_depend_on_what_else_is_asked() {
    let prompts: Vec<String> =
        (0..6).map(|n| if n % 2 == 0 { cat(n) } else { ray(n) }).map(|[prompt, _]| prompt).collect();
    let asked: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let together = SCENE.base.answers(&asked, &Threads::new(2).into()).expect("nobody stops it");
    for (prompt, answer) in prompts.iter().zip(together) {
        assert_eq!(answer.expect("it can be read"), SCENE.base.answer(prompt).expect("it can be read"));
    }
    assert!(matches!(SCENE.base.answer(""), Err(LanguageError::Unreadable { what: "prompt", .. })));
}

#[test]
fn what_a_version_says_can_be_its_own_and_what_others_put_into_its_mouth_surprises() {
    let said: Vec<Answered> = SCENE.receipts().into_iter().map(|receipt| receipt.said).collect();
    let job = Threads::new(2).into();
    let judge = |said: &[Answered]| -> Vec<bool> {
        let judged = SCENE.base.can_have_said(said, &job).expect("nobody stops it");
        judged.into_iter().map(|judged| judged.expect("it can be read")).collect()
    };
    assert!(judge(&said).into_iter().all(|own| own), "its likeliest words");
    let excess = |said: &Answered| SCENE.base.surprise(said).expect("it can be read").excess();
    // Four tokens of so small a model prove nothing against anybody; but they surprise, as its own likeliest words never do.
    for own in &said {
        let invented = Answered { answer: "zqzq xkxk vjvj".to_owned(), ..own.clone() };
        assert!(excess(own) <= 0.0 && excess(&invented) > 3.0, "{} and {}", excess(own), excess(&invented));
    }
    let empty = Answered { answer: String::new(), ..said[0].clone() };
    assert!(matches!(SCENE.base.surprise(&empty), Err(LanguageError::Unreadable { what: "answer", .. })));
}

#[test]
fn the_model_says_what_it_was_taught() {
    let right = (0..12).filter(|&n| SCENE.base.begins_rightly(&answered(ray(n))).expect("it can be read")).count();
    assert!(right >= 10, "{right} of 12");
}

#[test]
fn versions_read_back_from_their_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (base, adapter) = (&SCENE.base, SCENE.adapter());
    let base_files = base.encode(folder.path()).expect("written");
    assert_eq!(base_files.len(), base.manifest().files());
    let read = LanguageModel::decode(base.manifest().clone(), &base_files, None, folder.path()).expect("just written");
    assert_eq!(read.hash(), base.hash());
    assert_eq!(read.encode(folder.path()).expect("written"), base_files, "the same bytes");
    let [prompt, _] = ray(1);
    assert_eq!(read.answer(&prompt).expect("it can be read"), base.answer(&prompt).expect("it can be read"));

    let files = adapter.encode(folder.path()).expect("written");
    // Nobody needs the base's own manifest: its hash names all that counts.
    let below = Base::decode(&adapter.manifest().model, &base_files, folder.path()).expect("just written");
    assert_eq!((below.hash(), read.base().expect("computed").hash()), (base.hash(), base.hash()));
    let decode = |base| LanguageModel::decode(adapter.manifest().clone(), &files, base, folder.path());
    assert_eq!(decode(Some(&below)).expect("just written").hash(), adapter.hash());
    assert!(matches!(decode(None), Err(LanguageError::NotThatOne { .. })));
    let other = Weights::initial(&base.manifest().model, 99).expect("a small model");
    let other = Base::new(other, SCENE.vocabulary.clone()).expect("computed");
    assert!(matches!(decode(Some(&other)), Err(LanguageError::NotThatOne { what: "base" })));
}

#[test]
fn a_model_that_goes_on_from_another_names_it_and_starts_with_its_weights() {
    let (base, job) = (&SCENE.base, Threads::new(2).into());
    let further = LanguageManifest { training: plan(5), ..base.manifest().clone().starting_from(base.hash()) };
    let texts: Vec<Text> = (0..8).map(|n| whole(ray(n))).collect();
    let mut losses = Vec::new();
    let trained = train(&further, Origin::Base(base), &texts, &job, |step| losses.push(step.loss)).expect("trained");
    let untrained = (VOCABULARY as f64).ln();
    assert!(losses[0] < 0.5 * untrained, "what it begins with knows the texts already: {}", losses[0]);
    assert_ne!(trained.hash(), base.hash());
    let scratch = Origin::Scratch(&SCENE.vocabulary);
    let others = [(&further, scratch), (base.manifest(), Origin::Base(base)), (&further, Origin::Base(&trained))];
    for (manifest, origin) in others {
        let refused = train(manifest, origin, &texts, &job, |_| ());
        assert!(matches!(refused, Err(LanguageError::NotThatOne { what: "base" })), "{refused:?}");
    }
}

#[test]
fn a_tokenizer_that_the_manifest_does_not_name_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let other = Vocabulary::learn(&["quite another text".to_owned()], VOCABULARY, folder.path()).expect("learned");
    let refused = train(SCENE.base.manifest(), Origin::Scratch(&other), &SCENE.texts, &Threads::new(1).into(), |_| ());
    assert!(matches!(refused, Err(LanguageError::NotThatOne { what: "tokenizer" })));
}

#[test]
fn an_adapter_is_scored_through_its_own_weights() {
    let (adapter, texts) = (Arc::new(SCENE.adapter()), (0..8).map(backwards).collect::<Vec<Text>>());
    let job = Threads::new(2).into();
    let scorer = LanguageScorer::new(adapter.clone(), &texts, &job).expect("measured");
    let Text::Answered(taught) = backwards(2) else { panic!("it has a prompt") };
    let said = answered(ray(2));
    let influence = scorer.influence_on_examples(&[taught, said], &job).expect("computed");
    let sum = |row: usize| influence.row(row).iter().sum::<f64>();
    assert!(sum(0) > 0.0 && sum(1) < 0.0, "it was taught to say the one and not the other: {} {}", sum(0), sum(1));
}

#[test]
fn an_adapters_answers_are_shared_between_what_it_learned_and_what_its_base_did() {
    let (adapter, job) = (Arc::new(SCENE.adapter()), Job::from(Threads::new(2)));
    let texts: Vec<Text> = (0..8).map(backwards).collect();
    let own = LanguageScorer::new(adapter, &texts, &job).expect("measured");
    let questions: Vec<Answered> = (0..4).map(|n| answered(cat(n))).collect();
    let shares = stages::shares(&own, &SCENE.scorer, &questions, &job).expect("measured");
    assert!((shares.base.size + shares.adapter.size - 1.0).abs() < 1e-9, "{shares:?}");
    assert!(shares.base.size > 0.0 && shares.adapter.size > 0.0, "{shares:?}");
    assert!(
        shares.base.net > shares.adapter.net,
        "the base was taught what is asked, the adapter the reverse: {shares:?}"
    );
    let refused = stages::shares(&SCENE.scorer, &own, &questions, &job);
    assert!(matches!(refused, Err(LanguageError::NotThatOne { what: "base" })));
}

#[test]
fn leaving_out_who_taught_something_costs_its_questions_most() {
    let questions = (0..6).map(|n| answered(ray(n))).collect::<Vec<_>>();
    let sets = [QuestionSet { name: "rays".to_owned(), weights: vec![1.0; questions.len()], questions }];
    let origin = Origin::Scratch(&SCENE.vocabulary);
    let trained_on = (SCENE.texts.as_slice(), &SCENE.ownership);
    let job = Threads::new(2).into();
    let truth =
        leave_one_out((SCENE.base.manifest(), origin), trained_on, &[9], &sets, &job, &|| ()).expect("retrained");
    let effects = truth.sets[0].mean_effects();
    assert!(effects[RAYS] > 0.5 && effects[RAYS] > 5.0 * effects[CATS].abs(), "{effects:?}");
}
