//! Pay over epochs, one panel per kind of contributor, in colours that stay apart for colour-blind eyes (Okabe and Ito).

use std::ops::Range;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::cast::{Kind, positions};
use super::summary::Courses;
use super::{Rule, Strata};

const PANEL: (u32, u32) = (520, 330);
const LEGEND_HEIGHT: u32 = 66;
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FAINT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const SKY: RGBColor = RGBColor(0x56, 0xB4, 0xE9);
const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const ORANGE: RGBColor = RGBColor(0xE6, 0x9F, 0x00);
/// plotters divides every font size by this before it writes it.
const FONT_SCALE: f64 = 1.24;

const PANELS: [(Kind, &str); 4] = [
    (Kind::Honest, "eight honest contributors together"),
    (Kind::Specialist, "the specialist"),
    (Kind::WrongLabels, "wrong labels"),
    (Kind::Noise, "five contributors of noise together"),
];

type Broken = DrawingAreaErrorKind<std::io::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A line: what some contributors have of the pools, in per cent, by epoch.
struct Line {
    name: String,
    colour: RGBColor,
    dashed: bool,
    points: Vec<(f64, f64)>,
}

/// What is drawn as a line.
#[derive(Clone, Copy)]
struct Case {
    strata: Strata,
    rule: Rule,
    accrued: bool,
}

/// The plot as SVG text.
///
/// # Errors
/// If shares cannot be computed or the drawing library fails.
pub fn draw(courses: &Courses) -> Result<String> {
    let size = (2 * PANEL.0, LEGEND_HEIGHT + 2 * PANEL.1);
    let panels = PANELS.map(|(kind, title)| Ok((title, lines(courses, kind)?)));
    let panels = panels.into_iter().collect::<Result<Vec<_>>>()?;
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(&area, &panels, courses.epochs() as f64).map_err(|error| anyhow!("cannot draw the plot: {error}"))?;
    }
    Ok(text)
}

/// Our rule under all strata played; the others, which the strata hardly change, under the last of them.
fn cases(courses: &Courses) -> Vec<Case> {
    let strata = courses.strata();
    let ours =
        strata.iter().flat_map(|&strata| [false, true].map(|accrued| Case { strata, rule: Rule::Ours, accrued }));
    let others = strata
        .last()
        .into_iter()
        .flat_map(|&strata| [Rule::EpochBound, Rule::Usual].map(|rule| Case { strata, rule, accrued: false }));
    ours.chain(others).collect()
}

fn lines(courses: &Courses, kind: Kind) -> Result<Vec<Line>> {
    let own = positions(kind);
    let line = |case: Case| {
        let point = |epoch: usize| {
            let mean = courses.mean((case.strata, case.rule), epoch, |shares| {
                let shares = if case.accrued { &shares.accrued } else { &shares.paid };
                own.iter().map(|&position| shares[position]).sum()
            })?;
            Ok((epoch as f64, 100.0 * mean.value))
        };
        let points = (1..=courses.epochs()).map(point).collect::<Result<Vec<_>>>()?;
        Ok(Line { name: name(case), colour: colour(case), dashed: case.accrued, points })
    };
    cases(courses).into_iter().map(line).collect()
}

fn name(case: Case) -> String {
    match case.rule {
        Rule::Ours => {
            let strata = if case.strata == Strata::One { "one stratum" } else { "two strata" };
            format!("{}, {strata}", if case.accrued { "accrued" } else { "paid" })
        }
        Rule::EpochBound => "bound per epoch".to_owned(),
        Rule::Usual => "usual rule".to_owned(),
    }
}

fn colour(case: Case) -> RGBColor {
    match (case.rule, case.strata) {
        (Rule::Ours, Strata::One) => SKY,
        (Rule::Ours, Strata::Two) => BLUE,
        (Rule::EpochBound, _) => VERMILLION,
        (Rule::Usual, _) => ORANGE,
    }
}

fn paint(area: &Area<'_>, panels: &[(&str, Vec<Line>)], epochs: f64) -> Result<(), Broken> {
    area.fill(&WHITE)?;
    let (legend_area, panel_area) = area.split_vertically(LEGEND_HEIGHT);
    if let Some((_, lines)) = panels.first() {
        legend(&legend_area, lines)?;
    }
    for (place, (title, lines)) in panel_area.split_evenly((2, 2)).iter().zip(panels) {
        panel(place, title, lines, epochs)?;
    }
    area.present()
}

fn panel(area: &Area<'_>, title: &str, lines: &[Line], epochs: f64) -> Result<(), Broken> {
    area.draw(&Text::new(title.to_owned(), (62, 8), bold(14.0, INK)))?;
    let y = span(lines.iter().flat_map(|line| line.points.iter().map(|point| point.1)));
    let decimals = if y.end - y.start < 5.0 { 1 } else { 0 };
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(14)
        .x_label_area_size(42)
        .y_label_area_size(60)
        .build_cartesian_2d(1.0..epochs.max(2.0), y.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(FAINT_INK)
        .x_labels(9)
        .y_labels(8)
        .label_style(font(12.0, INK))
        .axis_desc_style(font(12.0, INK))
        .x_desc("epochs")
        .y_desc("% of the pools so far")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.decimals$}"))
        .draw()?;
    chart.draw_series([PathElement::new(vec![(1.0, 0.0), (epochs.max(2.0), 0.0)], FAINT_INK.mix(0.7))])?;
    for line in lines {
        let points = line.points.iter().copied();
        if line.dashed {
            chart.draw_series(DashedLineSeries::new(points, 6, 4, line.colour.stroke_width(2)))?;
        } else {
            chart.draw_series(LineSeries::new(points, line.colour.stroke_width(2)))?;
        }
    }
    Ok(())
}

/// Names beside a piece of their lines, two to a column.
fn legend(area: &Area<'_>, lines: &[Line]) -> Result<(), Broken> {
    for (index, line) in lines.iter().enumerate() {
        let (column, row) = (index / 2, index % 2);
        let (x, y) = (62 + 300 * column as i32, 18 + 24 * row as i32);
        let pieces: &[(i32, i32)] = if line.dashed { &[(0, 8), (12, 20), (24, 32)] } else { &[(0, 32)] };
        for (from, to) in pieces {
            area.draw(&PathElement::new(vec![(x + from, y), (x + to, y)], line.colour.stroke_width(2)))?;
        }
        area.draw(&Text::new(line.name.clone(), (x + 40, y - 8), font(13.5, INK)))?;
    }
    Ok(())
}

/// A text style whose size in the SVG is `px`.
fn font(px: f64, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", px * FONT_SCALE).into_font().color(&colour)
}

fn bold(px: f64, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", px * FONT_SCALE).into_font().style(FontStyle::Bold).color(&colour)
}

/// The range that shows all values and zero, with a margin.
fn span(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let margin = (0.07 * (high - low)).max(0.01);
    low - margin..high + margin
}
