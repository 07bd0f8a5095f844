// Trusted Types, report-only: which calls pass text to the browser that could become a script.

import { expect, type Page, test } from "../support/fixtures.ts";
import { logIn } from "../support/user.ts";

interface Watched {
  sinks: string[];
}

/** Makes the browser report each call that passes text which could become a script, and records the calls. */
async function watchSinks(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const sinks: string[] = ((globalThis as unknown as Watched).sinks = []);
    addEventListener("securitypolicyviolation", ({ effectiveDirective, sample }) => {
      if (effectiveDirective === "require-trusted-types-for") sinks.push(sample.split("|")[0]!);
    });
  });
  await page.route("**/*", async (route) => {
    if (!route.request().isNavigationRequest()) return route.continue();
    const response = await route.fetch();
    const reported = { "content-security-policy-report-only": "require-trusted-types-for 'script'" };
    await route.fulfill({ response, headers: { ...response.headers(), ...reported } });
  });
  return () => page.evaluate(() => [...new Set((globalThis as unknown as Watched).sinks)]);
}

test("only templates of the renderer need a Trusted Types policy", async ({ page }) => {
  const sinks = await watchSinks(page);
  await logIn(page);
  const found = new Set<string>();
  for (const path of ["/login", "/register", "/customers", "/account"]) {
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("data-started");
    await page.waitForLoadState("networkidle");
    for (const sink of await sinks()) found.add(sink);
  }
  expect([...found]).toEqual(["Element innerHTML"]);
});
