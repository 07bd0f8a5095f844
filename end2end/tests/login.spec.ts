import { expect, JOHN, test } from "../support/fixtures.ts";
import { expectNothingStored } from "../support/session.ts";
import {
  customer,
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  heading,
  logIn,
  nav,
  submitLogin,
} from "../support/user.ts";

test("a guest logs in from the home page and is greeted by name", async ({ page }) => {
  await page.goto("/");
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
  await expectGuest(page);

  await nav(page).getByRole("link", { name: "Log in" }).click();
  await expectLoginPage(page);
  await submitLogin(page, JOHN);

  await expect(heading(page, "Hello, John Doe")).toBeVisible();
  await expect(page).toHaveURL("/");
  await expectSignedIn(page);
});

test("a wrong password is refused and the right one works at the next try", async ({ page, problems }) => {
  problems.allow("401 /api/auth/login");
  await page.goto("/login");
  await submitLogin(page, { ...JOHN, password: "abc@123" });

  await expect(page.getByRole("alert")).toHaveText("Wrong username or password.");
  await expectLoginPage(page);
  await expect(page.getByLabel("Username"), "the username need not be typed again").toHaveValue(JOHN.username);
  await expectNothingStored(page);

  await submitLogin(page, JOHN);
  await expectSignedIn(page);
});

test("an unknown username shows the same message as a wrong password", async ({ page, problems }) => {
  problems.allow("401 /api/auth/login");
  await page.goto("/login");
  await submitLogin(page, { username: "unknown", password: JOHN.password });
  await expect(page.getByRole("alert")).toHaveText("Wrong username or password.");
});

test("the username is case-insensitive and Enter submits the form", async ({ page }) => {
  await page.goto("/login");
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await page.getByLabel("Username").fill("JohnDoe");
  await page.getByLabel("Password", { exact: true }).fill(JOHN.password);
  await page.keyboard.press("Enter");
  await expectSignedIn(page);
});

test("a login without a server shows an error and can be retried", async ({ page, problems }) => {
  problems.allow("net::ERR_CONNECTION_REFUSED /api/auth/login");
  await page.route("**/api/auth/login", (route) => route.abort("connectionrefused"));
  await page.goto("/login");
  await submitLogin(page, JOHN);
  await expect(page.getByRole("alert")).toContainText("cannot be reached");

  await page.unroute("**/api/auth/login");
  await submitLogin(page, JOHN);
  await expectSignedIn(page);
});

test.describe("the page after the login", () => {
  test("is the protected page that the guest opened", async ({ page }) => {
    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
    await expect(page.getByText("Jane Doe")).toHaveCount(0);

    await submitLogin(page, JOHN);
    await expectCustomers(page);
    await expect(customer(page, "John Doe")).toBeVisible();
  });

  test("is the protected page that the guest reached by a link", async ({ page }) => {
    await page.goto("/");
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(page, "/customers");
    await submitLogin(page, JOHN);
    await expectCustomers(page);
  });

  test("opens immediately for a signed-in user", async ({ page }) => {
    await logIn(page);
    await page.goto("/login?next=/customers");
    await expectCustomers(page);
    await page.goto("/login");
    await expect(heading(page, "Hello, John Doe")).toBeVisible();
    await expect(page).toHaveURL("/");
  });

  test("keeps its query unchanged", async ({ page, server }) => {
    const deep = "/customers?page=2&q=a%26b%20c%2Bd";
    await page.goto(deep);
    await expectLoginPage(page, deep);
    await submitLogin(page, JOHN);
    await expect(customer(page, "Jane Doe")).toBeVisible();
    // Compared as text: `toHaveURL` would take an address that is merely equivalent.
    await expect.poll(() => page.url()).toBe(server.url + deep);
  });

  for (const next of ["/login", "/./login", "/register"]) {
    test(`is never a page for guests: ${next}`, async ({ page }) => {
      await page.goto(`/login?next=${encodeURIComponent(next)}`);
      await submitLogin(page, JOHN);
      await expect(heading(page, "Hello, John Doe")).toBeVisible();
      await expect(page).toHaveURL("/");
    });
  }

  // Browsers read each of these as an address on another site, or as a program. A request to another site fails the
  // test by itself; see support/problems.ts.
  const elsewhere = [
    "//evil.example",
    "https://evil.example",
    "https:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/..//evil.example",
    "javascript:alert(1)",
  ];
  for (const next of elsewhere) {
    test(`is never on another site: ${JSON.stringify(next)}`, async ({ page }) => {
      await page.goto(`/login?next=${encodeURIComponent(next)}`);
      await submitLogin(page, JOHN);
      await expect(heading(page, "Hello, John Doe")).toBeVisible();
      await expect(page).toHaveURL("/");
    });
  }
});
