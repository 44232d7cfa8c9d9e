//! From a seed to a program, and from a program that goes wrong to the shortest one that still does.

use crate::model::Mistakes;
use crate::program::{Op, next};
use crate::stage::{Divergence, Stage};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeSet;
use std::fmt;

/// A program that goes wrong.
#[derive(Clone, Debug)]
pub struct Found {
    pub seed: u64,
    pub program: Vec<Op>,
    pub what: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nseed {}, the shortest program that goes wrong:", self.seed)?;
        for op in &self.program {
            writeln!(f, "    {op:?}")?;
        }
        writeln!(f, "  {}", self.what)?;
        write!(f, "  again: MARQUEE_HISTORY_SEED={} cargo test --test histories", self.seed)
    }
}

/// An operation and the ways to make its arguments simpler.
type Tree = Box<dyn ValueTree<Value = Op>>;

fn draw(seed: u64) -> Vec<Tree> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let length = (40..=80usize).new_tree(&mut runner).expect("a number").current();
    let mut trees: Vec<Tree> = Vec::new();
    while trees.len() < length {
        let operations = next().new_tree(&mut runner).expect("a choice").current();
        trees.extend(operations.iter().map(|op| op.new_tree(&mut runner).expect("an operation")));
    }
    trees
}

fn current(trees: &[Tree]) -> Vec<Op> {
    trees.iter().map(|tree| tree.current()).collect()
}

/// Plays the program of a seed: what it has come by, or the shortest program that goes wrong.
pub fn play(stage: &mut Stage, seed: u64, mistakes: Mistakes) -> Result<BTreeSet<String>, Box<Found>> {
    let mut trees = draw(seed);
    stage.play(&current(&trees), mistakes).map_err(|divergence| {
        trees.truncate(divergence.operations);
        let (program, what) = Search { stage, mistakes, last: divergence }.shorten(trees);
        Box::new(Found { seed, program, what })
    })
}

struct Search<'a> {
    stage: &'a mut Stage,
    mistakes: Mistakes,
    /// Of the shortest program so far.
    last: Divergence,
}

impl Search<'_> {
    /// Operations first, since fewer leave fewer arguments; simpler arguments may then need fewer operations.
    fn shorten(mut self, mut trees: Vec<Tree>) -> (Vec<Op>, String) {
        self.remove(&mut trees);
        let mut program = self.simplify(&mut trees);
        let mut index = 0;
        while index < program.len() {
            let mut rest = program.clone();
            rest.remove(index);
            if self.fails(&rest) { program = rest } else { index += 1 }
        }
        (program, self.last.what)
    }

    fn fails(&mut self, program: &[Op]) -> bool {
        match self.stage.play(program, self.mistakes) {
            Ok(_) => false,
            Err(divergence) => {
                self.last = divergence;
                true
            }
        }
    }

    /// Takes away halves, quarters and so on, and single operations until each one is needed.
    fn remove(&mut self, trees: &mut Vec<Tree>) {
        let mut size = trees.len().div_ceil(2);
        loop {
            let (before, mut start) = (trees.len(), 0);
            while start < trees.len() {
                let end = (start + size).min(trees.len());
                let rest: Vec<Op> = trees[..start].iter().chain(&trees[end..]).map(|tree| tree.current()).collect();
                if self.fails(&rest) {
                    trees.drain(start..end);
                } else {
                    start = end;
                }
            }
            if size == 1 && trees.len() == before {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    fn simplify(&mut self, trees: &mut [Tree]) -> Vec<Op> {
        let mut program = current(trees);
        for index in 0..trees.len() {
            let mut changed = trees[index].simplify();
            while changed {
                let mut simpler = program.clone();
                simpler[index] = trees[index].current();
                changed = if self.fails(&simpler) {
                    program = simpler;
                    trees[index].simplify()
                } else {
                    trees[index].complicate()
                };
            }
        }
        program
    }
}
