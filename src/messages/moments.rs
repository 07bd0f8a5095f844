//! Texts for times in the past.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The text for a time this many seconds ago; `None` for a week or more, which the caller shows as a date. Up to a
/// minute in the future counts as now, because clocks differ a little.
pub fn ago(seconds: i64) -> Option<String> {
    let some = |count: i64, unit: &str| format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" });
    match seconds {
        _ if seconds <= -MINUTE || seconds >= 7 * DAY => None,
        _ if seconds < MINUTE => Some("just now".to_owned()),
        _ if seconds < HOUR => Some(some(seconds / MINUTE, "minute")),
        _ if seconds < DAY => Some(some(seconds / HOUR, "hour")),
        _ => Some(some(seconds / DAY, "day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_moment_is_shown_in_its_largest_unit() {
        let told = |seconds| ago(seconds).unwrap_or_else(|| "the date".to_owned());
        assert_eq!(told(0), "just now");
        assert_eq!(told(-59), "just now");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(3_599), "59 minutes ago");
        assert_eq!(told(3_600), "1 hour ago");
        assert_eq!(told(2 * DAY), "2 days ago");
        assert_eq!(told(7 * DAY), "the date");
        assert_eq!(told(-3_600), "the date", "a clock that is far off");
        assert_eq!(told(i64::MIN), "the date");
    }
}
