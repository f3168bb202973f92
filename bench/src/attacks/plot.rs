//! What attackers are paid beside a contributor of their size, one bar each, in colours that stay apart for colour-blind eyes (Okabe and Ito).

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::OPEN;
use super::judge::Judged;

const WIDTH: u32 = 900;
const ROW: u32 = 26;
const MARGIN: u32 = 96;
const NAMES: u32 = 300;
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// plotters divides every font size by this before it writes it.
const FONT_SCALE: f64 = 1.24;
/// A greater loss, in incomes of such a contributor, is drawn as this much.
const LEAST: f64 = -1.5;

type Broken = DrawingAreaErrorKind<std::io::Error>;

/// The plot as SVG text: the profit of each attack, as a part of what an honest contributor of its size is paid.
///
/// # Errors
/// If the drawing library fails.
pub fn draw(all: &[Judged]) -> Result<String> {
    let mut text = String::new();
    {
        let size = (WIDTH, MARGIN + ROW * all.len() as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(&area, all).map_err(|error| anyhow!("cannot draw the plot: {error}"))?;
    }
    Ok(text)
}

fn paint(area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>, all: &[Judged]) -> Result<(), Broken> {
    area.fill(&WHITE)?;
    let profits: Vec<f64> = all.iter().map(|judged| judged.mean(|outcome| outcome.of_control).value).collect();
    let most = profits.iter().copied().fold(0.3, f64::max) + 0.1;
    area.draw(&Text::new(
        "profit, as a part of what an honest contributor of the same size is paid; longer losses are cut",
        (16, 12),
        font(14.0),
    ))?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(40)
        .margin_right(20)
        .x_label_area_size(36)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(LEAST..most, 0.0..all.len() as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .label_style(font(12.0))
        .draw()?;
    for (index, (judged, profit)) in all.iter().zip(profits).enumerate() {
        let bottom = (all.len() - 1 - index) as f64;
        let colour = if judged.pays() { VERMILLION } else { BLUE };
        let bar = [(0.0, bottom + 0.2), (profit.max(LEAST), bottom + 0.8)];
        chart.draw_series([Rectangle::new(bar, colour.filled())])?;
        let middle = (MARGIN - 56 + ROW * index as u32 + ROW / 2) as i32;
        area.draw(&Text::new(label(judged), (16, middle - 6), font(12.0)))?;
    }
    chart.draw_series([PathElement::new(vec![(0.0, 0.0), (0.0, all.len() as f64)], INK)])?;
    area.present()
}

fn label(judged: &Judged) -> String {
    match judged.fee() {
        0 => judged.name.clone(),
        fee => format!("{}, {} OPEN", judged.name, fee as f64 / OPEN as f64),
    }
}

/// A text style whose size in the SVG is `px`.
fn font(px: f64) -> TextStyle<'static> {
    ("sans-serif", px * FONT_SCALE).into_font().color(&INK)
}
