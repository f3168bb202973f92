//! A time as Python's `strftime` writes it, in UTC and English.

use minijinja::{Error, ErrorKind};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// 1970 began on the first of them.
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const DAY: u64 = 86_400;

/// Seconds since 1970 by a format.
///
/// # Errors
/// Names the first sign that is not known here.
pub fn formatted(seconds: u64, format: &str) -> Result<String, Error> {
    let (year, month, day) = date(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3_600, seconds % 3_600 / 60, seconds % 60);
    let twelfth = (hour + 11) % 12 + 1;
    let weekday = DAYS[usize::try_from(seconds / DAY % 7).unwrap_or_default()];
    let name = MONTHS[month - 1];
    let mut text = String::new();
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            text.push(sign);
            continue;
        }
        let sign = signs.next();
        text += &match sign {
            Some('Y') => format!("{year:04}"),
            Some('y') => format!("{:02}", year % 100),
            Some('m') => format!("{month:02}"),
            Some('B') => name.to_owned(),
            Some('b' | 'h') => name[..3].to_owned(),
            Some('d') => format!("{day:02}"),
            Some('e') => format!("{day:2}"),
            Some('A') => weekday.to_owned(),
            Some('a') => weekday[..3].to_owned(),
            Some('H') => format!("{hour:02}"),
            Some('I') => format!("{twelfth:02}"),
            Some('M') => format!("{minute:02}"),
            Some('S') => format!("{second:02}"),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('F') => format!("{year:04}-{month:02}-{day:02}"),
            Some('T') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('%') => "%".to_owned(),
            other => {
                let why = format!("strftime_now does not know `%{}`", other.map(String::from).unwrap_or_default());
                return Err(Error::new(ErrorKind::InvalidOperation, why));
            }
        };
    }
    Ok(text)
}

/// Year, month from 1 and day of the month of a day since 1970.
fn date(day: u64) -> (u64, usize, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // Calendars repeat after 400 years of 146,097 days.
    let (mut year, mut left) = (1970 + day / 146_097 * 400, day % 146_097);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_python_writes_them() {
        // datetime.fromtimestamp(seconds, UTC).strftime(…)
        let all = "%Y-%m-%d %H:%M:%S %d %b %Y %A %a %B %y %e %I %p %%";
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 01 Jan 1970 Thursday Thu January 70  1 12 AM %"),
            (951_782_400, "2000-02-29 00:00:00 29 Feb 2000 Tuesday Tue February 00 29 12 AM %"),
            (1_722_003_133, "2024-07-26 14:12:13 26 Jul 2024 Friday Fri July 24 26 02 PM %"),
            (4_107_542_399, "2100-02-28 23:59:59 28 Feb 2100 Sunday Sun February 00 28 11 PM %"),
        ] {
            assert_eq!(formatted(seconds, all).expect("all are known"), expected);
        }
        assert!(formatted(0, "%Q").is_err() && formatted(0, "%").is_err());
    }
}
