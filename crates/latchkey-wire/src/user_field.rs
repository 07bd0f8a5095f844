//! [`UserField`]: a field of an account that the application defines.

/// Names that the registration form already uses.
const TAKEN: [&str; 5] = ["username", "displayName", "password", "remember", "fields"];
const MAX_NAME_LENGTH: usize = 40;

/// A text that users enter when they register, and that responses contain in `user.fields`. An application declares its
/// fields once, in code that server and browser share, and gives them to the server's settings and to the form.
///
/// ```
/// use latchkey_wire::UserField;
///
/// pub const FIELDS: &[UserField] =
///     &[UserField::text("company", "Company").optional().longest(60).autocomplete("organization")];
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserField {
    name: &'static str,
    label: &'static str,
    is_required: bool,
    longest: usize,
    autocomplete: &'static str,
}

impl UserField {
    /// A required field of at most 100 characters. `name` is its name in JSON, `label` its label in the form.
    ///
    /// # Panics
    /// While a constant is compiled, if `name` is not camelCase (a small ASCII letter, then at most 39 ASCII letters and
    /// digits) or is `username`, `displayName`, `password`, `remember` or `fields`.
    pub const fn text(name: &'static str, label: &'static str) -> Self {
        assert!(
            is_camel_case(name),
            "the name of a user field must be camelCase, with at most 40 ASCII letters and digits"
        );
        let [a, b, c, d, e] = TAKEN;
        assert!(
            !(is_same(name, a) || is_same(name, b) || is_same(name, c) || is_same(name, d) || is_same(name, e)),
            "a user field must not have the name of a field that every account has"
        );
        Self { name, label, is_required: true, longest: 100, autocomplete: "on" }
    }

    /// Lets users leave the field empty.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Sets the length of the longest text, in characters. All fields of an application together have at most 1000.
    ///
    /// # Panics
    /// While a constant is compiled, if the length is 0.
    #[must_use]
    pub const fn longest(mut self, characters: usize) -> Self {
        assert!(characters > 0, "the longest text of a user field must have at least one character");
        self.longest = characters;
        self
    }

    /// Sets the value of the attribute `autocomplete`, such as `organization`, by which browsers fill in the field.
    /// Without it, the browser decides.
    #[must_use]
    pub const fn autocomplete(mut self, hint: &'static str) -> Self {
        self.autocomplete = hint;
        self
    }

    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The label in the form.
    pub const fn label(&self) -> &'static str {
        self.label
    }

    /// Whether the field must not be empty.
    pub const fn is_required(&self) -> bool {
        self.is_required
    }

    /// The length of the longest text, in characters.
    pub const fn longest_text(&self) -> usize {
        self.longest
    }

    /// The value of the attribute `autocomplete`.
    pub const fn autocomplete_hint(&self) -> &'static str {
        self.autocomplete
    }
}

const fn is_camel_case(name: &str) -> bool {
    let [b'a'..=b'z', rest @ ..] = name.as_bytes() else { return false };
    let mut rest = rest;
    if rest.len() >= MAX_NAME_LENGTH {
        return false;
    }
    while let [first, others @ ..] = rest {
        if !first.is_ascii_alphanumeric() {
            return false;
        }
        rest = others;
    }
    true
}

const fn is_same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let ([first_of_a, rest_of_a @ ..], [first_of_b, rest_of_b @ ..]) = (a, b) {
        if *first_of_a != *first_of_b {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    a.is_empty() && b.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    const COMPANY: UserField =
        UserField::text("company", "Company").optional().longest(60).autocomplete("organization");

    #[test]
    fn description_has_what_was_declared() {
        assert_eq!((COMPANY.name(), COMPANY.label(), COMPANY.is_required()), ("company", "Company", false));
        assert_eq!((COMPANY.longest_text(), COMPANY.autocomplete_hint()), (60, "organization"));
        let plain = UserField::text("vatId2", "VAT ID");
        assert_eq!((plain.is_required(), plain.longest_text(), plain.autocomplete_hint()), (true, 100, "on"));
    }

    #[test]
    fn name_that_is_not_camel_case_or_taken_is_refused() {
        let long = "a".repeat(MAX_NAME_LENGTH + 1).leak();
        for name in
            ["", "Company", "vat_id", "vat-id", "2nd", "größe", "a b", "username", "displayName", "fields", long]
        {
            assert!(catch_unwind(|| UserField::text(name, "x")).is_err(), "{name}");
        }
        assert_eq!(UserField::text("usernames", "x").name(), "usernames");
        assert_eq!(UserField::text(&long[1..], "x").name().len(), MAX_NAME_LENGTH);
    }
}
