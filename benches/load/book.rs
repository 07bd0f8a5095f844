//! The measurements of all rounds.

use crate::driver::Measured;

/// A scenario with its figures, one for each round.
pub struct Rates {
    pub scenario: &'static str,
    pub connections: usize,
    rounds: Vec<Measured>,
}

/// A number with its value in each round.
struct Numbers {
    name: &'static str,
    rounds: Vec<f64>,
}

/// All measurements, in the order in which they were first recorded.
#[derive(Default)]
pub struct Book {
    pub rates: Vec<Rates>,
    numbers: Vec<Numbers>,
}

impl Book {
    pub fn add_rate(&mut self, scenario: &'static str, connections: usize, measured: Measured) {
        let same = |rates: &&mut Rates| rates.scenario == scenario && rates.connections == connections;
        match self.rates.iter_mut().find(same) {
            Some(rates) => rates.rounds.push(measured),
            None => self.rates.push(Rates { scenario, connections, rounds: vec![measured] }),
        }
    }

    pub fn add_number(&mut self, name: &'static str, number: f64) {
        match self.numbers.iter_mut().find(|numbers| numbers.name == name) {
            Some(numbers) => numbers.rounds.push(number),
            None => self.numbers.push(Numbers { name, rounds: vec![number] }),
        }
    }

    /// The medians of a scenario; `None` if it was left out.
    pub fn rate(&self, scenario: &str, connections: usize) -> Option<Measured> {
        let same = |rates: &&Rates| rates.scenario == scenario && rates.connections == connections;
        self.rates.iter().find(same).map(Rates::median)
    }

    /// The median of a number; `None` if it was left out.
    pub fn number(&self, name: &str) -> Option<f64> {
        let numbers = self.numbers.iter().find(|numbers| numbers.name == name)?;
        Some(median(numbers.rounds.iter().copied()))
    }

    /// Every number's median.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.numbers.iter().map(|numbers| (numbers.name, median(numbers.rounds.iter().copied())))
    }
}

impl Rates {
    /// Each figure's own median.
    pub fn median(&self) -> Measured {
        let of = |figure: fn(&Measured) -> f64| median(self.rounds.iter().map(figure));
        Measured {
            per_second: of(|m| m.per_second),
            p50: of(|m| m.p50),
            p99: of(|m| m.p99),
            server_core: of(|m| m.server_core),
            driver_core: of(|m| m.driver_core),
        }
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
