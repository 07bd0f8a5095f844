// Deleting the account.

import type { Route } from "@playwright/test";
import type { Tokens } from "../support/api.ts";
import { expect, JANE, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { expectNothingStored, recordCalls } from "../support/session.ts";
import { expectCustomers, expectGuest, expectLoginPage, expectSignedIn, heading, logIn, nav, submitLogin } from "../support/user.ts";

const PATH = "/api/account/delete";
const section = (page: Page) => page.getByRole("region", { name: "Delete account" });
const question = (page: Page) => section(page).getByRole("form", { name: "Delete your account?" });
const ask = (page: Page) => section(page).getByRole("button", { name: "Delete account" });
const password = (page: Page) => question(page).getByLabel("Password", { exact: true });
const go = (page: Page) => question(page).getByRole("button", { name: /^Delet/ });
const cancel = (page: Page) => question(page).getByRole("button", { name: "Cancel" });
const notice = (page: Page) => page.getByRole("status").filter({ hasText: "Your account is deleted." });

async function openAccount(page: Page): Promise<void> {
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  await expect(heading(page, "Your account")).toBeVisible();
  await expect(ask(page)).toBeVisible();
  // What the page loads by itself is there before a test counts calls.
  for (const name of ["Devices", "Security log"]) {
    await expect(page.getByRole("region", { name }).getByRole("listitem").first()).toBeVisible();
  }
}

test.describe("deleting the account", () => {
  test("asks for confirmation and can be cancelled", async ({ page, api }) => {
    await logIn(page);
    await openAccount(page);
    await expect(section(page)).toContainText("Your profile, your sessions on all devices and your security log");
    await expect(question(page)).toBeHidden();
    const calls = recordCalls(page);
    await ask(page).click();
    await expect(question(page)).toContainText("This cannot be undone.");
    await expect(password(page)).toBeFocused();
    await password(page).fill(JOHN.password);
    await cancel(page).click();
    await expect(question(page)).toBeHidden();
    await expect(ask(page), "one is where one was").toBeFocused();
    await page.keyboard.press("Enter");
    await expect(password(page), "and it is asked anew").toHaveValue("");
    await question(page).getByRole("button", { name: "Show password" }).click();
    await password(page).fill(JOHN.password);
    await page.keyboard.press("Escape");
    await expect(question(page)).toBeHidden();
    await expect(ask(page), "Escape cancels, too").toBeFocused();
    await page.keyboard.press("Enter");
    await expect(password(page)).toHaveValue("");
    await expect(password(page), "the next one is hidden").toHaveAttribute("type", "password");
    expect(calls).toEqual([]);
    expect(await api.login(JOHN.username, JOHN.password)).toMatchObject({ status: 200 });
  });

  test("leads to the home page with a notice and removes the account", async ({ page, api }) => {
    const other = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    await logIn(page, { keep: true });
    await openAccount(page);
    const calls = recordCalls(page);
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await go(page).click();
    await expect(notice(page)).toBeVisible();
    await expect(page).toHaveURL("/");
    await expectGuest(page);
    await expect(page.getByRole("main"), "the news comes next").toBeFocused();
    await expectNothingStored(page);
    expect(calls, "the session went with the account").toEqual([`POST ${PATH} 204`]);
    expect(await api.login(JOHN.username, JOHN.password)).toMatchObject({ status: 401 });
    expect(await api.refresh(other.refreshToken)).toMatchObject({ status: 400, body: { code: "invalid_grant" } });
    await page.reload();
    await expectGuest(page);
  });

  test("shows a notice in other tabs until the next sign-in", async ({ page, context, api }) => {
    await api.register(JANE.username, JANE.password);
    await logIn(page, { keep: true });
    const tab = await context.newPage();
    await tab.goto("/account");
    await expectSignedIn(tab);
    await openAccount(page);
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await password(page).press("Enter");
    await expectLoginPage(tab, "/account");
    await expect(notice(tab)).toBeVisible();
    await expectGuest(tab);
    await submitLogin(tab, JANE);
    await expectSignedIn(tab, JANE.username);
    await expect(notice(tab)).toHaveCount(0);
  });

  test("signs out other devices at their next request", async ({
    page,
    problems,
    newContext,
  }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    const elsewhere = await (await newContext()).newPage();
    await logIn(elsewhere);
    await logIn(page);
    await openAccount(page);
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await go(page).click();
    await expect(notice(page)).toBeVisible();
    await nav(elsewhere).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(elsewhere, "/customers");
    await expectGuest(elsewhere);
    await expectNothingStored(elsewhere);
  });

  test("requires the right password and shows an error at the field", async ({ page, problems, api }) => {
    problems.allow(`422 ${PATH}`);
    await logIn(page);
    await openAccount(page);
    await ask(page).click();
    for (const wrong of ["", "not the password"]) {
      await password(page).fill(wrong);
      await go(page).click();
      await expect(password(page)).toHaveAttribute("aria-invalid", "true");
      await expect(password(page)).toHaveAccessibleDescription("This is not your password.");
      await expect(password(page)).toBeFocused();
      await password(page).fill("x");
      await expect(password(page), "it says something else by now").not.toHaveAttribute("aria-invalid");
    }
    await expectSignedIn(page);
    expect(await api.login(JOHN.username, JOHN.password)).toMatchObject({ status: 200 });
    await password(page).fill(JOHN.password);
    await go(page).click();
    await expect(notice(page)).toBeVisible();
  });

  test("is sent once for repeated clicks and shows progress", async ({ page }) => {
    await logIn(page);
    await openAccount(page);
    const answer = gate();
    await page.route(`**${PATH}`, async (route) => {
      await answer.opened;
      await route.continue();
    });
    const calls = recordCalls(page);
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await go(page).click();
    await expect(go(page)).toHaveText("Deleting…");
    await expect(go(page)).toHaveAttribute("aria-busy", "true");
    await expect(cancel(page), "too late").toBeDisabled();
    await password(page).press("Escape");
    await expect(question(page), "for Escape as well").toBeVisible();
    await password(page).press("Enter");
    answer.open();
    await expect(notice(page)).toBeVisible();
    expect(calls).toEqual([`POST ${PATH} 204`]);
  });

  test("is finished after the user leaves the page", async ({ page }) => {
    await logIn(page);
    await openAccount(page);
    const answer = gate();
    await page.route(`**${PATH}`, async (route) => {
      await answer.opened;
      await route.continue();
    });
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await go(page).click();
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page); // with its data: a call on its way would be refused
    answer.open();
    await expect(notice(page)).toBeVisible();
    await expectGuest(page);
    await expect(page).toHaveURL("/");
  });

  test("that never reached the server shows an error and can be retried", async ({ page, problems }) => {
    problems.allow(`net::ERR_CONNECTION_REFUSED ${PATH}`);
    await logIn(page);
    await openAccount(page);
    await page.route(`**${PATH}`, (route) => route.abort("connectionrefused"), { times: 1 });
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await go(page).click();
    await expect(question(page).getByRole("alert")).toContainText("cannot be reached");
    await expectSignedIn(page);
    await go(page).click();
    await expect(notice(page)).toBeVisible();
  });

  test("with a lost response is detected at the next try", async ({ page, problems }) => {
    problems.allow(`net::ERR_CONNECTION_RESET ${PATH}`, `401 ${PATH}`, "400 /api/token/refresh");
    await logIn(page);
    await openAccount(page);
    const lose = async (route: Route) => {
      await route.fetch();
      await route.abort("connectionreset");
    };
    await page.route(`**${PATH}`, lose, { times: 1 });
    await ask(page).click();
    await password(page).fill(JOHN.password);
    await go(page).click();
    await expect(question(page).getByRole("alert")).toContainText("cannot be reached");
    await go(page).click();
    await expectLoginPage(page, "/account");
    await expect(page.getByRole("status").filter({ hasText: "Your session has ended." })).toBeVisible();
    await expectNothingStored(page);
  });

  test("works with the keyboard alone", async ({ page }) => {
    await logIn(page);
    await openAccount(page);
    await ask(page).focus();
    await page.keyboard.press("Enter");
    await expect(password(page)).toBeFocused();
    await page.keyboard.type(JOHN.password);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(go(page)).toBeFocused();
    await page.keyboard.press("Tab");
    await expect(cancel(page)).toBeFocused();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    await expect(notice(page)).toBeVisible();
  });

  test("has a username and autocomplete attributes for password managers", async ({ page }) => {
    await logIn(page);
    await openAccount(page);
    await ask(page).click();
    await expect(question(page).locator("input[autocomplete=username]")).toHaveValue(JOHN.username);
    await expect(password(page)).toHaveAttribute("autocomplete", "current-password");
  });
});

test.describe("the profile", () => {
  const profile = (page: Page) => page.getByRole("region", { name: "Profile" });
  const facts = (page: Page) => profile(page).locator("dd");

  test("shows names and roles without a request", async ({ page }) => {
    await logIn(page);
    const calls = recordCalls(page);
    await openAccount(page);
    await expect(facts(page)).toHaveText([JOHN.displayName, JOHN.username, "Manager"]);
    await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem")).toHaveCount(1);
    expect(calls.toSorted()).toEqual(["GET /api/account/events 200", "GET /api/sessions 200"]);
  });

  test.describe("without roles", () => {
    test("says that there are none and shows any name as text", async ({ page, server }) => {
      const displayName = `<img src=x> ${"Wolfeschlegelsteinhausen".repeat(3)} مرحبا 👩‍🚀`;
      const body = JSON.stringify({ ...JANE, displayName });
      const headers = { "Content-Type": "application/json" };
      await fetch(`${server.url}/api/auth/register`, { method: "POST", headers, body });
      await server.command("user", "roles", JANE.username, "--set", "");
      await page.setViewportSize({ width: 320, height: 700 });
      await page.goto("/login?next=/account");
      await submitLogin(page, JANE);
      await expect(facts(page)).toHaveText([displayName, JANE.username, "None"]);
      await expect(page.locator("img")).toHaveCount(0);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, "nothing sticks out sideways").toBeLessThanOrEqual(0);
    });
  });
});
