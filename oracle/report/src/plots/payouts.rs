//! What each contribution earned, by settled round, under our rule and under the usual one: one small panel each, all on one scale.

use plotters::prelude::*;

use super::{Area, BLUE, Broken, FAINT_INK, GRID, INK, ORANGE, PlotError, bold, draw, font, span, tick_of};
use crate::{
    data::{ContributionRow, HistoryPoint, Report, RoundRow},
    number::{fixed, open_f64, signed_open_f64},
    tables::printable,
};

const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (300, 236);
const LEGEND_HEIGHT: u32 = 40;

/// Amounts of one contribution in OPEN by epochs since the start.
struct Panel {
    name: String,
    accrued: Vec<(f64, f64)>,
    payable: Vec<(f64, f64)>,
    usual: Vec<(f64, f64)>,
}

impl Panel {
    fn new(row: &ContributionRow, first_epoch: u64) -> Self {
        let line = |amount: fn(&HistoryPoint) -> f64| {
            let point = |after: &HistoryPoint| (elapsed(after.epoch, first_epoch), amount(after));
            std::iter::once((0.0, 0.0)).chain(row.history.iter().map(point)).collect()
        };
        Self {
            name: printable(&row.name),
            accrued: line(|after| signed_open_f64(after.accrued)),
            payable: line(|after| open_f64(after.payable.into())),
            usual: line(|after| open_f64(after.usual_rule)),
        }
    }

    fn amounts(&self) -> impl Iterator<Item = f64> {
        self.accrued.iter().chain(&self.payable).chain(&self.usual).map(|point| point.1)
    }
}

/// Epochs from the start to the end of `epoch`.
#[expect(clippy::cast_precision_loss, reason = "epochs of a story")]
fn elapsed(epoch: u64, first_epoch: u64) -> f64 {
    epoch.saturating_sub(first_epoch).saturating_add(1) as f64
}

/// Accrued and payable under our rule, and the payout of the usual rule, cumulated by settled round, one panel per contribution.
///
/// # Errors
/// If the drawing library fails.
pub fn payouts(report: &Report) -> Result<String, PlotError> {
    let first_epoch = report.rounds.iter().map(|round: &RoundRow| round.first_epoch).min().unwrap_or(0);
    let used = report.contributions.iter().filter(|row| !row.history.is_empty());
    let panels: Vec<Panel> = used.map(|row| Panel::new(row, first_epoch)).collect();
    let rows = panels.len().div_ceil(COLUMNS).max(1);
    let columns = u32::try_from(COLUMNS).unwrap_or(1);
    let height = LEGEND_HEIGHT + PANEL.1 * u32::try_from(rows).unwrap_or(1);
    draw("payouts", (PANEL.0 * columns, height), |area| {
        let (legend_area, panel_area) = area.split_vertically(LEGEND_HEIGHT);
        legend(&legend_area)?;
        let x = 0.0..panels.iter().flat_map(|panel| panel.accrued.last()).fold(1.0, |end: f64, p| end.max(p.0));
        let y = span(panels.iter().flat_map(Panel::amounts));
        for (index, (place, panel)) in panel_area.split_evenly((rows, COLUMNS)).iter().zip(&panels).enumerate() {
            let labels = AxisLabels { x: index + COLUMNS >= panels.len(), y: index % COLUMNS == 0 };
            draw_panel(place, panel, (x.clone(), y.clone()), labels)?;
        }
        Ok(())
    })
}

/// The sentence under the plot.
pub fn sentence(report: &Report) -> String {
    let unused = report.contributions.iter().filter(|row| row.history.is_empty());
    let unused: Vec<String> = unused.map(|row| printable(&row.name)).collect();
    let rest = if unused.is_empty() {
        String::new()
    } else {
        format!(" Not shown, because no settled round covers it: {}.", unused.join(", "))
    };
    format!(
        "Running totals after each settled round, all panels on one scale: the gap between accrued and payable waits until it is earned beyond doubt, a line below zero is a debt, and the usual rule, which sums positive influences per item, knows neither doubt nor debt.{rest}"
    )
}

/// Which axes are named: only those at the left and at the lower edge.
struct AxisLabels {
    x: bool,
    y: bool,
}

type Ranges = (std::ops::Range<f64>, std::ops::Range<f64>);

fn draw_panel(area: &Area<'_>, panel: &Panel, (x, y): Ranges, labels: AxisLabels) -> Result<(), Broken> {
    area.draw(&Text::new(panel.name.as_str(), (62, 8), bold(13.5, INK)))?;
    area.draw(&Text::new(totals(panel), (62, 27), font(12.0, FAINT_INK)))?;
    let y_tick = tick_of(&y);
    let mut chart = ChartBuilder::on(area)
        .margin_top(46)
        .margin_right(12)
        .margin_left(2)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(FAINT_INK)
        .x_labels(6)
        .y_labels(8)
        .label_style(font(12.0, INK))
        .axis_desc_style(font(12.0, INK))
        .x_desc(if labels.x { "epochs since the start" } else { "" })
        .y_desc(if labels.y { "OPEN, total so far" } else { "" })
        .x_label_formatter(&|value| fixed(*value, 0))
        .y_label_formatter(&y_tick)
        .draw()?;
    chart.draw_series([PathElement::new(vec![(x.start, 0.0), (x.end, 0.0)], FAINT_INK.mix(0.7))])?;

    let mut under = panel.payable.clone();
    under.extend([(panel.payable.last().map_or(0.0, |end| end.0), 0.0)]);
    chart.draw_series([Polygon::new(under, BLUE.mix(0.16))])?;
    chart.draw_series(LineSeries::new(panel.usual.iter().copied(), ORANGE.stroke_width(2)))?;
    chart.draw_series(DashedLineSeries::new(panel.accrued.iter().copied(), 6, 4, BLUE.stroke_width(2)))?;
    chart.draw_series(LineSeries::new(panel.payable.iter().copied(), BLUE.stroke_width(2)))?;
    chart.draw_series(panel.usual.iter().skip(1).map(|&at| Circle::new(at, 3, ORANGE.filled())))?;
    chart.draw_series(panel.payable.iter().skip(1).map(|&at| Circle::new(at, 3, BLUE.filled())))?;
    Ok(())
}

fn totals(panel: &Panel) -> String {
    let last = |line: &[(f64, f64)]| line.last().map_or(0.0, |point| point.1);
    format!("payable {} · usual rule {}", fixed(last(&panel.payable), 3), fixed(last(&panel.usual), 3))
}

fn legend(area: &Area<'_>) -> Result<(), Broken> {
    let entry = |x: i32, text: &'static str| Text::new(text, (x + 38, 10), font(13.5, INK));
    let line = |x: i32| vec![(x, 17), (x + 30, 17)];
    area.draw(&Rectangle::new([(62, 17), (92, 27)], BLUE.mix(0.16).filled()))?;
    area.draw(&PathElement::new(line(62), BLUE.stroke_width(2)))?;
    area.draw(&entry(62, "payable, our rule"))?;
    for dash in [230, 240, 250] {
        area.draw(&PathElement::new(vec![(dash, 17), (dash + 6, 17)], BLUE.stroke_width(2)))?;
    }
    area.draw(&entry(230, "accrued, our rule"))?;
    area.draw(&PathElement::new(line(400), ORANGE.stroke_width(2)))?;
    area.draw(&Circle::new((415, 17), 3, ORANGE.filled()))?;
    area.draw(&entry(400, "usual rule: positive influences summed per item"))
}
