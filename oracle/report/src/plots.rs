//! The plots of a report, each an SVG text on white, in colours that stay apart for colour-blind eyes (Okabe and Ito).
//! Text is `<text>`: no fonts are needed to draw, the reader's are used.

use std::io;

use plotters::{coord::Shift, prelude::*};
use thiserror::Error;

mod agreement;
mod flow;
mod labels;
mod loss;
mod payouts;
mod truth;

pub use agreement::{agreement, sentence as agreement_sentence};
pub use flow::{fee_flow, sentence as fee_flow_sentence};
pub use loss::{LossCurve, loss};
pub use payouts::{payouts, sentence as payouts_sentence};
pub use truth::{net_against_queries, sentence as truth_sentence, utility_against_validation};

/// A plot could not be drawn.
#[derive(Debug, Error)]
#[error("could not draw the plot of {plot}")]
pub struct PlotError {
    plot: &'static str,
    source: Broken,
}

type Broken = DrawingAreaErrorKind<io::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FAINT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const ORANGE: RGBColor = RGBColor(0xD9, 0x82, 0x00);
const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

/// plotters divides every font size by this before it writes it.
const FONT_SCALE: f64 = 1.24;

/// A text style whose size in the SVG is `px`.
fn font(px: f64, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", px * FONT_SCALE).into_font().color(&colour)
}

fn bold(px: f64, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", px * FONT_SCALE).into_font().style(FontStyle::Bold).color(&colour)
}

fn draw(
    plot: &'static str,
    size: (u32, u32),
    paint: impl FnOnce(&Area<'_>) -> Result<(), Broken>,
) -> Result<String, PlotError> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let painted = area.fill(&WHITE).and_then(|()| paint(&area)).and_then(|()| area.present());
        painted.map_err(|source| PlotError { plot, source })?;
    }
    Ok(text)
}

/// The range that shows all values and zero, with a margin; of width 1 around zero when there is nothing to show.
fn span(values: impl IntoIterator<Item = f64>) -> std::ops::Range<f64> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    if high - low <= f64::MIN_POSITIVE {
        return -0.5..0.5;
    }
    let margin = 0.07 * (high - low);
    low - margin..high + margin
}

/// Writes axis numbers with the decimals that a range of this width needs.
fn tick_of(range: &std::ops::Range<f64>) -> impl Fn(&f64) -> String + use<> {
    let digits = 1.0 - (range.end - range.start).log10().floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 12")]
    let decimals = digits.clamp(0.0, 12.0) as usize;
    move |value| crate::number::fixed(*value, decimals)
}
