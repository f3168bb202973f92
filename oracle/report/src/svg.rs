//! A few SVG shapes as text, for the drawings that are not charts with axes.

use std::fmt::Write as _;

/// An SVG drawing being made.
pub struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text stands from its point.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub struct Style {
    pub size: f64,
    pub bold: bool,
    pub fill: &'static str,
    pub anchor: Anchor,
}

/// A rectangle by its top left corner.
#[derive(Clone, Copy)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Canvas {
    pub fn new(width: f64, height: f64) -> Self {
        let mut canvas = Self { width, height, body: String::new() };
        canvas.rect(Rect { x: 0.0, y: 0.0, width, height }, "#FFFFFF", "none");
        canvas
    }

    pub fn rect(&mut self, rect: Rect, fill: &str, stroke: &str) {
        let Rect { x, y, width, height } = rect;
        self.push(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{fill}" stroke="{stroke}"/>"#
        ));
    }

    /// A band from the right edge `from` to the left edge `to`, each `(x, y)` of its upper corner.
    pub fn band(&mut self, from: (f64, f64), to: (f64, f64), thickness: f64, fill: &str) {
        let ((x0, y0), (x1, y1)) = (from, to);
        let middle = f64::midpoint(x0, x1);
        let (low0, low1) = (y0 + thickness, y1 + thickness);
        self.push(format_args!(
            r#"<path d="M{x0:.1},{y0:.1} C{middle:.1},{y0:.1} {middle:.1},{y1:.1} {x1:.1},{y1:.1} L{x1:.1},{low1:.1} C{middle:.1},{low1:.1} {middle:.1},{low0:.1} {x0:.1},{low0:.1} Z" fill="{fill}" fill-opacity="0.35"/>"#
        ));
    }

    pub fn text(&mut self, at: (f64, f64), style: Style, content: &str) {
        let (x, y) = at;
        let Style { size, bold, fill, anchor } = style;
        let weight = if bold { "bold" } else { "normal" };
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let content = escape(content);
        self.push(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-family="sans-serif" font-size="{size}" font-weight="{weight}" fill="{fill}">{content}</text>"#
        ));
    }

    pub fn finish(self) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" xmlns=\"http://www.w3.org/2000/svg\">\n{body}</svg>\n"
        )
    }

    fn push(&mut self, shape: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{shape}").expect("writing into a string does not fail");
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
