//! Accepts new passwords that are hard to guess, without rules about digits or capitals. Passwords are neither truncated
//! nor expire (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5 §6.2).

use super::hasher::HashPermit;
use super::service::Accounts;
use super::{Hasher, HashingError, NormalizedPassword, Requester};
use crate::sessions::ClientInfo;
use latchkey_wire::{PasswordAdvice, PlainPassword};
use url::Url;
use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Score, zxcvbn};

/// The lowest accepted score, 3 of 4: at least 10^8 guesses by the estimate of zxcvbn, which knows common passwords,
/// names, words, dates, keyboard patterns and usual substitutions.
///
/// Throttling stops online guessing after a few thousand guesses, but not offline guessing with a copy of the database.
/// At about 20 ms of one core for each guess, a password that scores 2 (10^6 guesses) is found within six hours; one
/// that scores 3 takes at least three weeks. A limit of 4 would reject passwords that people can remember.
const MIN_SCORE: Score = Score::Three;

/// The message for a common password.
pub const COMMON_PASSWORD: &str = "Many people use this password, and it is guessed first.";

/// The advice for a short password.
pub const ADD_WORDS: &str = "Add another word or two; unusual ones are better.";

/// Public facts about the user, which attackers guess first. zxcvbn calls them `user_inputs`.
#[derive(Clone, Copy, Debug)]
pub struct UserInputs<'a> {
    /// The username as typed.
    pub username: &'a str,
    /// The name that is shown; may be empty.
    pub display_name: &'a str,
    /// Where users sign in.
    pub public_url: &'a str,
}

/// Why a new password is refused.
#[derive(Debug)]
pub enum PasswordRefused {
    /// It breaks the rules; the text tells the user why, with advice.
    NotAcceptable(String),
    /// The strength could not be estimated.
    Failed(HashingError),
}

/// How hard a new password is to guess, and whether that is enough.
struct Estimate {
    /// The password, or the text that tells the user why it is refused.
    decision: Result<NormalizedPassword, String>,
    /// The score of zxcvbn, from 0 to 4; an accepted password has at least 3.
    strength: u8,
}

/// Checks a new password, at a registration or a change.
///
/// # Errors
/// [`PasswordRefused`].
pub async fn check_new_password(
    passwords: &Hasher,
    requester: &Requester,
    typed: &PlainPassword,
    user_inputs: UserInputs<'_>,
) -> Result<NormalizedPassword, PasswordRefused> {
    let estimate = estimate_on_hashing_threads(typed, user_inputs, passwords.permit(requester))
        .await
        .map_err(PasswordRefused::Failed)?;
    estimate.decision.map_err(PasswordRefused::NotAcceptable)
}

impl Accounts {
    /// Checks a new password for a user with these names, by the rules of a registration. It is not throttled and
    /// changes nothing.
    ///
    /// # Errors
    /// [`HashingError`] if the strength was not estimated.
    pub async fn advise_password(
        &self,
        username: &str,
        display_name: &str,
        password: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<PasswordAdvice, HashingError> {
        let user_inputs = UserInputs { username, display_name, public_url: &self.rules.public_url };
        let permit = self.passwords.low_priority_permit(&Requester::at(client));
        let Estimate { decision, strength } = estimate_on_hashing_threads(password, user_inputs, permit).await?;
        Ok(PasswordAdvice { acceptable: decision.is_ok(), strength, advice: decision.err() })
    }
}

/// Estimates a password on the hashing threads, if their queue has a place: most passwords take less than a
/// millisecond, but a long one can take as long as a hash.
async fn estimate_on_hashing_threads(
    typed: &PlainPassword,
    user_inputs: UserInputs<'_>,
    permit: Result<HashPermit, HashingError>,
) -> Result<Estimate, HashingError> {
    let chosen = match NormalizedPassword::chosen(typed) {
        Ok(chosen) => chosen,
        Err(fault) => return Ok(Estimate { decision: Err(fault.message().to_owned()), strength: 0 }),
    };
    let guesses = first_guesses(user_inputs);
    permit?.run(move |_| estimate(chosen, &guesses)).await
}

/// The username, the display name, the site's names, and the words in them.
fn first_guesses(user_inputs: UserInputs<'_>) -> Vec<String> {
    /// A name may be as long as the request body, because its length has not been checked yet.
    const MAX_CHARACTERS: usize = 100;
    let url = Url::parse(user_inputs.public_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let mut guesses = vec!["latchkey".to_owned()];
    for name in [user_inputs.username, user_inputs.display_name, host] {
        let name: String = name.trim().chars().take(MAX_CHARACTERS).collect();
        // Words of one or two letters occur in every password, and would make each look weak.
        let words = name.split(|c: char| !c.is_alphanumeric()).chain([name.as_str()]);
        guesses.extend(words.filter(|word| word.chars().count() > 2).map(str::to_owned));
    }
    guesses
}

fn estimate(password: NormalizedPassword, guesses: &[String]) -> Estimate {
    let guesses: Vec<&str> = guesses.iter().map(String::as_str).collect();
    let entropy = zxcvbn(estimable_prefix(password.expose()), &guesses);
    let strength = u8::from(entropy.score());
    if entropy.score() >= MIN_SCORE {
        return Estimate { decision: Ok(password), strength };
    }
    let mut sentences = vec![reason(&entropy, &guesses)];
    for suggestion in entropy.feedback().map(|feedback| feedback.suggestions()).unwrap_or_default() {
        let sentence = advice(*suggestion);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    Estimate { decision: Err(sentences.join(" ")), strength }
}

/// The beginning of a password that zxcvbn can estimate in about the time of a hash. zxcvbn reads at most 100
/// characters and is fast, except that it tries each way in which symbols could stand for letters: 576 ways if all the
/// symbols occur. Such a password takes a second, and any client may send one. So zxcvbn gets the longest beginning for
/// which the work (ways times the length squared) is within the limit. The beginning can only score lower than the
/// password; in practice it does not, because a password that exceeds the limit has many different symbols, which are
/// hard to guess.
fn estimable_prefix(password: &str) -> &str {
    /// For each letter, the symbols that zxcvbn treats as that letter.
    const SYMBOLS: [&str; 7] = ["4@", "({[<", "69", "1!|", "1|7", "$5", "+7"];
    const MAX_WORK: usize = 40_000;

    let mut seen: [Vec<char>; SYMBOLS.len()] = Default::default();
    for (index, (at, c)) in password.char_indices().enumerate() {
        for (symbols, seen) in SYMBOLS.iter().zip(&mut seen) {
            if symbols.contains(c) && !seen.contains(&c) {
                seen.push(c);
            }
        }
        let ways: usize = seen.iter().map(|seen| seen.len().max(1)).product();
        if ways * (index + 1).pow(2) > MAX_WORK {
            return password.get(..at).unwrap_or(password);
        }
    }
    password
}

fn reason(entropy: &Entropy, guesses: &[&str]) -> &'static str {
    let personal = |pattern: &MatchPattern| match pattern {
        MatchPattern::Dictionary(found) => guesses.iter().any(|guess| guess.to_lowercase() == found.matched_word),
        _ => false,
    };
    match entropy.feedback().and_then(|feedback| feedback.warning()) {
        _ if entropy.sequence().iter().any(|part| personal(&part.pattern)) => {
            "Your name and the name of this site are guessed first."
        }
        None => "This is too easy to guess.",
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "Keys that lie side by side are easy to guess."
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "Repetitions are easy to guess."
        }
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword) => {
            COMMON_PASSWORD
        }
        Some(Warning::ThisIsSimilarToACommonlyUsedPassword) => "This is close to a password that many people use.",
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => "Sequences such as abc or 6543 are easy to guess.",
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "Years and dates are easy to guess."
        }
        Some(Warning::AWordByItselfIsEasyToGuess) => "A word by itself is easy to guess.",
        Some(Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess) => {
            "Names are easy to guess."
        }
    }
}

fn advice(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "Use a few words that do not usually stand together.",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => "It needs no symbols, digits or capitals.",
        Suggestion::AddAnotherWordOrTwo => ADD_WORDS,
        Suggestion::CapitalizationDoesntHelpVeryMuch | Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "Capitals hardly help."
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => "Writing words backwards hardly helps.",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "Writing @ for a, and the like, hardly helps.",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => "Use words rather than patterns on the keyboard.",
        Suggestion::AvoidRepeatedWordsAndCharacters => "Avoid repeating words and characters.",
        Suggestion::AvoidSequences => "Avoid sequences.",
        Suggestion::AvoidRecentYears
        | Suggestion::AvoidYearsThatAreAssociatedWithYou
        | Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => "Avoid years and dates that mean something to you.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserInputs<'static> =
        UserInputs { username: "ada.lovelace", display_name: "Ada Lovelace", public_url: "https://login.example.org" };

    fn advice_on(password: &str) -> Option<String> {
        let password = NormalizedPassword::chosen(&PlainPassword::from(password.to_owned())).unwrap();
        estimate(password, &first_guesses(ADA)).decision.err()
    }

    #[test]
    fn guessable_password_is_refused_with_specific_advice() {
        for (easy, hint) in [
            ("password", "Many people use this password"),
            ("P@ssw0rd", "Writing @ for a"),
            ("drowssap", "backwards"),
            ("qwertyuiop", "Many people"),
            ("zxcvbnm,./", "Keys that lie side by side"),
            ("aaaaaaaaaaaaaaaaaaaa", "Repetitions"),
            ("abcdefghijklmnop", "Sequences"),
            ("31.12.1999", "dates"),
            ("ada.lovelace", "Your name"),
            ("lovelace99", "Your name"),
            ("latchkey1", "the name of this site"),
            ("login.example.org", "the name of this site"),
        ] {
            let advice = advice_on(easy).unwrap_or_else(|| panic!("{easy} was accepted"));
            assert!(advice.contains(hint), "{easy}: {advice}");
            assert!(advice.contains("Add another word or two"), "{easy}: {advice}");
        }
    }

    #[test]
    fn unguessable_password_without_symbols_is_accepted() {
        for hard in ["correct horse battery staple", "purple otter kettle", "grün ist die hoffnung", "xkwqzvprtmhb"] {
            assert_eq!(advice_on(hard), None, "{hard}");
        }
    }

    #[test]
    fn password_costly_to_judge_is_judged_by_its_beginning() {
        let slow = "4@8({[<369!1|70$5+%2zx".repeat(5);
        let part = estimable_prefix(&slow);
        assert!((10..30).contains(&part.len()) && slow.starts_with(part), "{part}");
        assert_eq!(advice_on(&slow), None, "and that is hard enough by itself");
        for quick in ["a".repeat(128), "correct horse battery staple".repeat(4), "1234567890".repeat(9)] {
            assert_eq!(estimable_prefix(&quick), quick);
        }
    }
}
