// When the program does not start, or dies: there is always a word about it.

import type { Route } from "@playwright/test";
import { expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { holdProgram } from "../support/program.ts";
import { expectSignedIn, heading, logIn, nav } from "../support/user.ts";

const notStarted = (page: Page) => page.getByRole("alert").filter({ hasText: "This page could not be started." });
const died = (page: Page) => page.getByRole("alert").filter({ hasText: "Something went wrong in this page." });

/** Breaks what every program needs that builds a page, as an extension of the browser might. */
function breakPage(): void {
  const broken = () => {
    throw new Error("broken by a test");
  };
  Object.assign(Document.prototype, { createElement: broken });
  Object.assign(Node.prototype, { cloneNode: broken });
}

const BROKEN_STARTS: Record<string, [string, (route: Route) => Promise<void>]> = {
  "the program is answered with a 500": ["**/*.wasm", (route) => route.fulfill({ status: 500 })],
  "the program does not come": ["**/*.wasm", (route) => route.abort("connectionrefused")],
  "the program is garbage": [
    "**/*.wasm",
    (route) => route.fulfill({ contentType: "application/wasm", body: "<h1>Please log in to the network</h1>" }),
  ],
  "the program is a page": [
    "**/*.wasm",
    (route) => route.fulfill({ contentType: "text/html", body: "<h1>Please log in to the network</h1>" }),
  ],
  "the script is missing": ["**/pkg/*.js", (route) => route.fulfill({ status: 404 })],
  "the script does not come": ["**/pkg/*.js", (route) => route.abort("connectionrefused")],
  "the script is garbage": [
    "**/pkg/*.js",
    (route) => route.fulfill({ contentType: "text/javascript", body: "<h1>Please log in to the network</h1>" }),
  ],
};
for (const [what, [url, answer]] of Object.entries(BROKEN_STARTS)) {
  test(`when ${what}, the page says that it could not be started, and how to go on`, async ({ page, problems }) => {
    await page.route(url, answer);
    await page.goto("/login");
    await expect(notStarted(page)).toHaveText(
      "This page could not be started. Reload it; if that does not help, try another browser.",
    );
    await expect(died(page)).toBeHidden();
    await expect(heading(page, "Log in"), "the page can still be read").toBeVisible();
    expect(problems.take(/page error|\.wasm|\/pkg\/|WebAssembly/)).not.toEqual([]);

    await page.unroute(url);
    await page.reload();
    await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
    await expect(notStarted(page)).toBeHidden();
  });
}

test("when the program panics while it starts, the page says so", async ({ page, problems }) => {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  // The page cannot be taken over, nor built anew.
  await page.locator("header").evaluate((header) => header.remove());
  await page.evaluate(breakPage);
  program.open();
  await expect(notStarted(page)).toBeVisible();
  await expect(died(page)).toBeHidden();
  expect(problems.take(/panicked at/)).not.toEqual([]);
  problems.take(/page error|broken by a test/);
});

test("what fails before the page is there in full is told once it is", async ({ page, problems }) => {
  await holdProgram(page);
  await page.route("/login", async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    const nonce = /<script nonce="([^"]+)"/.exec(html)![1]!;
    const broken = `<script nonce="${nonce}">throw new Error("broken by a test")</script></head>`;
    await route.fulfill({ response, body: html.replace("</head>", broken) });
  });
  await page.goto("/login");
  await expect(notStarted(page)).toBeVisible();
  await expect(died(page)).toBeHidden();
  const told = problems.take(/page error/);
  expect(told.filter((problem) => !problem.includes("broken by a test"))).toEqual([]);
  expect(told).toHaveLength(1);
});

test("when the program dies later, the page says so, and a reload mends it", async ({ page, problems }) => {
  await logIn(page);
  await page.evaluate(breakPage);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(died(page)).toHaveText(
    "Something went wrong in this page. Reload it to go on; if you were signed in, you still are.",
  );
  await expect(notStarted(page)).toBeHidden();
  expect(problems.take(/panicked at/)).not.toEqual([]);
  problems.take(/page error|broken by a test|closure invoked/);
  await page.reload();
  await expectSignedIn(page);
  await expect(died(page)).toBeHidden();
});

test("what fails beside the program is no trouble of the page's", async ({ page, problems }) => {
  await logIn(page);
  const heard = page.waitForEvent("pageerror");
  await page.evaluate(() => void setTimeout(() => void Promise.reject(new Error("an extension's own"))));
  await heard;
  await expect(died(page)).toBeHidden();
  await expect(notStarted(page)).toBeHidden();
  expect(problems.take(/an extension's own/)).toHaveLength(1);
});

test("what fails beside the program while that starts is forgotten once it has started", async ({ page, problems }) => {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  await expect(page.locator("#not-started"), "the whole page is there").toBeAttached();
  await page.evaluate(() => void setTimeout(() => void Promise.reject(new Error("an extension's own"))));
  await expect(notStarted(page)).toBeVisible();
  program.open();
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await expect(notStarted(page)).toBeHidden();
  expect(problems.take(/an extension's own/)).toHaveLength(1);
});

test("a form that was sent before the program was there is answered with a page that leads on", async ({
  page,
  problems,
}) => {
  problems.allow("405 /login");
  await page.goto("/login");
  await page.locator("form").evaluate((form: HTMLFormElement) => form.submit());
  await expect(heading(page, "This did not work")).toBeVisible();
  await expect(page).toHaveTitle("This did not work · Latchkey");
  await page.getByRole("link", { name: "Go to the home page" }).click();
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
});
