import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { expectNothingStored, storedSession } from "../support/session.ts";
import { expectSignedIn, heading, nav } from "../support/user.ts";

const ADA = { username: "ada.lovelace", displayName: "Ada Lovelace", password: "correct horse battery staple" };

async function submit(page: Page, account: { username: string; password: string; displayName?: string }) {
  await page.getByLabel("Username").fill(account.username);
  await page.getByLabel("Display name (optional)").fill(account.displayName ?? "");
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "Create account" }).click();
}

test("a new user is signed in and can log in later", async ({ page, api }) => {
  await page.goto("/");
  await nav(page).getByRole("link", { name: "Register" }).click();
  await expect(heading(page, "Create an account")).toBeVisible();
  await submit(page, ADA);

  await expect(heading(page, "Hello, Ada Lovelace")).toBeVisible();
  await expectSignedIn(page, ADA.displayName);
  expect(await api.login(ADA.username, ADA.password)).toMatchObject({ status: 200 });
});

test("the username is shown without a display name", async ({ page }) => {
  await page.goto("/register");
  await submit(page, { username: "ada.lovelace", password: ADA.password });
  await expect(heading(page, "Hello, ada.lovelace")).toBeVisible();
});

test("the login page links to registration", async ({ page }) => {
  await page.goto("/login");
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(heading(page, "Create an account")).toBeVisible();
  await expect(page).toHaveURL((url) => url.pathname === "/register");
});

test("all errors are shown at their fields and can be corrected", async ({ page, problems }) => {
  problems.allow("422 /api/auth/register");
  const username = page.getByLabel("Username");
  const password = page.getByLabel("Password", { exact: true });

  await page.goto("/register");
  await submit(page, { username: "snow☃man", displayName: ADA.displayName, password: "short" });

  for (const field of [username, password]) {
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field, "a message tied to the field").toHaveAccessibleDescription(/\w+ \w+/);
  }
  await expect(username, "what was typed stays").toHaveValue("snow☃man");
  await expect(page).toHaveURL("/register");
  await expectNothingStored(page);

  await submit(page, ADA);
  await expectSignedIn(page, ADA.displayName);
});

test("a taken username in any case is an error at its field", async ({ page, problems }) => {
  problems.allow("409 /api/auth/register");
  for (const taken of [JOHN.username, "JohnDoe"]) {
    await page.goto("/register");
    await submit(page, { ...ADA, username: taken });
    await expect(page.getByLabel("Username")).toHaveAccessibleDescription(
      /That username is taken\. Choose another\./,
    );
    await expect(page.getByLabel("Password", { exact: true })).not.toHaveAttribute("aria-invalid", "true");
  }
  await expectNothingStored(page);
});

test("a new account is signed in in all tabs", async ({ page, context }) => {
  await page.goto("/register");
  await submit(page, ADA);
  await expectSignedIn(page, ADA.displayName);
  expect((await storedSession(page)).where).toBe("local");

  const tab = await context.newPage();
  await tab.goto("/");
  await expectSignedIn(tab, ADA.displayName);
});

test.describe("where registration is closed", () => {
  test.use({ registration: "closed" });

  test("no link leads to the form and its page names the administrator", async ({ page, api }) => {
    for (const path of ["/", "/login"]) {
      await page.goto(path);
      await expect(nav(page).getByRole("link", { name: "Log in" })).toBeVisible();
      await expect(page.getByRole("link", { name: "Create an account" })).toHaveCount(0);
      await expect(page.getByRole("link", { name: "Register" })).toHaveCount(0);
      await expect(page.getByText("New here?")).toBeHidden();
    }
    await page.goto("/register");
    await expect(page.getByText("New accounts are made by the administrator here. Ask for one.")).toBeVisible();
    await expect(page.getByLabel("Username")).toBeHidden();
    await expect(page.getByText("Already have an account?")).toBeVisible();

    // A client that calls the endpoint directly is told the same.
    expect(await api.register(ADA.username, ADA.password)).toMatchObject({ status: 403 });
  });
});

test("open registration does not mention an administrator", async ({ page }) => {
  await page.goto("/register");
  await expect(page.getByLabel("Username")).toBeVisible();
  await expect(page.getByText("New accounts are made by the administrator")).toBeHidden();
});
