// Actions of a user, by the texts of the page.

import { expect, type Page, test } from "@playwright/test";
import { JOHN } from "./fixtures.ts";

export interface Credentials {
  username: string;
  password: string;
}

/** Fills in the form on `/login` and sends it. The button is enabled after hydration. */
export async function submitLogin(page: Page, { username, password }: Credentials, keep = false): Promise<void> {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Keep me signed in").setChecked(keep);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Logs in as the demo account and waits for the home page. */
export async function logIn(page: Page, { keep = false } = {}): Promise<void> {
  await test.step("sign in", async () => {
    await page.goto("/login");
    await submitLogin(page, JOHN, keep);
    await expectSignedIn(page);
    await expect(page).toHaveURL("/");
  });
}

export async function logOut(page: Page): Promise<void> {
  await nav(page).getByRole("button", { name: "Log out" }).click();
}

export function nav(page: Page) {
  return page.getByRole("navigation", { name: "Main" });
}

export function heading(page: Page, name: string | RegExp) {
  return page.getByRole("heading", { level: 1, name });
}

export async function expectSignedIn(page: Page, displayName = JOHN.displayName): Promise<void> {
  await expect(nav(page).getByText(displayName)).toBeVisible();
  await expect(nav(page).getByRole("button", { name: "Log out" })).toBeVisible();
  await expect(nav(page).getByRole("link", { name: "Log in" })).toHaveCount(0);
}

export async function expectGuest(page: Page): Promise<void> {
  await expect(nav(page).getByRole("link", { name: "Log in" })).toBeVisible();
  await expect(nav(page).getByRole("link", { name: "Register" })).toBeVisible();
  await expect(nav(page).getByRole("button", { name: "Log out" })).toHaveCount(0);
}

/** The home page of a signed-in user with its last part, whose file is loaded after the rest. */
export async function expectWholeHome(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Session inspector" })).toBeVisible();
}

/** A customer's name in the table. Jane and John are among the first ten. */
export function customer(page: Page, name: string) {
  return page.getByRole("table", { name: "Customers" }).getByRole("cell", { name, exact: true });
}

/** The protected page with its data. */
export async function expectCustomers(page: Page): Promise<void> {
  await expect(customer(page, "Jane Doe")).toBeVisible();
  await expect(heading(page, "Customers")).toBeVisible();
  await expect(page).toHaveURL("/customers");
}

/** Goes home and comes back, which loads the data once more. */
export async function visitCustomersAgain(page: Page): Promise<void> {
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(heading(page, /^Hello, /)).toBeVisible();
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
}

/** The login page, which will lead back to `next`. */
export async function expectLoginPage(page: Page, next?: string): Promise<void> {
  await expect(heading(page, "Log in")).toBeVisible();
  // Not `toHaveURL`, which waits for a page to be loaded, and one from the back-forward cache never is.
  const where = () => {
    const { pathname, searchParams } = new URL(page.url());
    return { pathname, next: searchParams.get("next") };
  };
  await expect.poll(where).toEqual({ pathname: "/login", next: next ?? null });
}
