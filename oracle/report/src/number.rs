//! Numbers as people read them: OPEN with six decimals, shares in per cent. What is not a number is shown as a dash.

use serde_json::Value;

use crate::data::Uopen;

const UOPEN_PER_OPEN: u128 = 1_000_000;

/// Shown where there is nothing to show.
pub const NOTHING: &str = "–";

/// An amount in OPEN with all six decimals, as `1,234.567890`.
pub fn open(uopen: Uopen) -> String {
    let whole = count(uopen / UOPEN_PER_OPEN);
    format!("{whole}.{:06}", uopen % UOPEN_PER_OPEN)
}

/// A balance that may be below zero, as `-1.500000`.
pub fn signed_open(uopen: i64) -> String {
    let sign = if uopen < 0 { "-" } else { "" };
    format!("{sign}{}", open(uopen.unsigned_abs().into()))
}

/// An amount in OPEN as a coordinate of a plot.
#[expect(clippy::cast_precision_loss, reason = "a plot shows three digits")]
pub fn open_f64(uopen: Uopen) -> f64 {
    uopen as f64 / UOPEN_PER_OPEN as f64
}

/// A balance in OPEN as a coordinate of a plot.
pub fn signed_open_f64(uopen: i64) -> f64 {
    let size = open_f64(uopen.unsigned_abs().into());
    if uopen < 0 { -size } else { size }
}

/// A whole number with its thousands apart.
pub fn count(value: impl Into<u128>) -> String {
    let digits = value.into().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `part` of `whole` as a fraction; 0 of nothing.
pub fn share(part: Uopen, whole: Uopen) -> f64 {
    if whole == 0 { 0.0 } else { open_f64(part) / open_f64(whole) }
}

/// A fraction in per cent.
pub fn percent(fraction: f64, decimals: usize) -> String {
    fixed(fraction * 100.0, decimals) + if fraction.is_finite() { " %" } else { "" }
}

/// A fraction and its standard error, both in per cent, without the sign of per cent.
pub fn percent_with_error(fraction: f64, error: f64) -> String {
    with_error(fraction * 100.0, error * 100.0, 3)
}

/// A value and its standard error.
pub fn with_error(value: f64, error: f64, decimals: usize) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{} ± {}", fixed(value, decimals), fixed(error, decimals))
}

/// A number with so many decimals; no `-0.0`.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = format!("{value:.decimals$}");
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// A measured value of any kind: strings bare, fractions with at most six decimals, the rest as JSON.
pub fn measured(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => short(number.as_f64().unwrap_or(f64::NAN)),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(measured).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{name} {}", measured(value));
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
    }
}

fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 {
        return format!("{value:.2e}");
    }
    let text = fixed(value, 6);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_keep_all_six_decimals_and_part_thousands() {
        assert_eq!(open(0), "0.000000");
        assert_eq!(open(1_234_567_890_123), "1,234,567.890123");
        assert_eq!(signed_open(-500_001), "-0.500001");
        assert_eq!(signed_open(i64::MIN), "-9,223,372,036,854.775808");
        assert_eq!(open(u128::MAX), "340,282,366,920,938,463,463,374,607,431,768.211455");
    }

    #[test]
    fn what_rounds_to_zero_has_no_sign_and_what_is_no_number_is_a_dash() {
        assert_eq!(fixed(-0.000_01, 3), "0.000");
        assert_eq!(fixed(f64::NAN, 3), NOTHING);
        assert_eq!(percent(f64::INFINITY, 1), NOTHING);
        assert_eq!(percent_with_error(0.1234, 0.002), "+12.340 ± 0.200");
    }

    #[test]
    fn measured_values_of_every_kind_read_as_text() {
        assert_eq!(measured(&json!(0.25)), "0.25");
        assert_eq!(measured(&json!(1.5e-7)), "1.50e-7");
        assert_eq!(measured(&json!(10.0)), "10");
        assert_eq!(measured(&json!(null)), NOTHING);
        assert_eq!(measured(&json!({"supply": "12", "ok": true})), "ok yes, supply 12");
        assert_eq!(measured(&json!([1, 2])), "1, 2");
        assert_eq!(measured(&json!({ "differences": [] })), "differences none");
    }
}
