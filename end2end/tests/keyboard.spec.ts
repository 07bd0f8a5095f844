// Everything without a mouse: the focus is visible, and after each step it is where the user continues.

import type { Locator } from "@playwright/test";
import type { Tokens } from "../support/api.ts";
import { expect, JANE, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { expectStarted } from "../support/program.ts";
import { customer, expectGuest, expectSignedIn, heading, logIn, nav } from "../support/user.ts";

const main = (page: Page) => page.getByRole("main");
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });

/** Presses Tab until the control has the focus, and checks that this is visible. */
async function tabTo(page: Page, control: Locator, key = "Tab"): Promise<void> {
  await expect(control).toBeVisible();
  await expect(control).toBeEnabled();
  const focused = () => control.evaluate((control) => control === document.activeElement);
  for (let presses = 0; presses < 60 && !(await focused()); presses++) await page.keyboard.press(key);
  await expect(control).toBeFocused();
  const outline = await control.evaluate((control) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(control);
    return outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
  });
  expect(outline, "the focus can be seen").toBeGreaterThanOrEqual(2);
  await expect(control, "what has the focus is in view").toBeInViewport();
}

async function press(page: Page, control: Locator, key = "Enter"): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.press(key);
}

async function type(page: Page, control: Locator, text: string): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.type(text);
}

test("the first Tab stop is the link that skips the navigation", async ({ page }) => {
  await page.goto("/login");
  await expect(button(page, "Log in")).toBeEnabled();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to main content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Enter");
  await expect(main(page)).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Username")).toBeFocused();
});

test("registration and logout work with the keyboard", async ({ page }) => {
  await page.goto("/");
  await expectStarted(page);
  await press(page, main(page).getByRole("link", { name: "Create an account" }));
  await expect(heading(page, "Create an account")).toBeVisible();
  await expect(main(page), "a new page begins at its top").toBeFocused();
  await type(page, page.getByLabel("Username"), JANE.username);
  await type(page, page.getByLabel("Password", { exact: true }), JANE.password);
  await press(page, page.getByLabel("Keep me signed in"), "Space");
  await expect(page.getByLabel("Keep me signed in")).not.toBeChecked();
  await press(page, button(page, "Create account"), "Space");
  await expectSignedIn(page, JANE.username);
  await expect(main(page)).toBeFocused();

  await press(page, nav(page).getByRole("button", { name: "Log out" }));
  await expectGuest(page);
  await expect(heading(page, "Log in")).toBeVisible();
  await expect(main(page)).toBeFocused();
});

test("a rejected form focuses the field to correct", async ({ page, problems }) => {
  problems.allow("401 /api/auth/login", "422 /api/auth/register");
  await page.goto("/login");
  await expectStarted(page);
  await type(page, page.getByLabel("Username"), JOHN.username);
  await type(page, page.getByLabel("Password", { exact: true }), "wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "Wrong username or password." })).toBeFocused();
  const password = page.getByLabel("Password", { exact: true });
  await tabTo(page, password);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(JOHN.password);
  await page.keyboard.press("Enter");
  await expectSignedIn(page);
  await press(page, nav(page).getByRole("button", { name: "Log out" }));
  await press(page, nav(page).getByRole("link", { name: "Register" }));
  await type(page, page.getByLabel("Username"), "snow☃man");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Username")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Username")).toBeFocused();
});

test("searching, sorting and paging customers works with the keyboard", async ({ page }) => {
  await page.goto("/login");
  await expectStarted(page);
  await type(page, page.getByLabel("Username"), JOHN.username);
  await type(page, page.getByLabel("Password", { exact: true }), JOHN.password);
  await page.keyboard.press("Enter");
  await press(page, main(page).getByRole("link", { name: "See the customers" }));
  await expect(main(page)).toBeFocused();
  const place = main(page).locator("p.quiet");
  await expect(place).toHaveText("1–10 of 43");

  const next = button(page, "Next");
  await press(page, next);
  await expect(place).toHaveText("11–20 of 43");
  await expect(next, "one can press on").toBeFocused();
  for (let page_ = 3; page_ <= 5; page_++) await page.keyboard.press("Space");
  await expect(place).toHaveText("41–43 of 43");
  await expect(next, "also on the last page").toBeFocused();
  await tabTo(page, button(page, "Previous"), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(place).toHaveText("31–40 of 43");

  const byName = page.getByRole("columnheader", { name: "Name" });
  await tabTo(page, byName.getByRole("button"), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(byName).toHaveAttribute("aria-sort", "ascending");
  await expect(byName.getByRole("button")).toBeFocused();

  await tabTo(page, page.getByRole("searchbox", { name: "Search" }), "Shift+Tab");
  await page.keyboard.type("doe");
  await expect(place).toHaveText("1–2 of 2");
  await expect(customer(page, "Jane Doe")).toBeVisible();
  await page.keyboard.type("xyz");
  await press(page, button(page, "Clear the search"));
  await expect(page.getByRole("searchbox", { name: "Search" })).toBeFocused();
  await expect(place).toHaveText("1–10 of 43");
});

test("signing out devices and cancelling works with the keyboard", async ({ page, api }) => {
  for (let device = 0; device < 3; device++) await api.login(JOHN.username, JOHN.password);
  await logIn(page);
  await press(page, nav(page).getByRole("link", { name: JOHN.displayName }));
  const devices = page.getByRole("region", { name: "Devices" });
  const cards = devices.getByRole("listitem");
  await expect(cards).toHaveCount(4);
  await expect(main(page)).toBeFocused();

  const one = cards.nth(1).getByRole("button", { name: /^Sign out/ });
  await press(page, one.first());
  await expect(cards.nth(1).getByRole("button", { name: "Cancel" }), "no is the easier answer").toBeFocused();
  await tabTo(page, cards.nth(1).getByRole("group").getByRole("button", { name: /^Sign out/ }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(cards).toHaveCount(3);
  await expect(devices.getByRole("status").first()).toContainText("is signed out.");

  const all = button(page, "Sign out all other devices");
  await press(page, all);
  await expect(devices.getByRole("button", { name: "Cancel" }).last()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(all, "one is back where one was").toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(devices.getByRole("group")).toHaveCount(0);
  await expect(all, "Escape cancels, too").toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, devices.getByRole("group").getByRole("button", { name: "Sign out all other devices" }), "Shift+Tab");
  await page.keyboard.press("Space");
  await expect(cards).toHaveCount(1);
});

test("a submitted form keeps the focus on its button", async ({ page }) => {
  const asked = gate();
  await page.route("**/api/auth/login", async (route) => {
    await asked.opened;
    await route.continue();
  });
  await page.goto("/login");
  await type(page, page.getByLabel("Username"), JOHN.username);
  await type(page, page.getByLabel("Password", { exact: true }), JOHN.password);
  await press(page, button(page, "Log in"));
  await expect(button(page, "Logging in…")).toBeFocused();
  await expect(page.locator("#said"), "it is said, too").toHaveText("Logging in…");
  await page.keyboard.press("Enter");
  asked.open();
  await expectSignedIn(page);
});

test("changing the password works with the keyboard", async ({ page, problems }) => {
  problems.allow("422 /api/account/password");
  await logIn(page);
  await press(page, nav(page).getByRole("link", { name: JOHN.displayName }));
  const form = page.getByRole("region", { name: "Password" });
  await type(page, form.getByLabel("Current password"), "wrong");
  await type(page, form.getByLabel("New password"), "a walrus on the tram to Lisbon");
  await page.keyboard.press("Enter");
  await expect(form.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
  await expect(form.getByLabel("Current password")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(JOHN.password);
  await press(page, button(page, "Change password"), "Space");
  await expect(form.getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
});

test("loading older log lines works with the keyboard", async ({ page, api }) => {
  // Two lines each, in fewer sign-ins than an account may have in an hour.
  for (let time = 0; time < 55; time++) {
    const { refreshToken } = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    await api.revoke(refreshToken);
  }
  await logIn(page);
  await page.goto("/account");
  const lines = page.getByRole("region", { name: "Security log" }).getByRole("listitem");
  const older = button(page, "Show older entries");
  await expect(lines).toHaveCount(50);
  await tabTo(page, older, "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(lines.nth(50), "there the older ones begin").toBeFocused();
  await expect(lines.nth(50)).toBeInViewport();
  await tabTo(page, older);
  await page.keyboard.press("Enter");
  await expect(lines.nth(100)).toBeFocused();
  await expect(older, "there are no more").toBeHidden();
  await tabTo(page, button(page, "Delete account"));
});

test("retrying a failed load works with the keyboard", async ({ page, problems }) => {
  problems.allow("net::ERR_CONNECTION_REFUSED /api/account/events");
  await logIn(page);
  await page.route("**/api/account/events*", (route) => route.abort("connectionrefused"), { times: 1 });
  await press(page, nav(page).getByRole("link", { name: JOHN.displayName }));
  await press(page, button(page, "Try again"));
  await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem")).toHaveCount(1);
  await expect(main(page), "the button is gone, and the focus is on the page").toBeFocused();
});

test("deleting the account and cancelling works with the keyboard", async ({ page }) => {
  await logIn(page);
  await press(page, nav(page).getByRole("link", { name: JOHN.displayName }));
  const form = page.getByRole("form", { name: "Delete your account?" });
  await press(page, button(page, "Delete account"));
  await expect(form.getByLabel("Password", { exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(form).toBeHidden();
  await expect(button(page, "Delete account"), "one is back where one was").toBeFocused();
  await page.keyboard.press("Space");
  await page.keyboard.type(JOHN.password);
  await press(page, form.getByRole("button", { name: "Delete account" }));
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
  await expectGuest(page);
  await expect(main(page)).toBeFocused();
});

test("the inspector's buttons work with the keyboard", async ({ page }) => {
  await logIn(page);
  const inspector = page.getByRole("region", { name: "Session inspector" });
  const generation = inspector.locator("dt", { hasText: /^Generation$/ }).locator("xpath=following-sibling::dd[1]");
  await press(page, button(page, "Refresh now"));
  await expect(generation).toHaveText("1");
  await expect(button(page, "Refresh now")).toBeFocused();
  await press(page, button(page, "Expire the access token here"), "Space");
  await expect(generation).toHaveText("2");
});
