// Which browser the tests drive: Playwright's own Chromium if it has been installed, else the system's. The headless
// shell comes before the whole Chromium: without a window and what belongs to it, a test takes half the time.
// `node browser.mjs` prints its path, and with `--whole` that of the whole Chromium; or it says on standard error that
// there is none, and exits 1.

import { chromium } from "@playwright/test";
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHELL = "/usr/bin/chromium-headless-shell";
const WHOLE_BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const first = (/** @type {string[]} */ paths) => paths.find((path) => path && existsSync(path));

/** @returns {string | undefined} the path of a Chromium that can be started */
export function findBrowser() {
  return first([SHELL, chromium.executablePath(), ...WHOLE_BROWSERS]);
}

/** @returns {string | undefined} the same for what the shell cannot do: it has no back-forward cache */
export function findWholeBrowser() {
  return first([chromium.executablePath(), ...WHOLE_BROWSERS]);
}

/** What is said when there is none. */
export const NO_BROWSER =
  "No Chromium or Chrome was found. Run scripts/setup --tests, or: npx playwright install chromium";

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const path = process.argv.includes("--whole") ? findWholeBrowser() : findWholeBrowser() && findBrowser();
  if (path) console.log(path);
  else {
    console.error(NO_BROWSER);
    process.exitCode = 1;
  }
}
