//! Influence beside the true effect of removal, one point per contribution.

use plotters::{coord::types::RangedCoordf64, prelude::*};

use super::{Area, BLUE, Broken, FAINT_INK, GRID, INK, PlotError, VERMILLION, bold, draw, font, labels, span, tick_of};
use crate::{data::Truth, number::fixed, tables::printable};

const SIZE: (u32, u32) = (620, 510);
const LABEL_PX: f64 = 12.5;
const LETTER_WIDTH: f64 = 0.55;
const CAP: f64 = 3.5;

struct Scatter {
    plot: &'static str,
    title: &'static str,
    subtitle: String,
    x_label: &'static str,
    y_label: &'static str,
    points: Vec<Point>,
}

struct Point {
    name: String,
    x: f64,
    x_error: f64,
    y: f64,
    y_error: f64,
}

impl Point {
    /// x in per cent and y in thousandths of a nat, so that the axes need few digits. An error that is no number is not drawn.
    fn new(name: &str, (x, x_error): (f64, f64), (y, y_error): (f64, f64)) -> Self {
        let drawn = |error: f64, scale: f64| {
            if error.is_finite() { error.abs() * scale } else { 0.0 }
        };
        Self {
            name: printable(name),
            x: x * 100.0,
            x_error: drawn(x_error, 100.0),
            y: y * 1e3,
            y_error: drawn(y_error, 1e3),
        }
    }
}

/// Net influence beside the rise of the loss on paid queries.
///
/// # Errors
/// If the drawing library fails.
pub fn net_against_queries(truth: &Truth) -> Result<String, PlotError> {
    let point = |row: &crate::data::TruthRow| {
        Point::new(&row.name, (row.net, row.net_error), (row.effect_queries, row.effect_queries_error))
    };
    scatter(&Scatter {
        plot: "net influence",
        title: "Paid queries",
        subtitle: subtitle(truth.spearman_queries, truth.ceiling_queries, truth.seeds),
        x_label: "net influence (% of fees)",
        y_label: "rise of the loss on paid queries when removed (10⁻³ nat)",
        points: truth.rows.iter().map(point).collect(),
    })
}

/// Utility beside the rise of the loss on validation examples.
///
/// # Errors
/// If the drawing library fails.
pub fn utility_against_validation(truth: &Truth) -> Result<String, PlotError> {
    let point = |row: &crate::data::TruthRow| {
        Point::new(&row.name, (row.utility, row.utility_error), (row.effect_validation, row.effect_validation_error))
    };
    scatter(&Scatter {
        plot: "utility",
        title: "Validation examples",
        subtitle: subtitle(truth.spearman_validation, truth.ceiling_validation, truth.seeds),
        x_label: "utility (% of the influence on validation examples)",
        y_label: "rise of the loss on validation when removed (10⁻³ nat)",
        points: truth.rows.iter().map(point).collect(),
    })
}

fn subtitle(spearman: f64, ceiling: f64, seeds: u32) -> String {
    format!(
        "Spearman ρ = {}; split-half ceiling of the truth {} · {seeds} retrainings each",
        fixed(spearman, 3),
        fixed(ceiling, 3),
    )
}

/// The sentence under both plots.
pub fn sentence(truth: &Truth) -> String {
    let of = |rho: f64, ceiling: f64| format!("{} where the truth itself reaches {}", fixed(rho, 3), fixed(ceiling, 3));
    format!(
        "Each point is a contribution with one standard error both ways: the further right it is scored, the more the model should miss it when it is left out. The rank correlation is {} on paid queries, and {} on validation examples.",
        of(truth.spearman_queries, truth.ceiling_queries),
        of(truth.spearman_validation, truth.ceiling_validation),
    )
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn scatter(scatter: &Scatter) -> Result<String, PlotError> {
    let shown: Vec<&Point> = scatter.points.iter().filter(|p| p.x.is_finite() && p.y.is_finite()).collect();
    draw(scatter.plot, SIZE, |area| {
        area.draw(&Text::new(scatter.title, (76, 16), bold(16.0, INK)))?;
        area.draw(&Text::new(scatter.subtitle.as_str(), (76, 39), font(13.0, FAINT_INK)))?;
        let x = span(shown.iter().flat_map(|p| [p.x - p.x_error, p.x + p.x_error]));
        let y = span(shown.iter().flat_map(|p| [p.y - p.y_error, p.y + p.y_error]));
        let (x_tick, y_tick) = (tick_of(&x), tick_of(&y));
        let mut chart = ChartBuilder::on(area)
            .margin_top(62)
            .margin_right(18)
            .margin_bottom(8)
            .margin_left(8)
            .x_label_area_size(50)
            .y_label_area_size(68)
            .build_cartesian_2d(x.clone(), y.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(FAINT_INK)
            .x_labels(7)
            .y_labels(7)
            .label_style(font(12.5, INK))
            .axis_desc_style(font(13.5, INK))
            .x_desc(scatter.x_label)
            .y_desc(scatter.y_label)
            .x_label_formatter(&x_tick)
            .y_label_formatter(&y_tick)
            .draw()?;
        zero_lines(&mut chart, &x, &y)?;
        points(&mut chart, &shown)?;
        name_points(area, &chart, &shown)
    })
}

fn zero_lines(chart: &mut Chart<'_, '_>, x: &std::ops::Range<f64>, y: &std::ops::Range<f64>) -> Result<(), Broken> {
    let faint = FAINT_INK.mix(0.55);
    let lines = [vec![(0.0, y.start), (0.0, y.end)], vec![(x.start, 0.0), (x.end, 0.0)]];
    chart.draw_series(lines.map(|line| PathElement::new(line, faint)))?;
    Ok(())
}

fn colour(point: &Point) -> RGBColor {
    if point.x < 0.0 { VERMILLION } else { BLUE }
}

fn points(chart: &mut Chart<'_, '_>, points: &[&Point]) -> Result<(), Broken> {
    let bars = points.iter().flat_map(|p| {
        let across = vec![(p.x - p.x_error, p.y), (p.x + p.x_error, p.y)];
        let along = vec![(p.x, p.y - p.y_error), (p.x, p.y + p.y_error)];
        [across, along].map(|bar| PathElement::new(bar, colour(p).mix(0.5).stroke_width(2)))
    });
    chart.draw_series(bars)?;
    chart.draw_series(points.iter().map(|p| Circle::new((p.x, p.y), 5, colour(p).filled())))?;
    Ok(())
}

fn name_points(area: &Area<'_>, chart: &Chart<'_, '_>, points: &[&Point]) -> Result<(), Broken> {
    let pixel = |x: f64, y: f64| {
        let (x, y) = chart.backend_coord(&(x, y));
        (f64::from(x), f64::from(y))
    };
    let items: Vec<labels::Item> = points.iter().map(|p| item(p, &pixel)).collect();
    let (x, y) = chart.plotting_area().get_pixel_range();
    let bounds = (f64::from(x.start), f64::from(y.start), f64::from(x.end), f64::from(y.end));
    for ((point, item), placed) in points.iter().zip(&items).zip(labels::place(&items, bounds)) {
        if placed.needs_line {
            let end = (placed.x.max(item.at.0.min(placed.x + item.size.0)), placed.y);
            area.draw(&PathElement::new(vec![whole(item.at), whole(end)], FAINT_INK.mix(0.5)))?;
        }
        area.draw(&Text::new(point.name.as_str(), whole((placed.x, placed.y - 6.0)), font(LABEL_PX, INK)))?;
    }
    Ok(())
}

fn item(point: &Point, pixel: &impl Fn(f64, f64) -> (f64, f64)) -> labels::Item {
    let (left, right) = (pixel(point.x - point.x_error, point.y), pixel(point.x + point.x_error, point.y));
    let (low, high) = (pixel(point.x, point.y - point.y_error), pixel(point.x, point.y + point.y_error));
    let letters = f64::from(u32::try_from(point.name.chars().count()).unwrap_or(u32::MAX));
    labels::Item {
        at: pixel(point.x, point.y),
        size: (letters * LABEL_PX * LETTER_WIDTH, LABEL_PX + 1.0),
        bars: [(left.0, left.1 - CAP, right.0, right.1 + CAP), (low.0 - CAP, high.1, high.0 + CAP, low.1)],
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a plot 620 wide")]
fn whole((x, y): (f64, f64)) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}
