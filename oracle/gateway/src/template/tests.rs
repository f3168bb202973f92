use serde::Deserialize;

use super::*;

/// What `tests/reference/chat_templates.py` made.
#[derive(Deserialize)]
struct Reference {
    now: u64,
    tokens: BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    template: String,
    messages: Vec<(String, String)>,
    text: Option<String>,
    error: Option<String>,
}

fn of(template: &str) -> ChatTemplate {
    ChatTemplate { template: template.to_owned(), tokens: BTreeMap::from([("bos_token".to_owned(), "<s>".to_owned())]) }
}

fn render(template: &str, content: &str) -> Result<String, TemplateError> {
    Template::new(&of(template), 0)?.render(&[Message { role: "user", content }])
}

#[test]
fn conversations_are_rendered_as_transformers_renders_them() {
    let made = include_str!("../../tests/reference/chat_templates.json");
    let Reference { now, tokens, cases } = serde_json::from_str(made).expect("the script wrote it");
    assert!(cases.len() >= 28);
    for Case { name, template, messages, text, error } in cases {
        let template =
            Template::new(&ChatTemplate { template, tokens: tokens.clone() }, now).expect("it is a template");
        let messages: Vec<Message<'_>> = messages.iter().map(|(role, content)| Message { role, content }).collect();
        match (template.render(&messages), text, error) {
            (Ok(rendered), Some(text), None) => assert_eq!(rendered, text, "{name}"),
            (Err(TemplateError::Messages(why)), None, Some(error)) => assert_eq!(why, error, "{name}"),
            (rendered, text, error) => panic!("{name}: {rendered:?} instead of {text:?} or {error:?}"),
        }
    }
}

#[test]
fn prompts_are_in_canonical_form_but_for_the_blanks_that_they_end_with() {
    let text = render("  {{ messages[0].content }}\r\n\n", "e\u{301}\r\na").expect("a prompt");
    assert_eq!(text, "\u{e9}\na\n");
    // As it stands in an item, whatever is answered.
    let item = text_item(&format!("{text}{SEPARATOR} x"));
    assert_eq!(item, format!("{text}{SEPARATOR} x").as_bytes());
}

#[test]
fn what_is_no_prompt_is_refused() {
    for (template, content) in [
        ("{{ messages[0].content }}", " "),
        ("", "a"),
        ("{{ '\u{1f}' }}a", "a"),
        ("{{ messages[0].content }}", "a\u{1f}b"),
    ] {
        assert!(matches!(render(template, content), Err(TemplateError::Prompt(_))), "{template}");
    }
}

/// Templates are programs of strangers.
#[test]
fn a_template_that_does_not_end_or_writes_too_much_is_stopped() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% set c = b %}{% endfor %}{% endfor %}x";
    let long = "{% for a in range(9999) %}{{ messages[0].content }}{% endfor %}";
    for (template, content) in [(endless, "a"), (long, "a".repeat(4_000).as_str()), ("{{ 'a' * 9999999999 }}", "a")] {
        assert!(matches!(render(template, content), Err(TemplateError::Messages(_))), "{template}");
    }
    let deep = "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}";
    assert!(matches!(render(deep, "a"), Err(TemplateError::Messages(_))));
    assert!(matches!(render("{% if %}", "a"), Err(TemplateError::Template(_))));
    assert!(matches!(render(&" ".repeat(300_000), "a"), Err(TemplateError::Template(_))));
    assert!(matches!(render("{% include 'other' %}", "a"), Err(TemplateError::Messages(_))), "no other files");
}

#[test]
fn only_the_manifest_that_the_chain_names_gives_a_template() {
    let chat = of("{{ a }}");
    let manifest = serde_json::to_vec(&serde_json::json!({"method": "some/1", "chat": chat})).expect("JSON");
    let hash = Hash32(digest(MANIFEST, &[&manifest]));
    assert_eq!(of_manifest(&manifest, &hash).expect("it is the one"), chat);
    assert!(matches!(of_manifest(&manifest, &Hash32([0; 32])), Err(TemplateError::Template(_))));
    let without = b"{}";
    assert!(matches!(of_manifest(without, &Hash32(digest(MANIFEST, &[without]))), Err(TemplateError::Template(_))));
}
