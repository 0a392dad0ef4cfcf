//! What the kernel says of a process: its processor time and its memory.

use std::fs;
use std::time::Duration;

/// The time that all threads of a process ran, in the kernel as well as outside of it.
///
/// To the nanosecond while they sleep; a thread that runs is up to a tick behind.
pub fn processor_time(process: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks
        // A thread may end in the middle.
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|schedstat| run_time(&schedstat))
        .sum()
}

/// The bytes that a process has in memory.
pub fn resident(process: u32) -> f64 {
    status(process, "VmRSS")
}

/// The most bytes that it ever had.
pub fn peak(process: u32) -> f64 {
    status(process, "VmHWM")
}

fn status(process: u32, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    bytes(&status, field).unwrap()
}

/// The first of three numbers: nanoseconds that ran, nanoseconds that waited, slices.
fn run_time(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// A field such as `VmRSS:      5308 kB`.
fn bytes(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let number: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = "Name:\tVmRSS\nVmHWM:\t    6500 kB\nVmRSS:\t    5308 kB\nVmRSSX:\t1 kB\n";
        assert_eq!(bytes(status, "VmRSS"), Some(5_308.0 * 1_024.0));
        assert_eq!(bytes(status, "VmHWM"), Some(6_500.0 * 1_024.0));
        assert_eq!(bytes(status, "VmR"), None);
        assert_eq!(bytes(status, "Name"), None);
    }

    #[test]
    fn run_time_is_the_first_number() {
        assert_eq!(run_time("1500 2177083 2\n"), Some(Duration::from_nanos(1_500)));
        assert_eq!(run_time(""), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_runs_and_is_in_memory() {
        let own = std::process::id();
        assert!(processor_time(own) > Duration::ZERO);
        assert!(resident(own) > 100_000.0);
        assert!(peak(own) >= resident(own) / 2.0);
    }
}
