//! The modules of Rust source and the paths in them.

use crate::names::{Leaf, use_tree};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::slice::from_ref;

/// Tokens: the parts of paths, and what separates them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(String),
    /// `::`
    Separator,
    Sign(char),
}

/// A module's own code.
#[derive(Debug, Default)]
pub struct Module {
    pub children: BTreeSet<String>,
    /// What names mean here, because of a `use`.
    pub imports: HashMap<String, Vec<String>>,
    /// Modules of which everything is re-exported.
    pub all_of: Vec<Vec<String>>,
    /// Every path in it; of the re-exports, those of which its own code uses the name.
    pub paths: Vec<Vec<String>>,
}

/// The modules of a crate by their paths; the root's is empty.
pub struct Crate {
    pub modules: BTreeMap<Vec<String>, Module>,
    /// Macros, which are called from everywhere, by the module that defines them.
    pub macros: HashMap<String, Vec<String>>,
}

impl Crate {
    pub fn read(sources: &[(Vec<String>, String)]) -> Self {
        let mut all = Self { modules: BTreeMap::new(), macros: HashMap::new() };
        for (path, text) in sources {
            let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.join("::")));
            let mut tokens = Vec::new();
            flatten(stream, &mut tokens);
            all.module(path, &tokens);
        }
        for path in all.modules.keys().cloned().collect::<Vec<_>>() {
            if let Some((name, parent)) = path.split_last()
                && let Some(parent) = all.modules.get_mut(parent)
            {
                parent.children.insert(name.clone());
            }
        }
        all
    }

    fn module(&mut self, path: &[String], tokens: &[Token]) {
        let (mut module, mut exports, mut words) = (Module::default(), Vec::new(), BTreeSet::new());
        let mut at = 0;
        while at < tokens.len() {
            if is_test_attribute(&tokens[at..]) {
                at = after_item(tokens, at + ATTRIBUTE);
            } else if is_word(tokens, at, "use") && begins_item(tokens, at) {
                let exported = at > 0 && (is_word(tokens, at - 1, "pub") || tokens[at - 1] == Token::Sign(')'));
                let mut leaves = Vec::new();
                at = use_tree(tokens, at + 1, &[], &mut leaves);
                for leaf in leaves {
                    if exported {
                        exports.push(leaf.clone());
                    }
                    module.import(leaf, exported);
                }
            } else if is_word(tokens, at, "mod") && tokens.get(at + 2) == Some(&Token::Sign('{')) {
                let Token::Word(name) = &tokens[at + 1] else { unreachable!("a module has a name") };
                let end = after_item(tokens, at);
                self.module(&[path, from_ref(name)].concat(), &tokens[at + 3..end - 1]);
                at = end;
            } else if let Some((words, end)) = path_at(tokens, at) {
                module.paths.push(words);
                at = end;
            } else {
                if is_word(tokens, at, "macro_rules")
                    && let Some(Token::Word(name)) = tokens.get(at + 2)
                {
                    self.macros.insert(name.clone(), path.to_owned());
                }
                if let Token::Word(word) = &tokens[at] {
                    words.insert(word.clone());
                }
                at += 1;
            }
        }
        module.paths.extend(exports.into_iter().filter(|leaf| words.contains(&leaf.name)).map(|leaf| leaf.path));
        self.modules.insert(path.to_owned(), module);
    }
}

impl Module {
    fn import(&mut self, Leaf { path, name }: Leaf, exported: bool) {
        if name == "*" {
            // A glob that is not re-exported brings names that cannot be told from others: its module counts.
            if exported {
                self.all_of.push(path)
            } else {
                self.paths.push([path, vec![name]].concat())
            }
            return;
        }
        self.imports.insert(name, path.clone());
        if !exported {
            self.paths.push(path);
        }
    }
}

/// Tokens in `#[cfg(test)]`.
const ATTRIBUTE: usize = 7;

fn is_test_attribute(tokens: &[Token]) -> bool {
    tokens.first() == Some(&Token::Sign('#')) && is_word(tokens, 2, "cfg") && is_word(tokens, 4, "test")
}

fn is_word(tokens: &[Token], at: usize, word: &str) -> bool {
    matches!(tokens.get(at), Some(Token::Word(found)) if found == word)
}

/// Whether what stands before `at` may stand before an item.
fn begins_item(tokens: &[Token], at: usize) -> bool {
    at == 0 || is_word(tokens, at - 1, "pub") || matches!(tokens[at - 1], Token::Sign(';' | '{' | '}' | ')' | ']'))
}

/// The place after the item that begins at `at`.
fn after_item(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']') => depth -= 1,
            Token::Sign('}') => {
                depth -= 1;
                if depth == 0 {
                    return place + 1;
                }
            }
            Token::Sign(';') if depth == 0 => return place + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The path of two words or more that begins at `at`, and the place after it.
fn path_at(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let Token::Word(first) = tokens.get(at)? else { return None };
    if at > 0 && tokens[at - 1] == Token::Separator {
        return None;
    }
    let (mut words, mut at) = (vec![first.clone()], at + 1);
    while let (Some(Token::Separator), Some(Token::Word(word))) = (tokens.get(at), tokens.get(at + 1)) {
        words.push(word.clone());
        at += 2;
    }
    (words.len() > 1).then_some((words, at))
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut stream = stream.into_iter().peekable();
    while let Some(tree) = stream.next() {
        match tree {
            TokenTree::Ident(word) => tokens.push(Token::Word(word.to_string())),
            TokenTree::Literal(_) => tokens.push(Token::Sign('0')),
            TokenTree::Punct(sign) if sign.as_char() == ':' => {
                match stream.next_if(|next| matches!(next, TokenTree::Punct(next) if next.as_char() == ':')) {
                    Some(_) => tokens.push(Token::Separator),
                    None => tokens.push(Token::Sign(':')),
                }
            }
            TokenTree::Punct(sign) => tokens.push(Token::Sign(sign.as_char())),
            TokenTree::Group(group) => {
                let signs = match group.delimiter() {
                    Delimiter::Parenthesis => Some(('(', ')')),
                    Delimiter::Brace => Some(('{', '}')),
                    Delimiter::Bracket => Some(('[', ']')),
                    Delimiter::None => None,
                };
                tokens.extend(signs.map(|(open, _)| Token::Sign(open)));
                flatten(group.stream(), tokens);
                tokens.extend(signs.map(|(_, close)| Token::Sign(close)));
            }
        }
    }
}
