//! Every format of training items, and every way in which a row can be wrong, by its line.

use std::error::Error;
use std::path::{Path, PathBuf};

use lm::data::{Content, DataError, Encoder, Fields, Format, Reader, Row, RowError};
use lm::tokenizer::Tokenizer;
use npyz::WriterBuilder;

/// A file in a folder that is removed with it.
struct Sample {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn sample(bytes: impl AsRef<[u8]>) -> Sample {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("items");
    std::fs::write(&path, bytes).expect("written");
    Sample { path, _folder: folder }
}

fn array<T: npyz::AutoSerialize>(shape: &[u64], values: Vec<T>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape);
    let mut writer = options.writer(&mut bytes).begin_nd().expect("a header");
    writer.extend(values).and_then(|()| writer.finish()).expect("written to memory");
    bytes
}

fn read(format: Format, bytes: impl AsRef<[u8]>) -> Result<Vec<Row>, DataError> {
    Reader::new(format).read(&sample(bytes).path)
}

fn json() -> Format {
    Format::JsonLines(Fields::default())
}

fn csv() -> Format {
    Format::Csv(Fields::default())
}

fn numbers() -> Format {
    Format::Arrays { padding: None }
}

fn text(text: &str) -> Content {
    Content::Text(text.to_owned())
}

fn answered(prompt: &str, answer: &str) -> Content {
    Content::Answered { prompt: prompt.to_owned(), answer: answer.to_owned() }
}

/// Rows as their places' numbers and contents.
fn numbered(rows: Result<Vec<Row>, DataError>) -> Vec<(usize, Content)> {
    rows.expect("items").into_iter().map(|row| (row.place.number, row.content)).collect()
}

/// Where a refusal is and why, and that it says so in words.
fn refusal(rows: Result<Vec<Row>, DataError>) -> (usize, RowError) {
    let refused = rows.expect_err("a row is wrong");
    let words = refused.to_string();
    match refused {
        DataError::Row { place, source } => {
            assert!(words.contains(&place.path.display().to_string()) && words.contains(&place.number.to_string()));
            (place.number, source)
        }
        other => panic!("{other} is about no row"),
    }
}

#[test]
fn json_lines_are_texts_or_prompts_with_answers() {
    let lines = concat!(
        r#"{"text": "one \n line", "id": 3}"#,
        "\n",
        r#"{"prompt": "2 + 2 =", "answer": " 4"}"#,
        "\n",
        r#"{"prompt": "", "completion": "x"}"#,
    );
    let expected = vec![(1, text("one \n line")), (2, answered("2 + 2 =", " 4")), (3, answered("", "x"))];
    assert_eq!(numbered(read(json(), lines)), expected);
}

#[test]
fn fields_may_have_other_names() {
    let fields = Fields::new("body", "question", &["reply"]);
    let lines = "{\"question\": \"a\", \"reply\": \"b\", \"text\": \"no\"}\n{\"body\": \"c\"}\n";
    assert_eq!(numbered(read(Format::JsonLines(fields), lines)), [(1, answered("a", "b")), (2, text("c"))]);
}

#[test]
fn every_way_in_which_a_json_line_can_be_wrong_names_its_line() {
    let second = |line: &str| refusal(read(json(), format!("{{\"text\": \"fine\"}}\n{line}\n")));
    assert!(matches!(second("{\"text\": \"cut"), (2, RowError::Json(_))));
    assert!(matches!(second("[\"text\"]"), (2, RowError::Json(_))));
    assert!(matches!(second(""), (2, RowError::Blank)));
    assert!(matches!(second("{\"body\": \"x\"}"), (2, RowError::Missing { found, .. }) if found == "`body`"));
    assert!(
        matches!(second("{\"prompt\": \"x\"}"), (2, RowError::Missing { wanted, .. }) if wanted.contains("completion"))
    );
    assert!(matches!(second("{\"answer\": \"x\"}"), (2, RowError::Missing { wanted, .. }) if wanted == "`prompt`"));
    assert!(matches!(second("{\"text\": 5}"), (2, RowError::NotText { found: "a number", .. })));
    assert!(matches!(second("{\"text\": null}"), (2, RowError::NotText { found: "null", .. })));
    assert!(matches!(second("{\"text\": \" \"}"), (2, RowError::Nothing { field }) if field == "text"));
    assert!(
        matches!(second("{\"prompt\": \"x\", \"answer\": \"\"}"), (2, RowError::Nothing { field }) if field == "answer")
    );
    let both = second("{\"text\": \"x\", \"answer\": \"y\"}");
    assert!(matches!(both, (2, RowError::Ambiguous { one, other }) if one == "text" && other == "answer"));
    let two = second("{\"prompt\": \"x\", \"answer\": \"y\", \"completion\": \"z\"}");
    assert!(matches!(two, (2, RowError::Ambiguous { other, .. }) if other == "completion"));
}

#[test]
fn a_refusal_tells_the_file_the_line_the_reason_and_what_to_do() {
    let file = sample("{\"text\": \"fine\"}\n{\"body\": \"x\"}\n");
    let refused = Reader::new(json()).read(&file.path).expect_err("no such field");
    assert_eq!(refused.to_string(), format!("cannot use line 2 of {}", file.path.display()));
    let reason = refused.source().expect("a reason").to_string();
    assert!(reason.contains("`text`, nor `prompt` with `answer` or `completion`"), "{reason}");
    assert!(reason.contains("add it, or name the fields that there are (`body`)"), "{reason}");
}

#[test]
fn csv_takes_its_columns_by_name_and_values_over_several_lines() {
    let lines = "id,text\n1,\"one, \"\"two\"\"\nthree\"\n2,four";
    assert_eq!(numbered(read(csv(), lines)), [(2, text("one, \"two\"\nthree")), (4, text("four"))]);
    let pairs = "prompt,answer\nq,a\n,b\n";
    assert_eq!(numbered(read(csv(), pairs)), [(2, answered("q", "a")), (3, answered("", "b"))]);
}

#[test]
fn every_way_in_which_a_csv_row_can_be_wrong_names_its_line() {
    let third = |line: &str| refusal(read(csv(), format!("id,text\n1,fine\n{line}")));
    assert!(matches!(third("2,a,b\n"), (3, RowError::Width { found: 3, expected: 2 })));
    assert!(matches!(third("2\n"), (3, RowError::Width { found: 1, expected: 2 })));
    assert!(matches!(third("2,\"a\nb\nc"), (3, RowError::OpenQuote)));
    assert!(matches!(third("2,5\" pipe\n3,6\" pipe\n"), (3, RowError::StrayQuote)));
    assert!(matches!(third("\n2,a\n"), (3, RowError::Blank)));
    assert!(matches!(third("2,\n"), (3, RowError::Nothing { .. })));
    assert!(matches!(refusal(read(csv(), "id,body\n1,a\n")), (1, RowError::Missing { .. })));
    assert!(matches!(refusal(read(csv(), "text,text\n1,a\n")), (1, RowError::TwoColumns { name }) if name == "text"));
}

#[test]
fn plain_text_is_an_item_per_paragraph_or_per_file() {
    let file = "\nOne\n  and more\n\n \nTwo";
    assert_eq!(numbered(read(Format::Paragraphs, file)), [(2, text("One\n  and more")), (6, text("Two"))]);
    assert_eq!(numbered(read(Format::Whole, file)), [(2, text("One\n  and more\n\n \nTwo"))]);
}

#[test]
fn several_files_follow_one_another() {
    let files = [sample("one"), sample("two\n")].map(|file| (file.path.clone(), file));
    let paths = files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    let rows = Reader::new(Format::Whole).read_all(&paths).expect("items");
    assert_eq!(rows.iter().map(|row| row.content.clone()).collect::<Vec<_>>(), [text("one"), text("two")]);
    assert_eq!(&*rows[1].place.path, paths[1].as_path());
}

#[test]
fn arrays_of_every_width_are_rows_of_tokens() {
    let expected = vec![(0, Content::Tokens(vec![1, 2, 3])), (1, Content::Tokens(vec![4, 5, 6]))];
    let shape = [2, 3];
    for bytes in [
        array(&shape, vec![1u8, 2, 3, 4, 5, 6]),
        array(&shape, vec![1u16, 2, 3, 4, 5, 6]),
        array(&shape, vec![1u32, 2, 3, 4, 5, 6]),
        array(&shape, vec![1u64, 2, 3, 4, 5, 6]),
        array(&shape, vec![1i8, 2, 3, 4, 5, 6]),
        array(&shape, vec![1i32, 2, 3, 4, 5, 6]),
        array(&shape, vec![1i64, 2, 3, 4, 5, 6]),
    ] {
        assert_eq!(numbered(read(numbers(), bytes)), expected);
    }
    assert_eq!(numbered(read(numbers(), array(&[2], vec![7i64, 8]))), [(0, Content::Tokens(vec![7, 8]))]);
}

#[test]
fn padding_is_taken_off_the_end_only() {
    let padded = array(&[2, 4], vec![0i64, 5, 0, 6, 7, 8, 0, 0]);
    let rows = numbered(read(Format::Arrays { padding: Some(0) }, padded));
    assert_eq!(rows, [(0, Content::Tokens(vec![0, 5, 0, 6])), (1, Content::Tokens(vec![7, 8]))]);
}

#[test]
fn every_way_in_which_an_array_can_be_wrong_is_told() {
    let negative = refusal(read(numbers(), array(&[2, 2], vec![1i64, 2, 3, -100])));
    assert!(matches!(negative, (1, RowError::Token { found: -100, .. })));
    let refused = |bytes: Vec<u8>| read(numbers(), bytes).expect_err("no tokens");
    let problem = |bytes| match refused(bytes) {
        DataError::Array { problem, .. } => problem,
        other => panic!("{other}"),
    };
    assert!(problem(array(&[2], vec![1.0f32, 2.0])).contains("integers"));
    assert!(problem(array(&[1, 1, 1], vec![1i64])).contains("3 axes"));
    assert!(problem(array::<i64>(&[4, 0], vec![])).contains("no tokens"));
    let mut cut = array(&[2, 2], vec![1i64, 2, 3, 4]);
    cut.pop();
    assert!(matches!(refused(cut), DataError::Read { .. }));
    assert!(matches!(refused([array(&[1], vec![1u8]), array(&[1], vec![1u8])].concat()), DataError::Read { .. }));
    assert!(matches!(refused(b"not an array".to_vec()), DataError::Read { .. }));
}

#[test]
fn an_array_stored_column_by_column_is_refused() {
    let mut bytes = array(&[2, 2], vec![1u8, 2, 3, 4]);
    let place = bytes.windows(5).position(|word| word == b"False").expect("in the header");
    bytes[place..place + 5].copy_from_slice(b"True ");
    let refused = read(numbers(), bytes);
    assert!(matches!(refused, Err(DataError::Array { problem, .. }) if problem.contains("ascontiguousarray")));
}

#[test]
fn an_array_that_claims_more_numbers_than_there_can_be_is_refused() {
    let header = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({0}, {0}), }}\n", 1u64 << 40);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    assert!(matches!(read(numbers(), bytes), Err(DataError::Read { .. })));
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    let windows = |file: &str| [b"\xef\xbb\xbf", file.replace('\n', "\r\n").as_bytes()].concat();
    for (format, file) in [
        (json(), "{\"text\": \"a\"}\n{\"text\": \"b\"}\n"),
        (csv(), "text,id\n\"a\nb\",1\nc,2\n"),
        (Format::Paragraphs, "a\nb\n\nc\n"),
        (Format::Whole, "a\n\nb\n"),
    ] {
        assert_eq!(numbered(read(format.clone(), windows(file))), numbered(read(format, file)), "{file}");
    }
}

#[test]
fn a_last_line_needs_no_end() {
    for (format, file) in [
        (json(), "{\"text\": \"a\"}\n{\"text\": \"b\"}"),
        (csv(), "text\na\n\"b\""),
        (Format::Paragraphs, "a\n\nb"),
        (Format::Whole, "a\nb"),
    ] {
        let ended = format!("{file}\n");
        assert_eq!(numbered(read(format.clone(), file)), numbered(read(format, ended)), "{file}");
    }
}

#[test]
fn what_is_not_utf_8_is_refused_with_its_line_and_byte() {
    for (format, before) in
        [(json(), "{\"text\": \"a\"}\n"), (csv(), "text\n"), (Format::Paragraphs, "a\n"), (Format::Whole, "a\n")]
    {
        let refused = refusal(read(format, [before.as_bytes(), b"caf\xe9\n"].concat()));
        assert!(matches!(refused, (2, RowError::NotUtf8 { byte: 4 })), "{before}");
    }
}

#[test]
fn a_file_without_items_is_refused() {
    let no_rows = [
        (json(), ""),
        (csv(), ""),
        (csv(), "text\n"),
        (Format::Paragraphs, " \n\n"),
        (Format::Whole, "\u{feff}"),
        (Format::Whole, "\n"),
    ];
    for (format, file) in no_rows {
        assert!(matches!(read(format, file), Err(DataError::Empty { .. })), "{file:?}");
    }
    let absent = Reader::new(json()).read(Path::new("/no/such/file"));
    assert!(matches!(absent, Err(DataError::Read { .. })));
}

#[test]
fn a_row_may_be_as_long_as_the_maximum_and_no_longer() {
    let bounded =
        |format: Format, bytes: &[u8], maximum_bytes| Reader { format, maximum_bytes }.read(&sample(bytes).path);
    let cases: [(Format, &[u8], usize); 5] = [
        (json(), b"{\"text\": \"abc\"}\r\n", 15),
        (csv(), b"text\n\"ab\ncd\"\n", 7),
        (Format::Paragraphs, b"abc\ndefg\n", 8),
        (Format::Whole, b"abc\n\nfg\n", 7),
        (numbers(), &array(&[1, 3], vec![1u16, 2, 3]), 12),
    ];
    for (format, bytes, length) in cases {
        assert_eq!(bounded(format.clone(), bytes, length).expect("it just fits").len(), 1);
        let (_, source) = refusal(bounded(format, bytes, length - 1));
        assert!(matches!(source, RowError::TooLong { maximum } if maximum == length - 1), "{source}");
    }
}

#[test]
fn a_files_name_tells_its_format() {
    let of = |name: &str| Format::of(Path::new(name));
    assert_eq!(of("a/b.jsonl"), Some(json()));
    assert_eq!(of("b.CSV"), Some(csv()));
    assert_eq!(of("b.txt"), Some(Format::Paragraphs));
    assert_eq!(of("b.npy"), Some(numbers()));
    assert_eq!((of("b.parquet"), of("b")), (None, None));
}

fn tokenizer() -> Tokenizer {
    Tokenizer::learn(&["2 + 2 = 4, says the book".to_owned()], 260).expect("learned")
}

#[test]
fn of_a_prompt_and_its_answer_only_the_answer_and_the_end_are_learned() {
    let tokenizer = tokenizer();
    let encoder = Encoder { begin: Some(300), end: Some(301), ..Encoder::new(Some(&tokenizer), 302) };
    let item = encoder.item(&answered("2 + 2 =", " 4")).expect("an item");
    let (prompt, answer) = (tokenizer.encode("2 + 2 =", false).unwrap(), tokenizer.encode(" 4", false).unwrap());
    assert_eq!(item.tokens, [vec![300], prompt.clone(), answer.clone(), vec![301]].concat());
    let given = prompt.len() + 1;
    assert!(item.weights[..given].iter().all(|weight| *weight == 0.0));
    assert!(item.weights[given..].iter().all(|weight| *weight == 1.0));
    assert_eq!(item.weight(), (answer.len() + 1) as f64);
}

#[test]
fn texts_and_arrays_are_learned_whole() {
    let tokenizer = tokenizer();
    let encoder = Encoder::new(Some(&tokenizer), tokenizer.vocabulary());
    let rows = read(json(), "{\"text\": \"the book\"}\n").expect("items");
    let items = encoder.items(&rows).expect("items");
    assert_eq!(tokenizer.decode(&items[0].tokens).expect("decoded"), "the book");
    assert_eq!(items[0].weight(), items[0].tokens.len() as f64 - 1.0);
    let tokens = encoder.item(&Content::Tokens(vec![3, 1, 2])).expect("an item");
    assert_eq!((tokens.tokens.clone(), tokens.weight()), (vec![3, 1, 2], 2.0));
}

#[test]
fn rows_that_a_model_cannot_learn_from_are_refused_with_their_place() {
    let tokenizer = tokenizer();
    let items = |rows: Result<Vec<Row>, DataError>, tokenizer, vocabulary| {
        let refused = Encoder::new(tokenizer, vocabulary).items(&rows.expect("rows")).expect_err("a row is wrong");
        match refused {
            DataError::Row { place, source } => (place.number, source),
            other => panic!("{other}"),
        }
    };
    let two = || read(numbers(), array(&[2, 2], vec![1u32, 2, 3, 9]));
    assert!(matches!(items(two(), None, 9), (1, RowError::Token { found: 9, largest: 8 })));
    let short = read(json(), "{\"text\": \"fine\"}\n{\"text\": \"x\"}\n");
    assert!(matches!(items(short, Some(&tokenizer), 260), (2, RowError::TooShort { tokens: 1 })));
    let padded = read(Format::Arrays { padding: Some(0) }, array(&[2, 2], vec![1u8, 2, 0, 0]));
    assert!(matches!(items(padded, None, 9), (1, RowError::TooShort { tokens: 0 })));
    let lines = read(json(), "{\"text\": \"fine\"}\n");
    assert!(matches!(items(lines, None, 260), (1, RowError::NoTokenizer)));
}
