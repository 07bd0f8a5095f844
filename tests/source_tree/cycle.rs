//! Cycles among sibling modules.

use crate::source::Crate;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::slice::from_ref;

/// Why one module depends on another: which item uses which.
type Uses = BTreeSet<(Vec<String>, Vec<String>, String)>;

/// One cycle of each level that has one, as text.
pub fn cycles(all: &Crate) -> Vec<String> {
    let mut uses = Uses::new();
    for (path, module) in &all.modules {
        for used in &module.paths {
            if let Some((definer, name)) = all.definer(path, used).filter(|(definer, _)| definer != path) {
                uses.insert((path.clone(), definer, name));
            }
        }
    }
    all.modules.keys().filter_map(|level| cycle_in(level, &uses)).collect()
}

/// The shortest cycle among the children of a module and its own code.
fn cycle_in(level: &[String], uses: &Uses) -> Option<String> {
    let node = |path: &[String]| path.strip_prefix(level).map(|below| below.first().cloned());
    let mut arrows: BTreeMap<_, BTreeMap<_, Uses>> = BTreeMap::new();
    for used in uses {
        if let (Some(from), Some(to)) = (node(&used.0), node(&used.1))
            && from != to
        {
            arrows.entry(from).or_default().entry(to).or_default().insert(used.clone());
        }
    }
    let shortest = arrows.keys().filter_map(|start| shortest_cycle_from(start, &arrows)).min_by_key(Vec::len)?;
    let own = format!("{} itself", level.last().map_or("the crate", String::as_str));
    let names: Vec<_> = shortest.iter().map(|node| node.clone().unwrap_or_else(|| own.clone())).collect();
    let place = if level.is_empty() { "the crate".to_owned() } else { level.join("::") };
    let mut text = format!("in {place}, {}\n", names.join(" → "));
    for pair in shortest.windows(2) {
        for (from, to, name) in &arrows[&pair[0]][&pair[1]] {
            let module = |path: &[String]| if path.is_empty() { "lib.rs".to_owned() } else { path.join("::") };
            let _ = writeln!(text, "    {} uses {name} of {}", module(from), module(to));
        }
    }
    Some(text)
}

/// The shortest path from a node to itself.
fn shortest_cycle_from<N: Clone + Ord, W>(start: &N, arrows: &BTreeMap<N, BTreeMap<N, W>>) -> Option<Vec<N>> {
    let (mut waiting, mut seen) = (VecDeque::from([vec![start.clone()]]), BTreeSet::new());
    while let Some(way) = waiting.pop_front() {
        for next in arrows.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            let way = [&*way, from_ref(next)].concat();
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                waiting.push_back(way);
            }
        }
    }
    None
}
