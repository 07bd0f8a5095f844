import { defineConfig } from "@playwright/test";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { findBrowser, NO_BROWSER } from "./browser.mjs";
import type { ServerOptions } from "./support/fixtures.ts";

const browser = findBrowser();
if (!browser) throw new Error(NO_BROWSER);

// Playwright runs every project, so the project for screenshots exists only if it is requested by name. The folder is
// passed in the environment, because each worker process reads this file again.
if (process.argv.some((argument) => /^(--project=)?screenshots$/.test(argument))) {
  process.env.SCREENSHOTS ??= fileURLToPath(new URL("screenshots/taken", import.meta.url));
}

// The same for the examples, which need no release build.
if (process.argv.some((argument) => /^(--project=)?examples$/.test(argument))) process.env.EXAMPLES ??= "on";

export default defineConfig<ServerOptions>({
  fullyParallel: true,
  workers: Math.min(8, Math.max(2, availableParallelism())),
  retries: 0, // a test that passes at the second try has found something
  maxFailures: 10, // a broken build fails everything, at a minute a test
  forbidOnly: true, // --grep runs one test without an edit that could be committed
  ...(process.env.EXAMPLES ? {} : { globalSetup: "./support/fresh-build.ts" }),
  updateSnapshots: "none", // `npm run looks` takes pictures; a run that finds one missing fails
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./support/times.ts"]],
  use: {
    headless: true,
    // Recording traces takes a third of a run's time. E2E_TRACE=on does it, to look into a failure.
    trace: process.env.E2E_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: browser,
      args: [
        "--no-sandbox", // the usual thing in containers; only our own pages are opened
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  snapshotPathTemplate: "looks/{arg}{ext}",
  projects: [
    { name: "tests", testDir: "tests" },
    ...(process.env.EXAMPLES ? [{ name: "examples", testDir: "examples" }] : []),
    ...(process.env.SCREENSHOTS ? [{ name: "screenshots", testDir: "screenshots" }] : []),
  ],
});
