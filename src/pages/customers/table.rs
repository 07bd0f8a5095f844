//! The state of the table: search, order and page.

use std::collections::BinaryHeap;

/// The number of rows on a page.
const PAGE_SIZE: usize = 10;

/// A customer. Ordered by name; equal names keep the server's order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The normalized name, for searching and sorting.
    key: String,
    /// The position in the server's list, from 1.
    pub number: usize,
    pub name: String,
}

/// All customers, with the search, the order and the page that the user has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// In the server's order.
    rows: Vec<Row>,
    /// A substring of the key of each shown row.
    search: String,
    by_name: bool,
    descending: bool,
    /// The index of the page, from 0.
    page: usize,
}

/// The rows of the current page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub rows: Vec<Row>,
    /// The number of rows on previous pages.
    before: usize,
    /// The number of rows on all pages.
    pub total: usize,
}

impl Table {
    /// Shows the first page of `names` in their order; `key` normalizes a name for searching and sorting.
    pub fn new(names: Vec<String>, key: fn(&str) -> String) -> Self {
        let row = |(at, name): (usize, String)| Row { number: at + 1, key: key(&name), name };
        Self { rows: names.into_iter().enumerate().map(row).collect(), ..Self::default() }
    }

    /// Searches for `key`, and goes to the first page.
    pub fn search(&mut self, key: String) {
        self.search = key;
        self.page = 0;
    }

    /// Sorts by this column; if the table is already sorted by it, reverses the order.
    pub fn sort(&mut self, by_name: bool) {
        self.descending = self.by_name == by_name && !self.descending;
        self.by_name = by_name;
        self.page = 0;
    }

    /// Goes to the next or the previous page, if there is one.
    pub fn turn(&mut self, forward: bool) {
        if self.shown().has_more(forward) {
            self.page = if forward { self.page + 1 } else { self.page - 1 };
        }
    }

    /// The column's `aria-sort`.
    pub fn direction(&self, by_name: bool) -> &'static str {
        match (self.by_name == by_name, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// The rows of the current page.
    pub fn shown(&self) -> Shown {
        let mut found: Vec<&Row> = self.rows.iter().filter(|row| row.key.contains(&self.search)).collect();
        if self.by_name {
            // Heap sort, because the code of a slice's sort is several times larger to download.
            found = BinaryHeap::from(found).into_sorted_vec();
        }
        if self.descending {
            found.reverse();
        }
        let (before, total) = (self.page * PAGE_SIZE, found.len());
        Shown { rows: found.into_iter().skip(before).take(PAGE_SIZE).cloned().collect(), before, total }
    }
}

impl Shown {
    /// Whether there is a next or a previous page.
    pub fn has_more(&self, forward: bool) -> bool {
        if forward { self.before + self.rows.len() < self.total } else { self.before > 0 }
    }

    /// The range of the shown rows: `11–20 of 43`.
    pub fn place(&self) -> String {
        format!("{}–{} of {}", self.before + 1, self.before + self.rows.len(), self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str]) -> Table {
        Table::new(names.iter().map(|name| (*name).to_owned()).collect(), str::to_lowercase)
    }

    fn of_many(count: usize) -> Table {
        Table::new((0..count).map(|at| format!("Customer {at}")).collect(), str::to_lowercase)
    }

    fn numbers(table: &Table) -> Vec<usize> {
        table.shown().rows.iter().map(|row| row.number).collect()
    }

    #[test]
    fn column_sorted_again_is_reversed_and_another_ascends() {
        let mut table = table(&["Jane", "amara", "Zoe", "jane"]);
        assert_eq!(numbers(&table), [1, 2, 3, 4]);
        assert_eq!((table.direction(false), table.direction(true)), ("ascending", "none"));
        table.sort(true);
        assert_eq!(numbers(&table), [2, 1, 4, 3], "namesakes keep their order");
        table.sort(true);
        assert_eq!(numbers(&table), [3, 4, 1, 2]);
        assert_eq!((table.direction(false), table.direction(true)), ("none", "descending"));
        table.sort(false);
        assert_eq!(numbers(&table), [1, 2, 3, 4]);
        table.sort(false);
        assert_eq!(numbers(&table), [4, 3, 2, 1]);
    }

    #[test]
    fn search_matches_parts_of_names_from_the_first_page() {
        let mut table = of_many(43);
        table.turn(true);
        table.search("er 4".to_owned());
        assert_eq!((numbers(&table), table.shown().place()), (vec![5, 41, 42, 43], "1–4 of 4".to_owned()));
        table.sort(false);
        assert_eq!(numbers(&table), [43, 42, 41, 5], "the search outlives the sorting");
        table.search("zzz".to_owned());
        assert_eq!(table.shown(), Shown::default());
        table.search(String::new());
        assert_eq!(table.shown().total, 43);
    }

    #[test]
    fn table_has_ten_rows_per_page_and_a_shorter_last() {
        let mut table = of_many(43);
        let place = |table: &Table| {
            let shown = table.shown();
            (shown.place(), shown.has_more(false), shown.has_more(true))
        };
        table.turn(false);
        assert_eq!(place(&table), ("1–10 of 43".to_owned(), false, true), "there is none before the first");
        table.turn(true);
        assert_eq!(place(&table), ("11–20 of 43".to_owned(), true, true));
        for _ in 0..9 {
            table.turn(true);
        }
        assert_eq!(place(&table), ("41–43 of 43".to_owned(), true, false), "nor one after the last");
        assert_eq!(numbers(&table), [41, 42, 43]);
        table.turn(false);
        assert_eq!(place(&table).0, "31–40 of 43");
        table.sort(false);
        assert_eq!(numbers(&table)[0], 43, "a new order is read from its beginning");
    }

    #[test]
    fn table_of_whole_pages_has_no_empty_page() {
        let mut table = of_many(20);
        table.turn(true);
        assert!(!table.shown().has_more(true));
        assert_eq!(table.shown().place(), "11–20 of 20");
        assert!(!of_many(10).shown().has_more(true));
    }
}
