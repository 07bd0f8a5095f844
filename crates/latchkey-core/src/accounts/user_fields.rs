//! Checks the texts that users enter for the fields of an application. The same characters are accepted as in display
//! names.

use super::display_name::{MARKS, TextFault, fault_in};
use latchkey_wire::{EnteredFields, FieldErrors, FieldValues, UserField};

/// Returns the acceptable texts for the declared fields, trimmed and without the empty ones; adds a message to `errors`
/// for each value that is not acceptable. Other names are ignored, as unknown members of a request are, so that a client
/// may know of fields that this server does not have yet.
pub fn check(declared: &[UserField], entered: &EnteredFields, errors: &mut FieldErrors) -> FieldValues {
    let mut acceptable = Vec::new();
    for field in declared {
        if entered.is_of_another_type(field.name()) {
            errors.add(field.name(), "This must be a text.");
            continue;
        }
        let text = entered.get(field.name()).unwrap_or_default().trim();
        match fault(field, text) {
            Some(message) => errors.add(field.name(), &message),
            None if text.is_empty() => {}
            None => acceptable.push((field.name(), text.to_owned())),
        }
    }
    acceptable.into_iter().collect()
}

/// What to change, for the user.
fn fault(field: &UserField, text: &str) -> Option<String> {
    if text.is_empty() {
        return field.is_required().then(|| "Fill out this field.".to_owned());
    }
    Some(match fault_in(text, field.longest_text())? {
        TextFault::Blank if field.is_required() => "Use at least one character that can be seen.".to_owned(),
        TextFault::Blank => "Use at least one character that can be seen, or leave this empty.".to_owned(),
        TextFault::LongOrHidden if field.longest_text() == 1 => "Use one character that can be seen.".to_owned(),
        TextFault::LongOrHidden => format!("Use at most {} characters, without invisible ones.", field.longest_text()),
        TextFault::Marks => MARKS.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [UserField; 2] =
        [UserField::text("company", "Company").longest(5), UserField::text("city", "City").optional()];

    fn checked(entered: &[(&'static str, &str)]) -> (FieldValues, FieldErrors) {
        let mut errors = FieldErrors::default();
        let entered: FieldValues = entered.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        (check(&FIELDS, &entered.into(), &mut errors), errors)
    }

    #[test]
    fn required_field_is_missing_if_absent_empty_or_blank() {
        for entered in [&[][..], &[("company", "")], &[("company", " \t")], &[("company", "\u{2800}")]] {
            let (values, errors) = checked(entered);
            assert!(errors.get("company").is_some() && errors.len() == 1 && values.is_empty(), "{entered:?}");
        }
    }

    #[test]
    fn acceptable_texts_are_trimmed_and_others_left_out() {
        let (values, errors) = checked(&[("city", " "), ("shoeSize", "\u{0}"), ("company", " Größe ")]);
        assert!(errors.is_empty());
        assert_eq!(values.iter().collect::<Vec<_>>(), [("company", "Größe")]);
    }

    #[test]
    fn every_wrong_field_has_a_message() {
        let (_, errors) = checked(&[("company", "sixsix"), ("city", "Os\u{202e}lo")]);
        assert_eq!(errors.get("company"), Some(&["Use at most 5 characters, without invisible ones.".to_owned()][..]));
        assert!(errors.get("city").unwrap()[0].contains("100 characters, without invisible"));
        let (_, errors) = checked(&[("company", "A\u{301}\u{301}\u{301}\u{301}\u{301}"), ("city", "\u{301}a")]);
        assert!(errors.get("city").unwrap()[0].contains("accents"));
    }
}
