//! Stores a password as an argon2id hash (RFC 9106) with the parameters that OWASP recommends, in a PHC string.

use argon2::password_hash::{Output, PasswordHash, SaltString};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash with the current parameters that no password matches. Verifying against it takes as long as verifying against
/// a real one, so the time of an answer does not tell whether the user exists.
pub const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5aGFzdGhpcw$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// The 19 MiB of memory that one computation needs; the next computation reuses it. If each computation allocated its
/// own, the heap arena of each thread would keep a copy, and after many logins the server would hold hundreds of MiB.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// The PHC string to store for a password; `None` if the library fails, which is not expected.
    pub fn hash(&mut self, password: &str, salt: &[u8; 16]) -> Option<String> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        self.compute(Algorithm::Argon2id, Version::V0x13, &params, password, salt, &mut output)?;
        let salt = SaltString::encode_b64(salt).ok()?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: (&params).try_into().ok()?,
            salt: Some(salt.as_salt()),
            hash: Some(Output::new(&output).ok()?),
        };
        Some(hash.to_string())
    }

    /// Compares a password with the hash of the current one and with the hashes of previous ones, separated by spaces:
    /// one computation, whatever the outcome. A previous hash counts only if it has the salt and the parameters of the
    /// current one. Text that is not a PHC string matches no password.
    pub fn compare(&mut self, current: &str, previous: &str, password: &str) -> PasswordMatch {
        self.recompute(current, previous, password).unwrap_or(PasswordMatch::Different)
    }

    fn recompute(&mut self, current: &str, previous: &str, password: &str) -> Option<PasswordMatch> {
        let kept = PasswordHash::new(current).ok()?;
        let algorithm = kept.algorithm.try_into().ok()?;
        let version = kept.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
        let params = Params::try_from(&kept).ok()?;
        let (mut salt, mut output) = ([0; 64], [0; 64]);
        let salt = kept.salt?.decode_b64(&mut salt).ok()?;
        let expected = kept.hash?;
        let output = output.get_mut(..expected.len())?;
        self.compute(algorithm, version, &params, password, salt, output)?;
        let output = Output::new(output).ok()?;
        let is_previous = |previous: &str| {
            PasswordHash::new(previous).is_ok_and(|previous| {
                (previous.algorithm, previous.version, previous.salt) == (kept.algorithm, kept.version, kept.salt)
                    && previous.params == kept.params
                    && previous.hash.is_some_and(|previous| previous == output)
            })
        };
        // `Output` compares in constant time.
        Some(if output == expected {
            PasswordMatch::Current
        } else if previous.split(' ').any(is_previous) {
            PasswordMatch::Previous
        } else {
            PasswordMatch::Different
        })
    }

    fn compute(
        &mut self,
        algorithm: Algorithm,
        version: Version,
        params: &Params,
        password: &str,
        salt: &[u8],
        output: &mut [u8],
    ) -> Option<()> {
        self.0.resize(params.block_count(), Block::new());
        let argon2 = Argon2::new(algorithm, version, params.clone());
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut self.0).ok()
    }
}

/// The result of comparing a presented password with the stored hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordMatch {
    /// The account's password.
    Current,
    /// A password that the account had before.
    Previous,
    /// Neither.
    Different,
}

/// The salt of a hash with the current parameters; `None` if the hash has other parameters.
pub fn salt_of(hash: &str) -> Option<[u8; 16]> {
    if is_outdated(hash) {
        return None;
    }
    let mut salt = [0; 16];
    let decoded = PasswordHash::new(hash).ok()?.salt?.decode_b64(&mut salt).ok()?.len();
    (decoded == salt.len()).then_some(salt)
}

/// Whether a hash was made with parameters other than the current ones.
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

    #[test]
    fn reused_memory_computes_the_same_hash() {
        let mut memory = Memory::default();
        let first = memory.hash("correct horse", &[7; 16]).unwrap();
        assert_eq!(memory.hash("correct horse", &[7; 16]).unwrap(), first);
        assert_ne!(memory.hash("correct horse", &[8; 16]).unwrap(), first);
        assert_eq!(memory.compare(&first, "", "correct horse"), PasswordMatch::Current);
        assert_eq!(memory.compare(&first, "", "correct mule"), PasswordMatch::Different);
        assert!(!is_outdated(&first));
    }

    #[test]
    fn hashes_are_compatible_with_the_argon2_library() {
        let hash = Memory::default().hash("correct horse", &[7; 16]).unwrap();
        let parsed = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());

        let older = Argon2::new(Algorithm::Argon2i, Version::V0x10, Params::new(64, 3, 2, Some(24)).unwrap());
        let salt = SaltString::encode_b64(&[9; 16]).unwrap();
        let hash = older.hash_password(b"correct horse", &salt).unwrap().to_string();
        assert_eq!(Memory::default().compare(&hash, "", "correct horse"), PasswordMatch::Current);
        assert_eq!(Memory::default().compare(&hash, "", "correct mule"), PasswordMatch::Different);
        assert!(is_outdated(&hash) && salt_of(&hash).is_none());
    }

    #[test]
    fn dummy_or_malformed_hash_matches_no_password() {
        assert!(PasswordHash::new(DUMMY_HASH).is_ok() && !is_outdated(DUMMY_HASH));
        for hash in [DUMMY_HASH, "", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "x"] {
            assert_eq!(Memory::default().compare(hash, hash, ""), PasswordMatch::Different, "{hash}");
        }
    }

    #[test]
    fn previous_password_with_the_same_salt_is_recognised() {
        let mut memory = Memory::default();
        let salt = [7; 16];
        let [first, second, third] = ["first", "second", "third"].map(|word| memory.hash(word, &salt).unwrap());
        assert_eq!(salt_of(&third), Some(salt));
        let previous = format!("{second} {first}");
        for (word, comparison) in [
            ("third", PasswordMatch::Current),
            ("second", PasswordMatch::Previous),
            ("first", PasswordMatch::Previous),
            ("fourth", PasswordMatch::Different),
            ("", PasswordMatch::Different),
        ] {
            assert_eq!(memory.compare(&third, &previous, word), comparison, "{word}");
        }
        let other_salt = memory.hash("second", &[8; 16]).unwrap();
        assert_eq!(memory.compare(&third, &other_salt, "second"), PasswordMatch::Different);
    }
}
