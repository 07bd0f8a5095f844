// Errors that are not failures to start: no storage, files replaced by a deployment, panics, errors outside the app.

import { panicNotice, startFailureNotice } from "../support/error-notices.ts";
import { expect, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { holdProgram } from "../support/program.ts";
import { expectCustomers, expectSignedIn, heading, logIn, nav } from "../support/user.ts";

/** Breaks an API that the client needs, as a browser extension might. */
function breakPage(): void {
  const broken = () => {
    throw new Error("broken by a test");
  };
  Object.assign(Document.prototype, { createElement: broken });
  Object.assign(Node.prototype, { cloneNode: broken });
}

test("a browser without storage shows a notice after the sign-in", async ({ page }) => {
  await page.addInitScript(() => {
    const get = () => {
      throw new DOMException("denied by a test", "SecurityError");
    };
    for (const storage of ["localStorage", "sessionStorage"]) Object.defineProperty(window, storage, { get });
  });
  await logIn(page);
  await expect(page.getByRole("status").filter({ hasText: "set to store nothing for this site" })).toBeVisible();
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
});

test("an open tab offers a reload after a deployment and keeps the session", async ({ page, problems }) => {
  await logIn(page);
  await page.route("**/pkg/**", (route) => route.fulfill({ status: 404 }));
  await page.route("/", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/latchkey\.[\w-]+\.js/g, "latchkey.new.js") });
  });
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("alert")).toContainText("There is a newer version of this page.");
  await page.unroute("**/pkg/**");
  await page.getByRole("button", { name: "Reload the page" }).click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  await expectSignedIn(page);
  expect(problems.take(/404 |split_account|TypeError|CompileError/)).not.toEqual([]);
});

test("a network's login page is not a new version", async ({ page, problems }) => {
  await logIn(page);
  const logInToTheNetwork = { contentType: "text/html", body: "Log in to the network" };
  await page.route("**/pkg/**", (route) => route.fulfill({ status: 403, ...logInToTheNetwork }));
  await page.route("/", (route) => route.fulfill(logInToTheNetwork));
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("alert")).toContainText("The answer did not come from this site");
  await page.unroute("**/pkg/**");
  await page.getByRole("button", { name: "Try again" }).first().click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  problems.take(/403 |split_account|TypeError|WebAssembly/);
});

test("when the app panics at the start, the page says so", async ({ page, problems }) => {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  // The page can neither be hydrated nor rebuilt.
  await page.locator("header").evaluate((header) => header.remove());
  await page.evaluate(breakPage);
  program.open();
  await expect(startFailureNotice(page)).toBeVisible();
  await expect(panicNotice(page)).toBeHidden();
  expect(problems.take(/panicked at/)).not.toEqual([]);
  problems.take(/page error|broken by a test/);
});

test("an error before the page is complete is shown afterwards", async ({ page, problems }) => {
  await holdProgram(page);
  await page.route("/login", async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    const nonce = /<script nonce="([^"]+)"/.exec(html)![1]!;
    const broken = `<script nonce="${nonce}">throw new Error("broken by a test")</script></head>`;
    await route.fulfill({ response, body: html.replace("</head>", broken) });
  });
  await page.goto("/login");
  await expect(startFailureNotice(page)).toBeVisible();
  await expect(panicNotice(page)).toBeHidden();
  const told = problems.take(/page error/);
  expect(told.filter((problem) => !problem.includes("broken by a test"))).toEqual([]);
  expect(told).toHaveLength(1);
});

test("when the app panics later, the page says so and a reload recovers", async ({ page, problems }) => {
  await logIn(page);
  await page.evaluate(breakPage);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(panicNotice(page).getByRole("paragraph")).toHaveText(
    "Something went wrong in this page. Reload it to go on; if you were signed in, you still are.",
  );
  await expect(startFailureNotice(page)).toBeHidden();
  expect(problems.take(/panicked at/)).not.toEqual([]);
  problems.take(/page error|broken by a test|closure invoked/);
  await page.reload();
  await expectSignedIn(page);
  await expect(panicNotice(page)).toBeHidden();
});

test("an error outside the app is not shown", async ({ page, problems }) => {
  await logIn(page);
  const heard = page.waitForEvent("pageerror");
  await page.evaluate(() => void setTimeout(() => void Promise.reject(new Error("an extension's own"))));
  await heard;
  await expect(panicNotice(page)).toBeHidden();
  await expect(startFailureNotice(page)).toBeHidden();
  expect(problems.take(/an extension's own/)).toHaveLength(1);
});

test("an error outside the app during the start is cleared afterwards", async ({ page, problems }) => {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  await expect(page.locator("#not-started"), "the whole page is there").toBeAttached();
  await page.evaluate(() => void setTimeout(() => void Promise.reject(new Error("an extension's own"))));
  await expect(startFailureNotice(page)).toBeVisible();
  program.open();
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await expect(startFailureNotice(page)).toBeHidden();
  expect(problems.take(/an extension's own/)).toHaveLength(1);
});

test("a form sent before the app starts gets a page with a link", async ({
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
