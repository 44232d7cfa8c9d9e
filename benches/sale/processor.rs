//! Whose work it is: processor time by process, so that a run also tells what limits it.

#[cfg(target_os = "linux")]
use procfs::process::{Process, Stat};
use std::ops::Sub;
use std::time::Duration;

/// Processor time spent until now, user and system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub postgres: Duration,
    pub application: Duration,
    /// This process with its ended children, of which pgbench is one.
    pub clients: Duration,
}

impl Spent {
    /// Told on Linux only.
    #[cfg(not(target_os = "linux"))]
    pub fn so_far(_postmaster: i32, _application: i32) -> Self {
        Self::default()
    }

    #[cfg(target_os = "linux")]
    pub fn so_far(postmaster: i32, application: i32) -> Self {
        let backends = procfs::process::all_processes().unwrap().filter_map(|process| process.ok()?.stat().ok());
        let backends: u64 = backends.filter(|stat| stat.ppid == postmaster).map(|stat| own(&stat)).sum();
        Self {
            postgres: time(backends + with_ended_children(&stat(postmaster))),
            application: time(own(&stat(application))),
            clients: time(with_ended_children(&Process::myself().unwrap().stat().unwrap())),
        }
    }

    /// What one operation took, told in microseconds.
    pub fn for_each(self, operations: f64) -> String {
        let each = |spent: Duration| spent.as_micros() as f64 / operations;
        let [postgres, application, clients] = [self.postgres, self.application, self.clients].map(each);
        format!("PostgreSQL {postgres:.0} µs, application {application:.0} µs, clients {clients:.0} µs")
    }
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            postgres: self.postgres.saturating_sub(before.postgres),
            application: self.application.saturating_sub(before.application),
            clients: self.clients.saturating_sub(before.clients),
        }
    }
}

#[cfg(target_os = "linux")]
fn stat(pid: i32) -> Stat {
    Process::new(pid).unwrap().stat().unwrap()
}

#[cfg(target_os = "linux")]
fn own(stat: &Stat) -> u64 {
    stat.utime + stat.stime
}

#[cfg(target_os = "linux")]
fn with_ended_children(stat: &Stat) -> u64 {
    own(stat) + (stat.cutime + stat.cstime).unsigned_abs()
}

#[cfg(target_os = "linux")]
fn time(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / procfs::ticks_per_second() as f64)
}
