//! Of many values the one that tells.

/// The middle value: what a machine that is busy elsewhere does to some of them does not show.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that occurs most often, the smallest of several.
pub(super) fn mode<T: Ord + Clone>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort();
    let runs = values.chunk_by(|a, b| a == b);
    runs.rev().max_by_key(|run| run.len()).and_then(|run| run.first().cloned())
}

/// The slope of the line that fits the points best, by least squares.
pub(super) fn slope(points: &[(f64, f64)]) -> f64 {
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count(points);
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    covariance / variance
}

fn count(points: &[(f64, f64)]) -> f64 {
    points.iter().map(|_| 1.0).sum()
}

#[cfg(test)]
mod tests {
    use super::{median, mode, slope};

    #[test]
    fn one_slow_measurement_does_not_move_the_median() {
        assert!((median([1.0, 900.0, 2.0]) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn the_mode_is_what_most_requests_did() {
        assert_eq!(mode([3, 4, 3, 3, 9]), Some(3));
        assert_eq!(mode([2, 1]), Some(1));
    }

    #[test]
    fn two_round_trips_in_sequence_have_a_slope_of_two() {
        assert!((slope(&[(0.0, 25.0), (20.0, 65.5), (40.0, 104.5), (60.0, 145.0)]) - 2.0).abs() < 0.02);
    }
}
