// Pages before the client is loaded, or without JavaScript.

import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { holdProgram } from "../support/program.ts";
import { recordCalls, storedSession } from "../support/session.ts";
import { expectCustomers, expectSignedIn, heading, logIn } from "../support/user.ts";

const FORMS = [
  { path: "/login", button: "Log in" },
  { path: "/register", button: "Create account" },
];

/** Records the requests of the page: URLs and methods. */
function recordAddresses(page: Page): string[] {
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(`${request.method()} ${request.url()}`));
  return addresses;
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  // A browser without JavaScript does not load scripts either, and reports that as a policy.
  test.afterEach(({ problems }) => void problems.take(/^csp \/pkg\/.*\.js$/));

  for (const path of ["/login", "/register", "/customers", "/account"]) {
    test(`${path} says that it needs JavaScript and WebAssembly`, async ({ page }) => {
      await page.goto(path);
      const notice = page.getByText(/needs JavaScript and WebAssembly\. Turn them on for this site and reload/);
      await expect(notice).toBeVisible();
    });
  }

  test("the home page is readable and its links work", async ({ page }) => {
    await page.goto("/");
    await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
    await page.getByRole("main").getByRole("link", { name: "Create an account" }).click();
    await expect(heading(page, "Create an account")).toBeVisible();
  });

  test("a protected page contains no protected data", async ({ page }) => {
    const response = await page.goto("/customers");
    const html = (await response?.text()) ?? "";
    expect(html).not.toMatch(/Jane Doe|John Doe/);
    await expect(page.getByText("Checking your session…")).toBeVisible();
  });

  for (const { path, button } of FORMS) {
    test(`the form on ${path} cannot be sent with the password in the URL`, async ({ page }) => {
      await page.goto(path);
      await expect(page.locator("form")).toHaveAttribute("method", /^post$/i);
      await expect(page.getByRole("button", { name: button })).toBeDisabled();

      const addresses = recordAddresses(page);
      await page.getByLabel("Username").fill(JOHN.username);
      await page.getByLabel("Password", { exact: true }).fill(JOHN.password);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: button }).click({ force: true });
      await expect(page).toHaveURL(path);
      expect(addresses).toEqual([]);
    });

    test(`the form on ${path} sends no password in the URL when a script submits it`, async ({
      page,
      server,
    }) => {
      await page.goto(path);
      // The server's answer does not matter here; this keeps the page open.
      await page.route("**/*", (route) => route.fulfill({ status: 204 }));
      await page.getByLabel("Username").fill(JOHN.username);
      await page.getByLabel("Password", { exact: true }).fill(JOHN.password);
      const addresses = recordAddresses(page);
      // As a browser extension would: past the button.
      await page.locator("form").evaluate((form: HTMLFormElement) => form.submit());
      await expect.poll(() => addresses).toEqual([`POST ${server.url}${path}`]);
    });
  }
});

test.describe("before the app starts", () => {
  for (const { path, button } of FORMS) {
    test(`the form on ${path} cannot be sent, and typed values are kept`, async ({ page }) => {
      const program = await holdProgram(page);
      const [username, name] = path === "/login" ? [JOHN.username, ""] : ["ada.lovelace", "Ada Lovelace"];
      const password = path === "/login" ? JOHN.password : "correct horse battery staple";
      const calls = recordCalls(page);
      await page.goto(path, { waitUntil: "commit" });
      const submit = page.getByRole("button", { name: button });
      await expect(submit).toBeDisabled();
      await page.getByLabel("Username").fill(username!);
      if (name) await page.getByLabel("Display name (optional)").fill(name);
      await page.getByLabel("Keep me signed in").uncheck();
      await page.getByLabel("Password", { exact: true }).fill(password);
      const addresses = recordAddresses(page);
      await page.keyboard.press("Enter");
      await expect(submit).toBeDisabled();
      await expect(page).toHaveURL(path);
      program.open();

      await expect(submit).toBeEnabled();
      await expect(page.getByLabel("Password", { exact: true }), "the cursor stays where it was").toBeFocused();
      await expect(page.getByLabel("Username")).toHaveValue(username!);
      if (name) await expect(page.getByLabel("Display name (optional)")).toHaveValue(name);
      await expect(page.getByLabel("Password", { exact: true })).toHaveValue(password);
      await expect(page.getByLabel("Keep me signed in")).not.toBeChecked();
      await submit.click();

      await expectSignedIn(page, name || JOHN.displayName);
      expect((await storedSession(page)).where, "the box counts that was unticked before").toBe("session");
      expect(calls.filter((call) => /^POST \S+\/(login|register) /.test(call))).toHaveLength(1);
      expect(addresses.join()).not.toContain(encodeURIComponent(password));
    });
  }

  test("a protected page shows no data until the app starts", async ({ page }) => {
    await logIn(page);
    const program = await holdProgram(page);
    await page.goto("/customers", { waitUntil: "commit" });
    await expect(page.getByText("Checking your session…")).toBeVisible();
    await expect(heading(page, "Customers")).toBeVisible();
    await expect(page.getByText("Jane Doe")).toHaveCount(0);
    program.open();
    await expectCustomers(page);
  });
});
