//! Accepts new passwords that are hard to guess. Rules about digits or capitals do not exist, and passwords neither
//! expire nor are truncated (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5 §6.2).

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
const ENOUGH: Score = Score::Three;

/// The message for a common password.
pub const USED_BY_MANY: &str = "Many people use this password, and it is guessed first.";

/// The advice for a short password.
pub const ADD_WORDS: &str = "Add another word or two; unusual ones are better.";

/// Public facts about the user, which attackers guess first.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
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
    /// The password could not be judged.
    Failed(HashingError),
}

/// The judgement of a new password.
struct Judgement {
    /// The password, or the text that tells the user why it is refused.
    decision: Result<NormalizedPassword, String>,
    /// How hard it is to guess, from 0 to 4; an accepted password has at least 3.
    strength: u8,
}

/// Accepts or refuses a new password, at registration or later.
///
/// # Errors
/// [`PasswordRefused`].
pub async fn choose(
    passwords: &Hasher,
    requester: &Requester,
    typed: &PlainPassword,
    owner: Owner<'_>,
) -> Result<NormalizedPassword, PasswordRefused> {
    let judgement = judge(typed, owner, passwords.permit(requester)).await.map_err(PasswordRefused::Failed)?;
    judgement.decision.map_err(PasswordRefused::NotAcceptable)
}

impl Accounts {
    /// Judges a new password for a user with these names, by the rules of a registration. This is not an attempt: it is
    /// not counted and changes nothing.
    ///
    /// # Errors
    /// [`HashingError`]: the password has not been judged.
    pub async fn advise_password(
        &self,
        username: &str,
        display_name: &str,
        password: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<PasswordAdvice, HashingError> {
        let owner = Owner { username, display_name, public_url: &self.rules.public_url };
        let permit = self.passwords.spare_permit(&Requester::at(client));
        let Judgement { decision, strength } = judge(password, owner, permit).await?;
        Ok(PasswordAdvice { acceptable: decision.is_ok(), strength, advice: decision.err() })
    }
}

/// Judges a password on the hashing threads, if their queue has a place: most passwords take less than a millisecond,
/// but a long one can take as much as a hash.
async fn judge(
    typed: &PlainPassword,
    owner: Owner<'_>,
    permit: Result<HashPermit, HashingError>,
) -> Result<Judgement, HashingError> {
    let chosen = match NormalizedPassword::chosen(typed) {
        Ok(chosen) => chosen,
        Err(fault) => return Ok(Judgement { decision: Err(fault.message().to_owned()), strength: 0 }),
    };
    let guesses = guesses(owner);
    permit?.run(move |_| judgement(chosen, &guesses)).await
}

/// The username, the display name, the site's names, and the words in them.
fn guesses(owner: Owner<'_>) -> Vec<String> {
    /// The length of a name is not yet checked here: it may be as long as the request body.
    const LONGEST: usize = 100;
    let url = Url::parse(owner.public_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let mut guesses = vec!["latchkey".to_owned()];
    for name in [owner.username, owner.display_name, host] {
        let name: String = name.trim().chars().take(LONGEST).collect();
        // Words of one or two letters occur in every password, and would make each look weak.
        let words = name.split(|c: char| !c.is_alphanumeric()).chain([name.as_str()]);
        guesses.extend(words.filter(|word| word.chars().count() > 2).map(str::to_owned));
    }
    guesses
}

fn judgement(password: NormalizedPassword, guesses: &[String]) -> Judgement {
    let guesses: Vec<&str> = guesses.iter().map(String::as_str).collect();
    let entropy = zxcvbn(affordable(password.expose()), &guesses);
    let strength = u8::from(entropy.score());
    if entropy.score() >= ENOUGH {
        return Judgement { decision: Ok(password), strength };
    }
    let mut sentences = vec![reason(&entropy, &guesses)];
    for suggestion in entropy.feedback().map(|feedback| feedback.suggestions()).unwrap_or_default() {
        let sentence = advice(*suggestion);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    Judgement { decision: Err(sentences.join(" ")), strength }
}

/// The beginning of a password that zxcvbn can judge in about the time of a hash. zxcvbn reads at most 100 characters
/// and is fast, except that it tries each way in which symbols could stand for letters: 576 ways if all the symbols
/// occur. Such a password takes a second, and any client may send one. So zxcvbn gets the longest beginning for which
/// the work (ways times the length squared) is within the limit. The beginning can only score lower than the password;
/// in practice it does not, because a password that exceeds the limit has many different symbols, which are hard to
/// guess.
fn affordable(password: &str) -> &str {
    /// For each letter, the symbols that zxcvbn treats as that letter.
    const SYMBOLS: [&str; 7] = ["4@", "({[<", "69", "1!|", "1|7", "$5", "+7"];
    const MOST_WORK: usize = 40_000;

    let mut seen: [Vec<char>; SYMBOLS.len()] = Default::default();
    for (index, (at, c)) in password.char_indices().enumerate() {
        for (symbols, seen) in SYMBOLS.iter().zip(&mut seen) {
            if symbols.contains(c) && !seen.contains(&c) {
                seen.push(c);
            }
        }
        let ways: usize = seen.iter().map(|seen| seen.len().max(1)).product();
        if ways * (index + 1).pow(2) > MOST_WORK {
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
            USED_BY_MANY
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

    const ADA: Owner<'static> =
        Owner { username: "ada.lovelace", display_name: "Ada Lovelace", public_url: "https://login.example.org" };

    fn judged(password: &str) -> Option<String> {
        let password = NormalizedPassword::chosen(&PlainPassword::from(password.to_owned())).unwrap();
        judgement(password, &guesses(ADA)).decision.err()
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
            let complaint = judged(easy).unwrap_or_else(|| panic!("{easy} was taken"));
            assert!(complaint.contains(hint), "{easy}: {complaint}");
            assert!(complaint.contains("Add another word or two"), "{easy}: {complaint}");
        }
    }

    #[test]
    fn unguessable_password_without_symbols_is_accepted() {
        for hard in ["correct horse battery staple", "purple otter kettle", "grün ist die hoffnung", "xkwqzvprtmhb"] {
            assert_eq!(judged(hard), None, "{hard}");
        }
    }

    #[test]
    fn password_costly_to_judge_is_judged_by_its_beginning() {
        let slow = "4@8({[<369!1|70$5+%2zx".repeat(5);
        let part = affordable(&slow);
        assert!((10..30).contains(&part.len()) && slow.starts_with(part), "{part}");
        assert_eq!(judged(&slow), None, "and that is hard enough by itself");
        for quick in ["a".repeat(128), "correct horse battery staple".repeat(4), "1234567890".repeat(9)] {
            assert_eq!(affordable(&quick), quick);
        }
    }
}
