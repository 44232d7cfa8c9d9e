//! A PostgreSQL that is killed, stopped, or silenced, and comes back.

use crate::support::processes::{Folder, is_running, wait_until};
use marquee::local_postgres::LocalPostgres;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DATABASE: &str = "marquee";

/// How it is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Shut down: connections are refused.
    Stopped,
    /// None of its processes runs: connections are accepted by the system, and nobody ever says a word.
    Silent,
}

/// A durable server of one test.
pub struct Postgres {
    server: Option<LocalPostgres>,
    silenced: Vec<Pid>,
    folder: Folder,
    url: String,
}

impl Postgres {
    pub fn start() -> Self {
        let folder = Folder::new();
        let server = LocalPostgres::start(folder.path()).unwrap();
        server.ensure_database(DATABASE).unwrap();
        let url = server.url(DATABASE);
        Self { server: Some(server), silenced: Vec::new(), folder, url }
    }

    /// The same for all its life.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn go_away(&mut self, outage: Outage) {
        match outage {
            Outage::Stopped => self.server.take().unwrap().stop().unwrap(),
            Outage::Silent => self.silence(),
        }
    }

    /// Only these processes say nothing from now on.
    pub fn silence_only(&mut self, processes: Vec<Pid>) {
        for process in processes {
            kill(process, Signal::SIGSTOP).unwrap();
            self.silenced.push(process);
        }
    }

    /// The postmaster first, which then starts no others; those it has just started are found by looking again.
    fn silence(&mut self) {
        while let Some(process) = self.processes().into_iter().find(|process| !self.silenced.contains(process)) {
            let _ = kill(process, Signal::SIGSTOP); // it may have ended just now
            self.silenced.push(process);
        }
    }

    /// Returns when it takes connections again.
    pub fn come_back(&mut self) {
        self.wake();
        match &mut self.server {
            None => self.server = Some(LocalPostgres::start(self.folder.path()).unwrap()),
            Some(server) => {
                server.heal().unwrap();
            }
        }
    }

    /// Where its data is; others may put what belongs to them beside it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves data and log there when it stops, for somebody to look at.
    pub fn keep_folder(&mut self) -> PathBuf {
        self.folder.keep()
    }

    /// kill -9 of the first process: the others end by themselves, and hold the data for a while.
    pub fn kill_postmaster(&self) {
        let postmaster = self.processes()[0];
        let _ = kill(postmaster, Signal::SIGKILL); // it may have ended by itself
        assert!(wait_until(Duration::from_secs(5), || !is_running(postmaster)), "a killed process lives on");
    }

    /// kill -9 of a process that serves a connection, whether there was one. PostgreSQL then ends all others too, and
    /// recovers by itself.
    pub fn kill_a_backend(&self) -> bool {
        let serves = |process: &Pid| {
            std::fs::read(format!("/proc/{process}/cmdline"))
                .is_ok_and(|title| title.starts_with(b"postgres: marquee "))
        };
        self.processes().into_iter().find(serves).is_some_and(|backend| kill(backend, Signal::SIGKILL).is_ok())
    }

    /// kill -9 of every process that it has.
    pub fn kill_all(&self) {
        let processes = self.processes();
        for process in &processes {
            let _ = kill(*process, Signal::SIGKILL); // it may have ended with the postmaster
        }
        let is_gone = || !processes.iter().copied().any(is_running);
        assert!(wait_until(Duration::from_secs(5), is_gone), "a killed process lives on");
    }

    /// The postmaster, then its children.
    fn processes(&self) -> Vec<Pid> {
        let postmaster = self.server.as_ref().unwrap().process_id().unwrap();
        let all = procfs::process::all_processes().unwrap().filter_map(|process| process.ok()?.stat().ok());
        let children = all.filter(|stat| stat.ppid == postmaster).map(|stat| stat.pid);
        std::iter::once(postmaster).chain(children).map(Pid::from_raw).collect()
    }

    fn wake(&mut self) {
        for process in self.silenced.drain(..).rev() {
            let _ = kill(process, Signal::SIGCONT); // it may have been killed since
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.wake();
        if let Some(server) = self.server.take() {
            let _ = server.stop();
        }
    }
}
