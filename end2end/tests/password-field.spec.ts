// Password fields can show the text, and report Caps Lock.

import type { Locator } from "@playwright/test";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { recordCalls } from "../support/session.ts";
import { expectSignedIn, logIn, submitLogin } from "../support/user.ts";

const password = (page: Page | Locator) => page.getByLabel("Password", { exact: true });
const show = (page: Page) => page.getByRole("button", { name: "Show password" });
const hide = (page: Page) => page.getByRole("button", { name: "Hide password" });

test.describe("a password", () => {
  for (const path of ["/login", "/register"]) {
    test(`on ${path} can be shown and hidden without changing`, async ({ page }) => {
      await page.goto(path);
      await password(page).fill("violet umbrella");
      const purpose = await password(page).getAttribute("autocomplete");
      const calls = recordCalls(page);
      await show(page).click();
      await expect(password(page)).toHaveAttribute("type", "text");
      await expect(password(page)).toHaveValue("violet umbrella");
      await expect(password(page), "a password manager still knows it").toHaveAttribute("autocomplete", purpose!);
      await hide(page).click();
      await expect(password(page)).toHaveAttribute("type", "password");
      await expect(password(page)).toHaveValue("violet umbrella");
      await expect(show(page)).toBeVisible();
      expect(calls.filter((call) => !call.includes("advice"))).toEqual([]);
    });
  }

  test("is shown by a button of at least 44 pixels", async ({ page }) => {
    await page.goto("/login");
    const box = await show(page).boundingBox();
    expect(box!.width).toBeGreaterThanOrEqual(44);
    expect(box!.height).toBeGreaterThanOrEqual(44);
  });

  test("is shown by mouse without moving the cursor", async ({ page }) => {
    await page.goto("/login");
    await expect(show(page)).toBeVisible();
    await password(page).fill("violet umbrella");
    await password(page).evaluate((input: HTMLInputElement) => input.setSelectionRange(7, 7));
    await show(page).click();
    await expect(password(page)).toBeFocused();
    const caret = () => password(page).evaluate((input: HTMLInputElement) => input.selectionStart);
    expect(await caret()).toBe(7);
    await hide(page).click();
    await page.keyboard.type("X");
    await expect(password(page)).toHaveValue("violet Xumbrella");
  });

  test("is shown with the keyboard alone, without sending the form", async ({ page }) => {
    await page.goto("/login");
    await expect(show(page)).toBeVisible();
    const calls = recordCalls(page);
    await password(page).focus();
    await page.keyboard.type("violet");
    await page.keyboard.press("Tab");
    await expect(show(page)).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(hide(page), "the focus stays on the button").toBeFocused();
    await expect(password(page)).toHaveAttribute("type", "text");
    await page.keyboard.press("Space");
    await expect(password(page)).toHaveAttribute("type", "password");
    expect(calls).toEqual([]);
  });

  test("is hidden when the form is submitted and stays hidden", async ({ page, problems }) => {
    problems.allow("401 /api/auth/login");
    await page.goto("/login");
    await show(page).click();
    await expect(password(page)).toHaveAttribute("type", "text");
    await submitLogin(page, { ...JOHN, password: "wrong" });
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(password(page)).toHaveAttribute("type", "password");
    await submitLogin(page, JOHN);
    await expectSignedIn(page);
  });

  test("is shown separately in each field", async ({ page }) => {
    await logIn(page);
    await page.goto("/account");
    const form = page.getByRole("region", { name: "Password" });
    await form.getByRole("button", { name: "Show password" }).last().click();
    await expect(form.getByLabel("New password")).toHaveAttribute("type", "text");
    await expect(form.getByLabel("Current password")).toHaveAttribute("type", "password");
  });

  test("stays shown when another form is submitted", async ({ page, problems }) => {
    problems.allow("422 /api/account/delete");
    await logIn(page);
    await page.goto("/account");
    const form = page.getByRole("region", { name: "Password" });
    await form.getByRole("button", { name: "Show password" }).first().click();
    await page.getByRole("button", { name: "Delete account" }).click();
    const other = page.getByRole("form", { name: "Delete your account?" });
    await other.getByRole("button", { name: "Show password" }).click();
    await other.getByRole("button", { name: "Delete account" }).click();
    await expect(password(other)).toHaveAttribute("aria-invalid", "true");
    await expect(password(other)).toHaveAttribute("type", "password");
    await expect(form.getByLabel("Current password")).toHaveAttribute("type", "text");
  });

  test("cannot be shown before the app starts", async ({ page }) => {
    await page.route("**/*.wasm", () => undefined);
    await page.goto("/login", { waitUntil: "commit" });
    await expect(password(page)).toBeVisible();
    await expect(show(page)).toHaveCount(0);
  });
});

test.describe("Caps Lock", () => {
  const warning = (page: Page) => page.getByText("Caps Lock is on.");

  /** A key, on a keyboard where it is on or off. */
  async function press(page: Page, label: string, modifierCapsLock: boolean): Promise<void> {
    await page.getByLabel(label, { exact: true }).dispatchEvent("keyup", { key: "A", modifierCapsLock });
  }

  test.beforeEach(async ({ page }) => {
    await page.goto("/login");
    await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  });

  test("shows a warning that describes the field while it is on", async ({ page }) => {
    await password(page).focus();
    await expect(warning(page)).toHaveCount(0);
    await press(page, "Password", true);
    await expect(warning(page)).toBeVisible();
    await expect(warning(page)).toHaveAttribute("aria-live", "polite");
    await expect(password(page)).toHaveAccessibleDescription("Caps Lock is on.");
    await press(page, "Password", false);
    await expect(warning(page)).toHaveCount(0);
    await expect(password(page)).toHaveAccessibleDescription("");
  });

  test("shows no warning after the field loses focus", async ({ page }) => {
    await password(page).focus();
    await press(page, "Password", true);
    await expect(warning(page)).toBeVisible();
    await page.getByLabel("Username").focus();
    await expect(warning(page)).toHaveCount(0);
  });

  test("shows no warning in other fields", async ({ page }) => {
    await page.getByLabel("Username").focus();
    await press(page, "Username", true);
    await press(page, "Username", false);
    await expect(warning(page)).toHaveCount(0);
  });

  test("is not read from autofill events without a key", async ({ page }) => {
    await password(page).focus();
    await password(page).evaluate((input) => input.dispatchEvent(new Event("keyup", { bubbles: true })));
    await submitLogin(page, JOHN);
    await expectSignedIn(page);
  });
});
