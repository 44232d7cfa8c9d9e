//! A PostgreSQL that is killed, stopped, or silenced, and comes back.

use crate::support::processes::{Folder, is_running, wait_until};
use marquee::local_postgres::LocalPostgres;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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
