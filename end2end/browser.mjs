// Finds the browser for the tests: Playwright's Chromium if it is installed, otherwise the system's. The headless shell
// is preferred to full Chromium, because tests then take half the time. `node browser.mjs` prints its path, with
// `--whole` that of full Chromium; if there is none, it prints an error and exits with 1.

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

/** @returns {string | undefined} the path of a usable Chromium */
export function findBrowser() {
  return first([SHELL, chromium.executablePath(), ...WHOLE_BROWSERS]);
}

/** @returns {string | undefined} the same for full Chromium, because the shell has no back/forward cache */
export function findWholeBrowser() {
  return first([chromium.executablePath(), ...WHOLE_BROWSERS]);
}

/** The error if there is none. */
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
