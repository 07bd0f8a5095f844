// The account page.

import type { Tokens } from "../support/api.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { refreshed } from "../support/refresh.ts";
import { claims, expectNothingStored, recordCalls, storedSession } from "../support/session.ts";
import { duplicate } from "../support/tabs.ts";
import { pass, simulateTime, stop } from "../support/time.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  expectWholeHome,
  heading,
  logIn,
  logOut,
  nav,
  submitLogin,
  visitCustomersAgain,
} from "../support/user.ts";

const MAY_BE_CHANGED = "Your password may have been changed. Sign in with the new one.";

const log = (page: Page) => page.getByRole("region", { name: "Security log" });

test("a guest reaches the account page by logging in", async ({ page }) => {
  await page.goto("/account");
  await expectLoginPage(page, "/account");
  await submitLogin(page, JOHN);
  await expect(heading(page, "Your account")).toBeVisible();
  await expect(log(page).getByRole("listitem").first()).toContainText("Logged in");
});

test("the security log lists events with their address, newest first", async ({ page, api }) => {
  await api.login(JOHN.username, "not the password");
  await logIn(page);
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  const lines = log(page).getByRole("listitem");
  await expect(lines).toHaveText([/^Logged in.*Chrom.*127\.0\.0\.1$/s, /^Login failed.*127\.0\.0\.1$/s]);
  await expect(lines.first().locator("time")).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test.describe("a page that stays open", () => {
  test("updates its relative times", async ({ page, context }) => {
    await simulateTime(context);
    await logIn(page);
    await nav(page).getByRole("link", { name: JOHN.displayName }).click();
    await expect(log(page).locator("time")).toHaveText("just now");
    await stop(page);
    await pass(page, 3 * 60_000);
    await expect(log(page).locator("time")).toHaveText("3 minutes ago");
    await expect(page.locator("time").filter({ hasText: "just now" })).toHaveCount(0);
  });
});

test("older lines of the security log load on request", async ({ page, api }) => {
  // With that of the page, as many as an account may have in an hour.
  for (let time = 0; time < 59; time++) await api.login(JOHN.username, JOHN.password);
  await logIn(page);
  await page.goto("/account");
  const lines = log(page).getByRole("listitem");
  await expect(lines).toHaveCount(50);
  await log(page).getByRole("button", { name: "Show older entries" }).click();
  // Sixty sign-ins, and the ends of those sessions that there were too many of.
  await expect.poll(() => lines.count()).toBeGreaterThan(60);
  await expect(log(page).getByRole("button")).toHaveCount(0);
  await expect(page.locator("#said"), "it is said how many came").toHaveText(`${(await lines.count()) - 50} older entries.`);
  await expect(lines.nth(50), "the focus does not go away with the button").toBeFocused();
  const moments = await lines
    .locator("time")
    .evaluateAll((times) => times.map((time) => Date.parse(time.getAttribute("datetime")!)));
  expect(moments).toEqual(moments.toSorted((one, other) => other - one));
});

test("a log that failed to load can be loaded again", async ({ page, problems }) => {
  problems.allow("net::ERR_CONNECTION_REFUSED /api/account/events");
  await logIn(page);
  await page.route("**/api/account/events*", (route) => route.abort("connectionrefused"), { times: 1 });
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  await expect(log(page).getByRole("alert")).toContainText("cannot be reached");
  await log(page).getByRole("button", { name: "Try again" }).click();
  await expect(log(page).getByRole("listitem")).toHaveCount(1);
  await expectSignedIn(page);
});

test("a log that failed to load reloads when the network returns", async ({ page, context, problems }) => {
  problems.allow("net::ERR_INTERNET_DISCONNECTED /api/account/events");
  await logIn(page);
  await expectWholeHome(page);
  await page.route("**/api/account/events*", (route) => route.abort("internetdisconnected"), { times: 1 });
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  await expect(log(page).getByRole("alert")).toContainText("cannot be reached");
  await context.setOffline(true);
  await context.setOffline(false);
  await expect(log(page).getByRole("listitem")).toHaveCount(1);
  await expect(log(page).getByRole("alert")).toHaveCount(0);
});

test.describe("/.well-known/change-password", () => {
  const current = (page: Page) => page.getByRole("region", { name: "Password" }).getByLabel("Current password");

  test("opens the account page at the password form", async ({ page }) => {
    await page.setViewportSize({ width: 400, height: 500 });
    await logIn(page);
    await page.goto("/.well-known/change-password");
    await expect(page).toHaveURL("/account#change-password");
    await expect(current(page)).toBeFocused();
    await expect(current(page)).toBeInViewport();
  });

  test("leads a guest to the password form after the login", async ({ page }) => {
    await page.goto("/.well-known/change-password");
    await expectLoginPage(page, "/account#change-password");
    await submitLogin(page, JOHN);
    await expect(page).toHaveURL("/account#change-password");
    await expect(current(page)).toBeFocused();
  });

  test("is required to focus the password form", async ({ page }) => {
    await logIn(page);
    await page.goto("/account");
    await expect(current(page)).toBeVisible();
    await expect(current(page)).not.toBeFocused();
  });
});

test("an empty security log says that it has no entries", async ({ page }) => {
  await page.route("**/api/account/events*", (route) => route.fulfill({ json: { events: [], next: null } }));
  await logIn(page);
  await page.goto("/account");
  await expect(log(page).getByText("No entries.")).toBeVisible();
});

test.describe("changing the password", () => {
  const NEW = "a walrus on the tram to Lisbon";
  const form = (page: Page) => page.getByRole("region", { name: "Password" });

  async function change(page: Page, current: string, password: string): Promise<void> {
    await form(page).getByLabel("Current password").fill(current);
    await form(page).getByLabel("New password").fill(password);
    await form(page).getByRole("button", { name: "Change password" }).click();
  }

  test("signs out all other devices, and only the new password works", async ({ page, api }) => {
    const other = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    await logIn(page);
    await page.goto("/account");
    const devices = page.getByRole("region", { name: "Devices" }).getByRole("listitem");
    await expect(devices).toHaveCount(2);

    await change(page, JOHN.password, NEW);
    await expect(form(page).getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
    const news = form(page).getByRole("status").filter({ hasText: "Your password is changed." });
    await expect(news, "the focus is where the news is").toBeFocused();
    await expect(news).toBeInViewport();
    await expect(devices, "the list knows").toHaveCount(1);
    await expect(log(page).getByRole("listitem").filter({ hasText: "Password changed" }), "so does the log").toHaveCount(1);
    await expect(form(page).getByLabel("New password"), "nothing is left lying about").toHaveValue("");
    await expectSignedIn(page);
    expect(await api.refresh(other.refreshToken)).toMatchObject({ status: 400, body: { reason: "password_changed" } });
    expect(await api.login(JOHN.username, JOHN.password)).toMatchObject({ status: 401 });
    expect(await api.login(JOHN.username, NEW)).toMatchObject({ status: 200 });
  });

  const PATH = "/api/account/password";

  test.describe("with access tokens that last", () => {
    test("gives duplicated tabs new tokens and invalidates the old ones", async ({ page, api }) => {
      await logIn(page);
      const twin = await duplicate(page, "/");
      await expectSignedIn(twin);
      const old = await storedSession(page);
      await page.goto("/account");
      const calls = recordCalls(page, { withMe: true });
      await change(page, JOHN.password, NEW);
      await expect(form(page).getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();

      const fresh = await storedSession(page);
      expect(claims(fresh.accessToken)).toMatchObject({ sid: claims(old.accessToken).sid, gen: 1 });
      await expect.poll(async () => (await storedSession(twin)).refreshToken).toBe(fresh.refreshToken);
      expect(await api.refresh(old.refreshToken)).toMatchObject({ status: 400, body: { reason: "password_changed" } });
      expect(await api.customers(old.accessToken)).toMatchObject({ status: 401, body: { reason: "password_changed" } });
      for (const tab of [page, twin]) {
        await nav(tab).getByRole("link", { name: "Customers" }).click();
        await expectCustomers(tab);
      }
      expect(calls).not.toContain(refreshed(200));
    });

    test("gives every tab of a remembered session new tokens", async ({ page, context }) => {
      await logIn(page, { keep: true });
      const other = await context.newPage();
      await other.goto("/customers");
      await expectCustomers(other);
      await page.goto("/account");
      await change(page, JOHN.password, NEW);
      await expect(form(page).getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
      const calls = recordCalls(context);
      await visitCustomersAgain(other);
      expect(calls.filter((call) => call.includes("/customers"))).toEqual(["GET /api/customers 200"]);
      expect(calls).not.toContain(refreshed(200));
    });

    test("with a lost response leads to a login with the new password", async ({ page, problems }) => {
      problems.allow(`net::ERR_CONNECTION_RESET ${PATH}`, "400 /api/token/refresh");
      await logIn(page);
      await page.goto("/account");
      await page.route(`**${PATH}`, async (route) => {
        await route.fetch();
        await route.abort("connectionreset");
      });
      await change(page, JOHN.password, NEW);
      await expectLoginPage(page, "/account");
      await expect(page.getByRole("status").filter({ hasText: MAY_BE_CHANGED })).toBeVisible();
      await expectNothingStored(page);
      await submitLogin(page, { ...JOHN, password: NEW });
      await expect(heading(page, "Your account")).toBeVisible();
    });

    test("with an unknown outcome says so and keeps the user signed in", async ({ page, api, problems }) => {
      problems.allow(`net::ERR_CONNECTION_RESET ${PATH}`, "net::ERR_CONNECTION_RESET /api/token/refresh");
      await logIn(page);
      await page.goto("/account");
      for (const path of [PATH, "/api/token/refresh"]) {
        await page.route(`**${path}`, (route) => route.abort("connectionreset"));
      }
      await change(page, JOHN.password, NEW);
      await expect(form(page).getByRole("alert").filter({ hasText: MAY_BE_CHANGED })).toBeVisible();
      await expectSignedIn(page);
      expect(await api.login(JOHN.username, JOHN.password)).toMatchObject({ status: 200 });
    });

    test("that never reached the server shows an error and can be retried", async ({ page, problems }) => {
      problems.allow(`net::ERR_CONNECTION_RESET ${PATH}`);
      await logIn(page);
      await page.goto("/account");
      await page.route(`**${PATH}`, (route) => route.abort("connectionreset"), { times: 1 });
      await change(page, JOHN.password, NEW);
      await expect(form(page).getByRole("alert")).toContainText("cannot be reached");
      await expectSignedIn(page);
      await change(page, JOHN.password, NEW);
      await expect(form(page).getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
    });

    test("revokes its tokens after a logout in the meantime", async ({ page, api }) => {
      await logIn(page);
      await page.goto("/account");
      const [done, loggedOut] = [gate(), gate()];
      let fresh = "";
      await page.route(`**${PATH}`, async (route) => {
        const response = await route.fetch();
        fresh = ((await response.json()) as Tokens).refreshToken;
        done.open();
        await loggedOut.opened;
        await route.fulfill({ response });
      });
      await change(page, JOHN.password, NEW);
      await done.opened;
      const calls = recordCalls(page);
      await logOut(page);
      await expectGuest(page);
      loggedOut.open();
      const revoked = "POST /api/token/revoke 204";
      await expect.poll(() => calls.filter((call) => call === revoked)).toEqual([revoked, revoked]);
      await expectNothingStored(page);
      expect(await api.refresh(fresh)).toMatchObject({ status: 400, body: { reason: "logged_out" } });
    });
  });

  test("shows an error at each wrong field and can be retried", async ({ page, problems }) => {
    problems.allow("422 /api/account/password");
    await logIn(page);
    await page.goto("/account");
    await change(page, "not the password", "password1");
    await expect(form(page).getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
    await expect(form(page).getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
    await expect(form(page).getByLabel("Current password")).toBeFocused();

    await change(page, JOHN.password, NEW);
    await expect(form(page).getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
    await expect(form(page).getByLabel("Current password")).not.toHaveAttribute("aria-invalid", "true");
  });

  test("has a username and autocomplete attributes for password managers", async ({ page }) => {
    await logIn(page);
    await page.goto("/account");
    await expect(form(page).locator("input[autocomplete=username]")).toHaveValue(JOHN.username);
    await expect(form(page).getByLabel("Current password")).toHaveAttribute("autocomplete", "current-password");
    await expect(form(page).getByLabel("New password")).toHaveAttribute("autocomplete", "new-password");
  });
});

test("a session that ends while a new password is typed leads to the login page", async ({
  page,
  context,
  problems,
}) => {
  problems.tolerate("401 /api/auth/password-advice");
  await logIn(page, { keep: true });
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  await page.getByLabel("New password").pressSequentially("violet");
  const other = await context.newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Log out" }).click();
  await expectLoginPage(page, "/account");
  await submitLogin(page, JOHN);
  await expect(page.getByRole("heading", { name: "Devices" })).toBeVisible();
});
