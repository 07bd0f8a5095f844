// Checks that code in the documentation is the code of the examples: a block below the comment
// `<!-- code: examples/leptos-app/src/app.rs -->` must have, line by line and in this order, lines of that file. A line
// `…` or `// …` stands for lines that are left out. Blocks with `<!-- code: … -->` in README.md may have 40 lines together.

import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";

const LONGEST = 40;
const faults = [];
let inReadme = 0;
let blocks = 0;

for (const document of execFileSync("git", ["ls-files", "*.md"], { encoding: "utf8" }).trim().split("\n")) {
  const text = readFileSync(document, "utf8");
  for (const [, file, code] of text.matchAll(/<!-- code: (\S+) -->\n+```\w*\n([\s\S]*?)```/g)) {
    blocks += 1;
    const lines = readFileSync(file, "utf8").split("\n").map((line) => line.trim());
    let next = 0;
    for (const line of code.trimEnd().split("\n").map((line) => line.trim())) {
      if (line === "…" || line === "// …" || line === "") continue;
      if (document === "README.md") inReadme += 1;
      const found = lines.indexOf(line, next);
      if (found < 0) faults.push(`${document}: ${file} does not have this line, or not in this order: ${line}`);
      else next = found + 1;
    }
  }
}
if (blocks === 0) faults.push("no block of code has a comment that names its file");
if (inReadme > LONGEST) faults.push(`README.md: the code of the example has ${inReadme} lines; at most ${LONGEST}`);
for (const fault of faults) console.error(fault);
console.log(`snippets: ${blocks} blocks, ${inReadme} lines in README.md`);
process.exit(faults.length > 0 ? 1 : 0);
