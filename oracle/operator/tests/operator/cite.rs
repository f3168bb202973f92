//! `oracle cite`: outputs put together from known texts.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::told::oracle;

const OPTICKS: &str = "Lights which differ in Colour, differ also in Degrees of Refrangibility.";
const SAWYER: &str = "Tom appeared on the sidewalk with a bucket of whitewash and a\nlong-handled brush.";
const PLAIN: &str = "It was a day like any other day, and nobody said anything of it to anybody.";
/// The words of two items, one across another line end, and of nobody.
const OUTPUT: &str = "As he said, Tom appeared on the sidewalk with a bucket of whitewash and a long-handled brush, but lights \
which differ in Colour, differ also in Degrees of Refrangibility, they say <always>.";

/// A folder with the texts in it.
struct Shelf(TempDir);

impl Shelf {
    fn new() -> Self {
        let shelf = Self(tempfile::tempdir().expect("a temporary folder"));
        let lines = [OPTICKS, SAWYER, PLAIN].map(|text| format!("{}\n", json!({ "text": text })));
        shelf.write("items.jsonl", &lines.concat());
        shelf.write("names.txt", "newton\ntwain\nnobody\n");
        shelf
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.path().join(name), text).expect("the folder can be written");
        self.path(name)
    }

    fn cite(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let (items, names) = (self.path("items.jsonl"), self.path("names.txt"));
        let own = ["cite", "--items", &items, "--contributions", &names, "--weight", "20"];
        let output = oracle(&own.into_iter().chain(arguments.iter().copied()).collect::<Vec<_>>());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

#[test]
fn each_verbatim_part_is_traced_to_its_item_and_contribution() {
    let shelf = Shelf::new();
    let (code, said, error) = shelf.cite(&["--json", "--output", OUTPUT]);
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let output = &said["outputs"][0];
    let citations = output["citations"].as_array().expect("a list");
    let told: Vec<_> =
        citations.iter().map(|one| (one["text"].as_str(), one["places"][0]["contribution"].as_str())).collect();
    let tom = "Tom appeared on the sidewalk with a bucket of whitewash and a long-handled brush";
    let rays = "which differ in Colour, differ also in Degrees of Refrangibility";
    assert_eq!(told, [(Some(tom), Some("twain")), (Some(rays), Some("newton"))]);
    for citation in citations {
        let at = |field: &str| citation[field].as_u64().expect("a number") as usize;
        assert_eq!(Some(&OUTPUT[at("start")..at("end")]), citation["text"].as_str());
    }
    let byte = citations[1]["places"][0]["byte"].as_u64().expect("a number") as usize;
    assert!(OPTICKS[byte..].starts_with("which differ"), "{}", &OPTICKS[byte..]);
    let first = output["matches"][0]["contribution"].as_str().expect("BM25 has an opinion too");
    assert!(["newton", "twain"].contains(&first));
}

#[test]
fn what_nobody_wrote_has_no_citation_and_no_command_calls_citations_pay() {
    let shelf = Shelf::new();
    let (code, said, _) = shelf.cite(&["--output", "Fluxions explain nothing of prisms here."]);
    assert_eq!(code, Some(0));
    assert!(said.contains("no part of it is rare and verbatim"), "{said}");
    assert!(said.contains("no part of pay"), "{said}");
}

#[test]
fn the_page_marks_what_is_cited_and_escapes_what_an_output_says() {
    let shelf = Shelf::new();
    let outputs = shelf.write("said.jsonl", &format!("{}\n", json!({ "prompt": "What of light?", "answer": OUTPUT })));
    let page = shelf.path("page.html");
    let (code, _, error) = shelf.cite(&["--outputs", &outputs, "--html", &page]);
    assert_eq!(code, Some(0), "{error}");
    let page = fs::read_to_string(page).expect("it was written");
    assert!(page.contains("<mark>which differ in Colour") && page.contains("no part of pay"));
    assert!(page.contains("&lt;always&gt;") && !page.contains("<always>"), "an output's text became HTML");
    assert!(!page.contains("What of light?"), "a prompt is not the model's");
}

#[test]
fn what_cannot_be_read_is_named() {
    let shelf = Shelf::new();
    let (code, _, error) = shelf.cite(&["--outputs", "said.docx"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("said.docx"), "{error}");
    shelf.write("names.txt", "newton\n");
    let (code, _, error) = shelf.cite(&["--output", OUTPUT]);
    assert_eq!(code, Some(2));
    assert!(error.contains("write a line for each"), "{error}");
}
