//! Reads passwords from a terminal without echo, or as one line of standard input. A password is never an argument:
//! other users of the machine can see arguments, and the shell's history keeps them.

use super::failure::Failure;
use latchkey_wire::PlainPassword;
use std::io::{self, BufRead, BufReader, IsTerminal as _};

/// The longest accepted input, in bytes. The longest valid password is shorter.
const MAX_INPUT: u64 = 4096;

/// Asks for the new password of `username`.
pub fn ask(username: &str) -> Result<PlainPassword, Failure> {
    let text = if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(format!("New password for {username}: ")).map_err(not_read)?;
        if rpassword::prompt_password("The same again: ").map_err(not_read)? != typed {
            return Err(Failure::could_not("the two passwords differ: nothing was changed"));
        }
        typed
    } else {
        read_line(BufReader::new(io::stdin().lock()))?
    };
    Ok(PlainPassword::from(text))
}

fn not_read(error: io::Error) -> Failure {
    Failure::could_not(format!("the password could not be read ({error})"))
}

/// Reads the first line. Does not wait for the end of the input.
fn read_line(input: impl BufRead) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    input.take(MAX_INPUT).read_until(b'\n', &mut bytes).map_err(not_read)?;
    if bytes.len() as u64 == MAX_INPUT && !bytes.ends_with(b"\n") {
        return Err(Failure::could_not("the password on standard input is longer than any that would be taken"));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| {
        Failure::could_not("the password on standard input is not UTF-8: set the terminal, or the file, to UTF-8")
    })?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    if text.is_empty() {
        return Err(Failure::could_not(
            "no password came: type it at a terminal, or give it as one line on standard input",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_input_is_read_up_to_the_line_end() {
        assert_eq!(read_line(&b"  pass word \r\nmore"[..]).unwrap(), "  pass word ");
        assert_eq!(read_line(&b"pass"[..]).unwrap(), "pass");
        for (input, complaint) in [
            (&b""[..], "no password came"),
            (b"\n", "no password came"),
            (b"\xff\xfe\n", "not UTF-8"),
            (&[b'x'; 10_000], "longer than any"),
        ] {
            assert!(read_line(input).unwrap_err().to_string().contains(complaint));
        }
    }
}
