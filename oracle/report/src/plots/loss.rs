//! How the loss of a training went, step by step.

use plotters::{coord::types::RangedCoordf64, prelude::*};

use super::{Area, BLUE, Broken, FAINT_INK, GRID, INK, ORANGE, PlotError, bold, draw, font, tick_of};
use crate::number::fixed;

const SIZE: (u32, u32) = (760, 430);
/// Points of a line: more than can be told apart add nothing but bytes.
const POINTS: usize = 600;
/// Of so many parts of all steps the line is a mean of one.
const WINDOWS: usize = 50;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct LossCurve<'a> {
    /// Mean loss of each step, nats per token.
    pub training: &'a [f64],
    /// Steps done, and the mean loss of what is held out then.
    pub validation: &'a [(usize, f64)],
    /// Steps of a pass over the items.
    pub steps_per_pass: usize,
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Line = Vec<(f64, f64)>;

/// The loss of every step, faint, a running mean of it, and the loss of what is held out.
///
/// # Errors
/// If the drawing library fails.
pub fn loss(curve: &LossCurve<'_>) -> Result<String, PlotError> {
    let steps: Line = numbered(curve.training);
    let means = thinned(&running_means(curve.training));
    let held_out: Line = curve.validation.iter().map(|(step, loss)| (number(*step), *loss)).collect();
    let shown = steps.iter().chain(&held_out).map(|(_, loss)| *loss);
    draw("the loss", SIZE, |area| {
        area.draw(&Text::new("Loss", (76, 16), bold(16.0, INK)))?;
        area.draw(&Text::new(subtitle(curve), (76, 39), font(13.0, FAINT_INK)))?;
        let mut chart = axes(area, curve, range(shown))?;
        chart.draw_series([PathElement::new(thinned(&steps), BLUE.mix(0.25))])?;
        chart.draw_series([PathElement::new(means.clone(), BLUE.stroke_width(2))])?;
        chart.draw_series([PathElement::new(held_out.clone(), ORANGE.stroke_width(2))])?;
        chart.draw_series(held_out.iter().map(|point| Circle::new(*point, 4, ORANGE.filled())))?;
        legend(area, !held_out.is_empty())
    })
}

/// The sentence that says where the loss came to.
fn subtitle(curve: &LossCurve<'_>) -> String {
    let first = curve.training.first().copied().unwrap_or(f64::NAN);
    let last = running_means(curve.training).last().map_or(f64::NAN, |(_, loss)| *loss);
    let held_out = curve.validation.last().map_or(String::new(), |(_, loss)| format!(", held out {}", fixed(*loss, 3)));
    let passes = curve.training.len().checked_div(curve.steps_per_pass).unwrap_or(0);
    let (first, last) = (fixed(first, 3), fixed(last, 3));
    format!("from {first} to {last}{held_out} · {} steps, {passes} passes over the items", curve.training.len())
}

fn axes<'a, 'b>(
    area: &'a Area<'b>,
    curve: &LossCurve<'_>,
    losses: std::ops::Range<f64>,
) -> Result<Chart<'a, 'b>, Broken> {
    let tick = tick_of(&losses);
    let mut chart = ChartBuilder::on(area)
        .margin_top(62)
        .margin_right(18)
        .margin_bottom(8)
        .margin_left(8)
        .x_label_area_size(50)
        .y_label_area_size(68)
        .build_cartesian_2d(0.0..number(curve.training.len().max(1)), losses)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(FAINT_INK)
        .x_labels(9)
        .y_labels(7)
        .label_style(font(12.5, INK))
        .axis_desc_style(font(13.5, INK))
        .x_desc("steps")
        .y_desc("mean loss (nats per token)")
        .x_label_formatter(&|step| fixed(*step, 0))
        .y_label_formatter(&tick)
        .draw()?;
    Ok(chart)
}

fn legend(area: &Area<'_>, has_held_out: bool) -> Result<(), Broken> {
    let entries = [("each step", BLUE.mix(0.25)), ("running mean", BLUE.mix(1.0)), ("held out", ORANGE.mix(1.0))];
    for ((name, colour), x) in entries.into_iter().take(if has_held_out { 3 } else { 2 }).zip([430, 530, 655]) {
        area.draw(&PathElement::new(vec![(x, 24), (x + 18, 24)], colour.stroke_width(2)))?;
        area.draw(&Text::new(name, (x + 23, 17), font(12.5, INK)))?;
    }
    Ok(())
}

/// Steps are counted from 1, so that what is held out can stand at 0, before the first.
fn numbered(losses: &[f64]) -> Line {
    losses.iter().enumerate().map(|(step, loss)| (number(step + 1), *loss)).collect()
}

/// Means over windows that end at each step; the first ones are shorter.
fn running_means(losses: &[f64]) -> Line {
    let window = (losses.len() / WINDOWS).max(1);
    let mean = |end: usize| {
        let part = &losses[end.saturating_sub(window)..end];
        (number(end), part.iter().sum::<f64>() / number(part.len()))
    };
    (1..=losses.len()).map(mean).collect()
}

/// As many of the points as are drawn, the first and the last among them.
fn thinned(line: &[(f64, f64)]) -> Line {
    let every = line.len().div_ceil(POINTS).max(1);
    let is_kept = |index: usize| index.is_multiple_of(every) || index + 1 == line.len();
    line.iter().enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, point)| *point).collect()
}

/// The range of some losses with a margin; a loss is far from 0 at its best.
fn range(losses: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let finite = losses.filter(|loss| loss.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| (low.min(loss), high.max(loss)));
    if low > high {
        return 0.0..1.0;
    }
    let margin = (0.07 * (high - low)).max(1e-3);
    low - margin..high + margin
}

fn number(value: usize) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_training_is_drawn_with_few_points_from_its_first_to_its_last() {
        let line = numbered(&vec![1.0; 10_001]);
        let drawn = thinned(&line);
        assert!(drawn.len() <= POINTS + 1, "{}", drawn.len());
        assert_eq!((drawn.first(), drawn.last()), (line.first(), line.last()));
    }

    #[test]
    fn the_line_is_the_mean_of_a_fiftieth_of_the_steps() {
        let losses: Vec<f64> = (0..100).map(f64::from).collect();
        let means = running_means(&losses);
        assert_eq!((means[0], means[1], means[99]), ((1.0, 0.0), (2.0, 0.5), (100.0, 98.5)));
    }

    #[test]
    fn the_plot_says_where_the_loss_came_to_and_shows_what_is_held_out_only_if_it_is() {
        let training = [4.0, 3.0, 2.0, 1.0];
        let with =
            loss(&LossCurve { training: &training, validation: &[(0, 4.5), (4, 1.25)], steps_per_pass: 2 }).unwrap();
        assert!(with.contains("from 4.000 to 1.000, held out 1.250 · 4 steps, 2 passes"), "{with}");
        let without = loss(&LossCurve { training: &training, validation: &[], steps_per_pass: 2 }).unwrap();
        assert!(!without.contains("held out"));
        loss(&LossCurve { training: &[], validation: &[], steps_per_pass: 0 }).unwrap();
    }
}
