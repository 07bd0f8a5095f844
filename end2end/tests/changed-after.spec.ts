// A document that other software changes while the client runs.

import { type Change, CHANGES, HARMLESS } from "../support/changes.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { customer, expectCustomers, expectWholeHome, heading, logIn, nav } from "../support/user.ts";

const EVERY: [string, Change][] = Object.entries({ ...CHANGES, ...HARMLESS });

/** Replaces the server's answers to a form. */
async function answerForms(page: Page, url: RegExp): Promise<(status: number, problem: object) => void> {
  let answer = { status: 0, body: "" };
  await page.route(url, (route) => route.fulfill({ ...answer, contentType: "application/problem+json" }));
  return (status, problem) => {
    const body = JSON.stringify({ type: "about:blank", title: "", status, detail: "", ...problem });
    answer = { status, body };
  };
}

/** Does something after each of the changes, on one page, so the changes accumulate. */
async function afterEach(page: Page, act: (round: number, name: string) => Promise<void>): Promise<void> {
  for (const [round, [name, change]] of EVERY.entries()) {
    await test.step(name, async () => {
      await page.evaluate(change);
      await act(round, name);
    });
  }
}

test.afterEach(({ problems }) => void problems.take(/^(401|409|422|503) \/api\//));

test("guest forms work after any change to the page", async ({ page }) => {
  test.slow(); // one round for each change
  await page.goto("/login");
  await expect(page.locator("html")).toHaveAttribute("data-started", "hydrated");
  const answer = await answerForms(page, /\/api\/auth\/(login|register)/);
  await afterEach(page, async (round, name) => {
    // Either page, in turn: the page is left with what was changed in it.
    const isLogin = round % 2 === 0;
    const [username, password] = [page.locator("#username"), page.locator("#password")];
    await expect(page.locator("h1"), name).toContainText(isLogin ? "Log in" : "Create an account");
    await username.fill(`user ${round}`);
    await password.fill(`password ${round}`);
    const sent = page.waitForRequest(/\/api\/auth\/(login|register)/);
    if (isLogin) {
      const isWrong = round % 4 === 0;
      if (isWrong) answer(401, { code: "invalid_credentials" });
      else answer(503, { code: "unavailable", retryAfter: 1 });
      await page.locator("form button[type=submit]").click();
      await expect(page.getByRole("alert"), name).toContainText(isWrong ? "Wrong username" : "busy");
    } else {
      answer(422, { code: "validation_failed", errors: { username: [`Message ${round}.`] } });
      await page.locator("form button[type=submit]").click();
      await expect(page.locator("#username-error"), name).toHaveText(`Message ${round}.`);
    }
    expect((await sent).postDataJSON(), name).toMatchObject({ username: `user ${round}`, password: `password ${round}` });
    await expect(username, name).toHaveValue(`user ${round}`);
    await expect(password, name).toHaveValue(`password ${round}`);
    await expect(page.locator("form button[type=submit]"), name).toContainText(isLogin ? "Log in" : "Create account");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.getByRole("button", { name: "Hide" }), name).toBeVisible();
    await expect(password, name).toHaveAttribute("type", "text");
    await page.locator(`main a[href^="${isLogin ? "/register" : "/login"}"]`).click();
  });
});

test("the customer table stays current after any change to the page", async ({ page }) => {
  test.slow(); // one round for each change
  await logIn(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  const search = page.locator("#search");
  await afterEach(page, async (_, name) => {
    await expect(page.locator("h1"), name).toContainText("Customers");
    await search.fill("jane");
    await expect(customer(page, "Jane Doe"), name).toBeVisible();
    await expect(customer(page, "John Doe"), name).toHaveCount(0);
    await expect(page.locator("main"), name).toContainText("1–1 of 1");
    await search.fill("zzz");
    await expect(page.locator("main"), name).toContainText("No customer matches “zzz”.");
    await expect(page.getByRole("table"), name).toBeHidden();
    await expect(search, name).toHaveValue("zzz");
    await page.getByRole("button", { name: "Clear the search" }).click();
    await expect(customer(page, "John Doe"), name).toBeVisible();
    await page.getByRole("button", { name: "Name" }).click();
    await page.getByRole("button", { name: "No." }).click();
  });
});

test("the account page stays current after any change to the page", async ({ page }) => {
  test.slow(); // one round for each change
  let round = 0;
  await page.route("**/api/sessions", async (route) => {
    const response = await route.fetch();
    const sessions = (await response.json()) as { device: object }[];
    for (const { device } of sessions) Object.assign(device, { browser: `Browser ${round}` });
    await route.fulfill({ response, json: sessions });
  });
  const answer = await answerForms(page, /\/api\/account\/password/);
  await logIn(page);
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  await afterEach(page, async (current, name) => {
    round = current;
    await expect(page.locator("h1"), name).toContainText("Your account");
    await page.locator("#currentPassword").fill(`typed ${current}`);
    answer(422, { code: "validation_failed", errors: { newPassword: [`Message ${round}.`] } });
    const sent = page.waitForRequest(/\/api\/account\/password/);
    await page.locator("form:has(#newPassword) button[type=submit]").click();
    expect((await sent).postDataJSON(), name).toMatchObject({ currentPassword: `typed ${current}` });
    await expect(page.locator("#newPassword-error"), name).toHaveText(`Message ${round}.`);
    await expect(page.locator("#newPassword"), name).toHaveAttribute("aria-invalid", "true");
    await expect(page.locator("#currentPassword"), name).toHaveValue(`typed ${current}`);
    // What the tab does when it comes back into view.
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    });
    await expect(page.locator("li.device strong"), name).toHaveText(`Browser ${round} on Linux`);
    await expect(page.locator("dd").first(), name).toContainText(JOHN.displayName);
    await page.getByRole("button", { name: "Delete account" }).click();
    await page.getByRole("button", { name: "Cancel" }).last().click();
  });
});

test("a translated page keeps working with its own texts", async ({ page, context, server }) => {
  await logIn(page);
  await expectWholeHome(page);
  await page.evaluate(CHANGES["the texts translated"]!);
  await page.evaluate(CHANGES["the comments stripped"]!);
  await expect(heading(page, "[Hello, ]")).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText("You are offline. You are still signed in.")).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText("You are offline.")).toHaveCount(0);
  await nav(page).getByRole("button", { name: "Log out" }).click();
  await expect(heading(page, "Log in")).toHaveText("Log in");
  await expect(nav(page).getByRole("link", { name: "Log in" })).toHaveText("Log in");
  await page.goto(`${server.url}/`);
  await page.evaluate(CHANGES["the comments stripped"]!);
  await nav(page).getByRole("link", { name: "Register" }).click();
  await expect(heading(page, "Create an account")).toBeVisible();
});
