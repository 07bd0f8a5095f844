// Advice on a new password while the user types.

import type { Route } from "@playwright/test";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { recordCalls } from "../support/session.ts";
import { pass, settle, simulateTime, stop } from "../support/time.ts";
import { expectSignedIn, logIn } from "../support/user.ts";

const WEAK = "password1";
const STRONG = "correct horse battery staple";
const ADVICE = "/api/auth/password-advice";
const ASKED = `POST ${ADVICE} 200`;

const password = (page: Page) => page.getByLabel("Password", { exact: true });
const advice = (page: Page) => page.locator(".advice");

/** Opens the form, and stops the clock. */
async function openRegister(page: Page): Promise<void> {
  await simulateTime(page.context());
  await page.goto("/register");
  await expect(page.getByRole("button", { name: "Create account" })).toBeEnabled();
  await stop(page);
}

/** Waits half a second without typing, and for the answer. */
async function pause(page: Page): Promise<void> {
  await pass(page, 500);
}

test("password advice appears after a pause in typing, with one request", async ({ page }) => {
  await openRegister(page);
  const calls = recordCalls(page);
  for (const letter of WEAK) {
    await page.clock.runFor(100);
    await password(page).press(letter);
  }
  await pass(page, 400);
  expect(calls, "too soon").toEqual([]);
  await pass(page, 100);
  await expect(advice(page)).toHaveText(/^Weak\. Many people use this password.* Add another word or two/);
  expect(calls).toEqual([ASKED]);

  await password(page).fill(STRONG);
  await pause(page);
  await expect(advice(page)).toHaveText("Strong.");
});

test("password advice appears when the field loses focus, without a second request", async ({ page }) => {
  await openRegister(page);
  const calls = recordCalls(page);
  await password(page).fill(WEAK);
  await password(page).blur();
  await pass(page, 10);
  await expect(advice(page)).toContainText("Weak.");
  await pause(page);
  await password(page).focus();
  await password(page).blur();
  await pause(page);
  expect(calls).toEqual([ASKED]);
});

test("password advice is announced and describes the field", async ({ page }) => {
  await openRegister(page);
  await expect(advice(page)).toHaveAttribute("aria-live", "polite");
  await password(page).fill(WEAK);
  await pause(page);
  await expect(password(page)).toHaveAccessibleDescription(/At least 8 characters.*Weak\. Many people/);
  await expect(password(page), "advice is not an error").not.toHaveAttribute("aria-invalid");
});

test("password advice disappears when the field is emptied", async ({ page }) => {
  await openRegister(page);
  const calls = recordCalls(page);
  await password(page).fill(WEAK);
  await pause(page);
  await expect(advice(page)).toContainText("Weak.");
  await password(page).fill("");
  await expect(advice(page)).toHaveText("");
  await password(page).blur();
  await pause(page);
  expect(calls, "nothing is asked about nothing").toEqual([ASKED]);
});

test("a late response for an earlier password is ignored", async ({ page }) => {
  await openRegister(page);
  const late = gate();
  await page.route(`**${ADVICE}`, async (route) => {
    if ((route.request().postDataJSON() as { password: string }).password === WEAK) await late.opened;
    await route.continue();
  });
  await password(page).fill(WEAK);
  const asked = page.waitForRequest(`**${ADVICE}`);
  await page.clock.runFor(500);
  await asked;
  await password(page).fill(STRONG);
  await page.clock.runFor(500);
  await expect(advice(page)).toHaveText("Strong.");
  late.open();
  await settle(page);
  await expect(advice(page)).toHaveText("Strong.");
});

const failures = [
  { what: "cannot be reached", problem: `net::ERR_CONNECTION_REFUSED ${ADVICE}` },
  { what: "is busy", problem: `503 ${ADVICE}`, status: 503, body: '{"code":"unavailable"}' },
  { what: "sends an HTML page", status: 200, body: "<p>Welcome to the hotel</p>" },
];
for (const { what, problem, status, body } of failures) {
  test(`password advice stays empty without an error when the server ${what}, and is requested again later`, async ({
    page,
    problems,
  }) => {
    if (problem) problems.allow(problem);
    await openRegister(page);
    const fail = (route: Route) => (status ? route.fulfill({ status, body }) : route.abort("connectionrefused"));
    await page.route(`**${ADVICE}`, fail, { times: 1 });
    await password(page).fill(WEAK);
    await pause(page);
    await expect(advice(page)).toHaveText("");
    await expect(page.getByRole("alert")).toHaveCount(0);
    await password(page).blur();
    await pause(page);
    await expect(advice(page)).toContainText("Weak.");
  });
}

test("password advice uses the names in the form, also after they change", async ({ page }) => {
  await openRegister(page);
  await password(page).fill("zorgonax2001");
  await pause(page);
  await expect(advice(page)).toHaveText(/^(Good|Strong)\.$/);
  await page.getByLabel("Display name (optional)").fill("Ada Zorgonax");
  await password(page).focus();
  await password(page).blur();
  await pause(page);
  await expect(advice(page)).toContainText("Your name");
});

test("a field error replaces password advice until the user types again", async ({ page, problems }) => {
  problems.allow("422 /api/auth/register");
  await openRegister(page);
  const calls = recordCalls(page);
  await page.getByLabel("Username").fill("ada.lovelace");
  await password(page).fill(WEAK);
  await pause(page);
  await expect(advice(page)).toContainText("Weak.");
  await password(page).press("Enter");
  await pause(page);
  await expect(password(page)).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("Many people use this password", { exact: false })).toHaveCount(1);
  await expect(advice(page), "the form's answer counts").toHaveText("");
  expect(calls).toEqual([ASKED, "POST /api/auth/register 422"]);

  await expect(password(page)).toBeFocused();
  await password(page).press("End");
  await password(page).pressSequentially(" on a tram to Lisbon");
  await expect(password(page)).not.toHaveAttribute("aria-invalid");
  await expect(page.getByText("Many people use this password")).toHaveCount(0);
  await pause(page);
  await expect(advice(page)).toHaveText("Strong.");
});

test("password advice is not shown after the form is sent", async ({ page, problems }) => {
  problems.allow("422 /api/auth/register");
  await openRegister(page);
  const late = gate();
  await page.route(`**${ADVICE}`, async (route) => {
    await late.opened;
    await route.continue();
  });
  await page.getByLabel("Username").fill("ada.lovelace");
  await password(page).fill(WEAK);
  const asked = page.waitForRequest(`**${ADVICE}`);
  await page.clock.runFor(500);
  await asked;
  await password(page).press("Enter");
  await expect(password(page)).toHaveAttribute("aria-invalid", "true");
  late.open();
  await settle(page);
  await expect(advice(page)).toHaveText("");
});

test("a form with two wrong fields can be corrected in any order", async ({ page, problems }) => {
  problems.allow("422 /api/auth/register");
  await openRegister(page);
  await page.getByLabel("Username").fill("snow☃man");
  await password(page).fill("short");
  await password(page).press("Enter");
  await expect(page.getByLabel("Username")).toBeFocused();
  await password(page).focus();
  await password(page).fill(STRONG);
  await expect(password(page)).not.toHaveAttribute("aria-invalid");
  await expect(password(page), "the cursor stays").toBeFocused();
  await expect(page.getByLabel("Username"), "what is wrong stays so").toHaveAttribute("aria-invalid", "true");
});

for (const size of [
  { width: 320, height: 700 },
  { width: 1280, height: 800 },
]) {
  test(`password advice moves no button on a screen ${size.width} wide`, async ({ page }) => {
    await page.setViewportSize(size);
    await openRegister(page);
    const place = () => page.getByRole("button", { name: "Create account" }).boundingBox();
    const before = await place();
    for (const typed of ["p", "password1", "drowssap", "aaaaaaaaaaaaaa", STRONG, ""]) {
      await password(page).fill(typed);
      await pause(page);
      await expect(advice(page)).toHaveText(typed === "" ? "" : /^(Weak|Fair|Good|Strong)\./);
      expect(await place(), JSON.stringify(typed)).toEqual(before);
    }
  });
}

test("registration with password advice works with the keyboard alone", async ({ page }) => {
  await page.goto("/register");
  await expect(page.getByRole("button", { name: "Create account" })).toBeEnabled();
  await page.getByLabel("Username").focus();
  await page.keyboard.type("ada.lovelace");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("lovelace99");
  await page.keyboard.press("Tab");
  await expect(advice(page)).toHaveText(/^Weak\. Your name/);
  await page.keyboard.press("Shift+Tab");
  await expect(password(page)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type(" in a purple kettle");
  await expect(advice(page)).toHaveText("Strong.");
  await page.keyboard.press("Enter");
  await expectSignedIn(page, "ada.lovelace");
});

test("password advice on the account page uses the user's names and is cleared", async ({ page }) => {
  await logIn(page);
  await page.goto("/account");
  const form = page.getByRole("region", { name: "Password" });
  await form.getByLabel("Current password").fill(JOHN.password);
  await form.getByLabel("New password").fill("johndoe2001");
  await expect(advice(page)).toHaveText(/^Weak\. Your name/);
  await form.getByLabel("New password").fill(STRONG);
  await expect(advice(page)).toHaveText("Strong.");
  await form.getByRole("button", { name: "Change password" }).click();
  await expect(form.getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
  await expect(advice(page)).toHaveText("");
  await form.getByLabel("New password").fill(STRONG);
  await expect(advice(page), "asked anew").toHaveText("Strong.");
});
