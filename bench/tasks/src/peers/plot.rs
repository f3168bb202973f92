//! How well against how long: a panel per task, a point per method with its interval, in colours that stay apart for colour-blind eyes.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::outcome::Outcome;
use super::task::Name;

const PANEL: (u32, u32) = (900, 460);
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const OURS: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const PEERS: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// plotters divides every font size by this before it writes it.
const FONT_SCALE: f64 = 1.24;
/// Room beside the fastest and the slowest, as factors of seconds.
const ROOM: (f64, f64) = (0.6, 8.0);
/// Least seconds that are told apart.
const LEAST_SECONDS: f64 = 0.01;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Broken = DrawingAreaErrorKind<std::io::Error>;

/// The plot as SVG text.
///
/// # Errors
/// If the drawing library fails.
pub fn draw(outcomes: &[Outcome], tasks: &[Name]) -> Result<String> {
    let mut text = String::new();
    {
        let size = (PANEL.0, PANEL.1 * tasks.len() as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let panels = area.split_evenly((tasks.len(), 1));
        for (panel, task) in panels.iter().zip(tasks) {
            let own: Vec<&Outcome> = outcomes.iter().filter(|one| one.task == *task && one.best).collect();
            paint(panel, *task, &own).map_err(|error| anyhow!("cannot draw the plot: {error}"))?;
        }
        area.present().map_err(|error| anyhow!("cannot draw the plot: {error}"))?;
    }
    Ok(text)
}

fn paint(area: &Area<'_>, task: Name, outcomes: &[&Outcome]) -> Result<(), Broken> {
    area.fill(&WHITE)?;
    let seconds = outcomes.iter().map(|one| one.seconds.max(LEAST_SECONDS));
    let (least, most) = seconds.fold((f64::INFINITY, LEAST_SECONDS), |(low, high), own| (low.min(own), high.max(own)));
    let bottom = outcomes.iter().filter_map(|one| one.low).fold(0.0, f64::min) - 0.02;
    let top = outcomes.iter().filter_map(|one| one.high).fold(0.1, f64::max) + 0.05;
    let title = format!("task {task:?}: linear datamodeling score against seconds, 95 % intervals");
    let mut chart = ChartBuilder::on(area)
        .caption(title, font(15.0))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d((least * ROOM.0..most * ROOM.1).log_scale(), bottom..top)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc("seconds on two cores").y_desc("LDS").label_style(font(12.0)).axis_desc_style(font(13.0));
    mesh.bold_line_style(GRID).light_line_style(TRANSPARENT).draw()?;
    for one in outcomes {
        let (x, colour) = (one.seconds.max(LEAST_SECONDS), if one.peer == "ours" { OURS } else { PEERS });
        let (low, high) = (one.low.unwrap_or(one.lds), one.high.unwrap_or(one.lds));
        chart.draw_series([PathElement::new(vec![(x, low), (x, high)], colour)])?;
        chart.draw_series([Circle::new((x, one.lds), 4, colour.filled())])?;
        let label = format!("{}: {}", one.peer, one.method);
        chart.draw_series([EmptyElement::at((x, one.lds)) + Text::new(label, (8, -6), font(11.0))])?;
    }
    Ok(())
}

/// A text style whose size in the SVG is `px`.
fn font(px: f64) -> TextStyle<'static> {
    ("sans-serif", px * FONT_SCALE).into_font().color(&INK)
}
