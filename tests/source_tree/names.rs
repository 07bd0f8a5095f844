//! Resolves a path in its module.

use crate::source::{Crate, Token};

/// One name that a `use` declares.
#[derive(Clone)]
pub struct Leaf {
    pub path: Vec<String>,
    /// Its last segment, what comes after `as`, or `*`.
    pub name: String,
}

/// Reads the tree that begins at `at`, and returns where it ends.
pub fn use_tree(tokens: &[Token], mut at: usize, prefix: &[String], leaves: &mut Vec<Leaf>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match &tokens[at] {
            Token::Sign('{') => {
                at += 1;
                while tokens[at] != Token::Sign('}') {
                    at = use_tree(tokens, at, &path, leaves);
                    at += usize::from(tokens[at] == Token::Sign(','));
                }
                return at + 1;
            }
            Token::Separator => at += 1,
            Token::Sign(_) => {
                leaves.push(Leaf { path, name: "*".to_owned() });
                return at + 1;
            }
            Token::Word(word) => {
                if word != "self" || path.is_empty() {
                    path.push(word.clone());
                }
                at += 1;
                match &tokens[at..] {
                    [Token::Separator, ..] => {}
                    [Token::Word(keyword), Token::Word(name), ..] if keyword == "as" => {
                        leaves.push(Leaf { path, name: name.clone() });
                        return at + 2;
                    }
                    _ => {
                        let name = path.last().cloned().unwrap_or_default();
                        leaves.push(Leaf { path, name });
                        return at;
                    }
                }
            }
        }
    }
}

impl Crate {
    /// The module that defines what a path in `module` names, and the name; `None` for another crate's, and for a module.
    pub fn definer(&self, module: &[String], path: &[String]) -> Option<(Vec<String>, String)> {
        self.follow(&self.absolute(module, path, 0)?, 0)
    }

    /// The path from the root of the crate; `None` if it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let (_, parent) = module.split_last()?;
                match rest.first() {
                    Some(next) if next == "super" => self.absolute(parent, rest, depth),
                    _ => Some([parent, rest].concat()),
                }
            }
            name => {
                let here = self.modules.get(module)?;
                if here.children.contains(name) {
                    return Some([module, path].concat());
                }
                let import = here.imports.get(name).filter(|import| *import != path && depth < MOST_STEPS)?;
                Some([self.absolute(module, import, depth + 1)?, rest.to_vec()].concat())
            }
        }
    }

    fn follow(&self, path: &[String], depth: usize) -> Option<(Vec<String>, String)> {
        let mut module = Vec::new();
        for (at, name) in path.iter().enumerate() {
            let here = &self.modules[&module];
            if here.children.contains(name) {
                module.push(name.clone());
                continue;
            }
            if depth < MOST_STEPS {
                if let Some(import) = here.imports.get(name) {
                    let target = self.absolute(&module, import, 0)?;
                    return self.follow(&[&target, &path[at + 1..]].concat(), depth + 1);
                }
                for all in &here.all_of {
                    let target = self.absolute(&module, all, 0)?;
                    let found = self.follow(&[&target, &path[at..]].concat(), depth + 1);
                    if found.is_some() {
                        return found;
                    }
                }
            }
            if module.is_empty()
                && let Some(definer) = self.macros.get(name)
            {
                return Some((definer.clone(), name.clone()));
            }
            return Some((module, name.clone()));
        }
        None
    }
}

/// Re-exports of re-exports that are followed.
const MOST_STEPS: usize = 20;
