// Finds words that do not fit the rules of CONTRIBUTING.md, "Language", function names that are too long, and names of
// Rust tests that begin like a sentence, and says what to write instead: scripts/words.mjs
//
// The words of a phrase may be on two lines of a comment, or joined by underscores in a name.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folders to check. */
const CHECKED = ["src", "tests", "benches", "crates", "fuzz", "end2end", "scripts", "docs", "ops", "style"];
/** Files in the root folder to check. */
const TOP = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Cargo.toml", "Makefile", "build.rs"];

/** Not checked: the texts of the pages, which have their own rules, migrations, whose checksums databases record, this
 *  file, and generated or binary files. */
const SKIPPED = [
  /^src\/messages(\.rs|\/)/,
  /(^|\/)migrations\/[^/]*\.sql$/,
  /^scripts\/words\.mjs$/,
  /(^|\/)package-lock\.json$/,
  /^scripts\/schemathesis-requirements\.txt$/,
  /\.(db|png|svg|ico|woff2|lock)$/,
];

const PEOPLE = 'name them: "the client", "the user", "an attacker", "the operator"; or "no client", "every user"';

/** Words and phrases, case-insensitive, and what to write instead. `~` matches the gap between two words. */
const WORDS = [
  ["nobody|somebody|anybody|everybody|whoever|whomever", PEOPLE],
  ["he|him|his|himself|she|her|hers|herself", '"it" for a program, "they" for a person'],
  ["in~vain", '"without success", or what failed'],
  ["mend|mends|mended|mending", '"fix", "repair", or "remedy" for the noun'],
  ["so~to~speak", "leave it out"],
  ["of~before", '"previous"'],
  ["for~good(?!\\s+in\\s)", '"permanently", or "stays …"'],
  ["wants?~to~be", 'say what is done: "is …", "must be …"'],
  ["(?:has|have)~to~say", "say what it says"],
  ["(?<!there[ _])is~no(?!~longer)", '"is not a …", "has no …"'],
  ["a~word~about", '"explains", or leave it out'],
  ["farewell|parting|last~word", '"logout", "keepalive"'],
  ["crowd|crowds|crowded", '"many connections"'],
  ["patience|impatience|patient|impatient", '"timeout", or the time that is meant'],
  ["dawdle|dawdles|dawdler|dawdling", '"slow client"'],
  ["rubbish", '"garbage", "corrupt content"'],
  ["unheard", '"refused", "ignored"'],
  ["the~door", "the endpoint or the limit that is meant"],
  ["thrown~at", '"tested with"'],
  ["the~disk~answers", "what happens: the read or the write succeeds"],
];

/** Words that a Rust test's name must not begin with: it begins with what is tested. */
const BEGINS_TEST = "a|an|the|it|they|these|there|what|whatever|who|whoever|nothing|one|no";

/** Old names of types, and their replacements. */
const NAMES = {
  Claimant: "AttemptKind",
  Companion: "TokenOwner",
  Deed: "ClientEvent",
  Heard: "ResponseHints",
  Office: "AccountAdmin",
  Pace: "Backoff",
  Standing: "SessionState, TokenFreshness",
  Word: "TabMessage",
};

/** Places where such a word is part of a contract or a quotation. */
const EXCEPTIONS = [
  // Texts of the pages: see src/messages.
  { file: "end2end/support/trying-states.ts", text: "perhaps by somebody who had copied it" },
  { file: "end2end/tests/devices.spec.ts", text: "Whoever uses it has to log in again." },
  { file: "end2end/tests/devices.spec.ts", text: "Whoever uses them has to log in again." },
  { file: "end2end/tests/inspector.spec.ts", text: "It asked for 7 s of patience." },
  // Tabs of an older version know the message by this name.
  { file: "crates/latchkey-client/src/message.rs", text: 'rename = "patience"' },
  { file: "crates/latchkey-client/src/message.rs", text: '"patience":' },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const git = (...paths) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...paths], { cwd: root })
    .toString()
    .split("\0")
    .filter((file) => file !== "" && !SKIPPED.some((pattern) => pattern.test(file)));

// Between two words: an underscore, or white space, which may contain a line break and the start of a comment line.
const GAP = String.raw`(?:_|\s+(?:(?:\/\/[\/!]?|#+|\*|--)\s+)?)`;
const patterns = WORDS.map(([words, instead]) => [
  new RegExp(`(?<![A-Za-z])(?:${words.replaceAll("~", GAP)})(?![A-Za-z])`, "gi"),
  instead,
]);

for (const [name, instead] of Object.entries(NAMES)) patterns.push([new RegExp(`\\b${name}\\b(?=::|[<>{;,)]| \\{)`, "g"), instead]);

// A test's attribute, such as #[test] or #[tokio::test(start_paused = true)], what may follow it, and the name.
const testBegins = new RegExp(
  String.raw`(?<=#\[(?:\w+::)*test(?:\([^\]]*\))?\]\s*(?:(?:#\[.*\]|\/\/.*)\n\s*)*(?:async )?fn )(?:${BEGINS_TEST})_\w*`,
  "g",
);

const lineAt = (text, index) => text.slice(0, index).split("\n").length;
const found = [];
for (const file of git(...CHECKED, ...TOP)) {
  let text;
  try {
    text = readFileSync(`${root}/${file}`, "utf8");
  } catch (error) {
    // The file is deleted, but the deletion is not committed yet.
    if (error.code === "ENOENT") continue;
    throw error;
  }
  for (const exception of EXCEPTIONS.filter((exception) => exception.file === file)) {
    text = text.replaceAll(exception.text, "\u{0}".repeat(exception.text.length));
  }
  for (const { 0: name, index } of file.endsWith(".rs") ? text.matchAll(/(?<=\bfn )\w{60,}/g) : []) {
    found.push({ file, line: lineAt(text, index), words: name, instead: "fewer than 60 characters: subject_condition_result" });
  }
  for (const { 0: name, index } of file.endsWith(".rs") ? text.matchAll(testBegins) : []) {
    const instead = "what is tested first: subject_condition_result";
    found.push({ file, line: lineAt(text, index), words: name, instead });
  }
  for (const [pattern, instead] of patterns) {
    for (const match of text.matchAll(pattern)) {
      found.push({ file, line: lineAt(text, match.index), words: match[0].replaceAll(/\s+/g, " "), instead });
    }
  }
}
found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
for (const { file, line, words, instead } of found) console.error(`${file}:${line}: "${words}": write ${instead}`);
if (found.length > 0) {
  console.error(`words: ${found.length} to reword; CONTRIBUTING.md, "Language", says why`);
  process.exit(1);
}
