//! Values of rows, and a checksum of all rows of a table.

use aws_lc_rs::digest;

/// A value of a row; `None` is NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// The number of rows, and the sum of their SHA-256 digests as 256-bit numbers. The order of the rows does not matter,
/// because the databases sort text by different rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checksum {
    pub(super) rows: u64,
    sum: [u8; 32],
}

impl Checksum {
    pub(super) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        let mut carry = 0;
        for (byte, other) in self.sum.iter_mut().zip(digest::digest(&digest::SHA256, &encode(row)).as_ref()) {
            let [low, high] = (u16::from(*byte) + u16::from(*other) + carry).to_le_bytes();
            (*byte, carry) = (low, u16::from(high));
        }
    }
}

/// The values of a row as bytes: for each its kind, its length and its content.
fn encode(row: &[Value]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut put = |kind: u8, content: &[u8]| {
        encoded.push(kind);
        encoded.extend((content.len() as u64).to_le_bytes());
        encoded.extend(content);
    };
    for value in row {
        match value {
            Value::Integer(Some(number)) => put(1, &number.to_le_bytes()),
            Value::Text(Some(text)) => put(2, text.as_bytes()),
            Value::Bytes(Some(bytes)) => put(3, bytes),
            Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => put(0, &[]),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&[Value]]) -> Checksum {
        rows.iter().fold(Checksum::default(), |mut checksum, row| {
            checksum.add(row);
            checksum
        })
    }

    fn text(text: &str) -> Value {
        Value::Text(Some(text.to_owned()))
    }

    #[test]
    fn checksum_ignores_only_the_order_of_rows() {
        let (ada, eve) = ([text("ada"), Value::Integer(Some(1))], [text("eve"), Value::Integer(None)]);
        let both = of(&[&ada, &eve]);
        assert_eq!(both, of(&[&eve, &ada]));
        for others in [
            vec![&ada[..]],
            vec![&ada, &ada],
            vec![&ada, &eve, &eve],
            vec![&ada, &[text("eve"), Value::Integer(Some(0))]],
            vec![&ada, &[text("Eve"), Value::Integer(None)]],
            vec![&ada, &[text(""), text("eve")]],
            vec![&ada, &[Value::Integer(None), text("eve")]],
        ] {
            assert_ne!(both, of(&others), "{others:?}");
        }
    }

    #[test]
    fn value_that_moves_to_the_next_column_is_noticed() {
        for (one, other) in [
            ([text("ab"), text("c")], [text("a"), text("bc")]),
            ([text(""), Value::Text(None)], [Value::Text(None), text("")]),
            ([text("a"), text("")], [Value::Bytes(Some(b"a".to_vec())), text("")]),
        ] {
            assert_ne!(of(&[&one]), of(&[&other]), "{one:?}");
        }
    }
}
