// Two tabs of one browser, sharing one session.

import { expect, JANE, JOHN, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import {
  expectNothingStored,
  leave,
  leaveUntilExpired,
  recordCalls,
  sleepTwoHours,
  storedSession,
} from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  logIn,
  logOut,
  nav,
  submitLogin,
  visitCustomersAgain,
} from "../support/user.ts";

const REFRESH = "**/api/token/refresh";

test("a logout in one tab signs out the other", async ({ page, context }) => {
  await logIn(page, { keep: true });
  const [home, customers] = [await context.newPage(), await context.newPage()];
  await home.goto("/");
  await customers.goto("/customers");
  await expectCustomers(customers);
  await expectSignedIn(home);

  await logOut(page);
  await expectGuest(home);
  await expectGuest(customers);
  await expect(customers.getByText("Jane Doe"), "protected data goes with the session").toHaveCount(0);
  await expectNothingStored(customers);
});

test("a login in one tab signs in the other", async ({ page, context }) => {
  const other = await context.newPage();
  await other.goto("/");
  await expectGuest(other);
  await logIn(page, { keep: true });
  await expectSignedIn(other);
  await nav(other).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(other);
});

test("a session of one tab is kept after a login in another tab", async ({ page, context, api }) => {
  await api.register(JANE.username, JANE.password);
  await logIn(page);
  const other = await context.newPage();
  await other.goto("/login");
  await submitLogin(other, JANE);
  await expectSignedIn(other, JANE.username);
  await logOut(other);
  await expectLoginPage(other);
  await page.reload();
  await expectSignedIn(page, JOHN.displayName);
});

test.describe("after two hours of sleep", () => {
  test("two tabs that wake up at the same time stay signed in", async ({ page, context }) => {
    await logIn(page, { keep: true });
    await leave(page);
    await sleepTwoHours(context);

    const bothWait = gate();
    await context.route(REFRESH, async (route) => {
      await bothWait.opened;
      await route.continue();
    });
    const calls = recordCalls(context);
    const tabs = [page, await context.newPage()];
    for (const tab of tabs) {
      await tab.goto("/customers");
      await expect(tab.getByRole("status").filter({ hasText: "Checking your session…" })).toBeVisible();
    }
    bothWait.open();

    for (const tab of tabs) await expectCustomers(tab);
    for (const tab of tabs) await visitCustomersAgain(tab);
    const refreshes = calls.filter((call) => call.includes("/api/token/"));
    expect([1, 2], `at most one a tab: ${refreshes.join()}`).toContain(refreshes.length);
    expect(new Set(calls)).toEqual(new Set(["POST /api/token/refresh 200", "GET /api/customers 200"]));
  });
});

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  // A page that is served over plain http, from anywhere but the own machine, has no Web Locks.
  test("two tabs without locks that refresh at the same time stay signed in", async ({
    page,
    context,
  }) => {
    await context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
    });
    await logIn(page, { keep: true });
    const before = await leaveUntilExpired(page);

    const presented: string[] = [];
    const bothAreUnderWay = gate();
    await context.route(REFRESH, async (route) => {
      const { refreshToken } = route.request().postDataJSON() as { refreshToken: string };
      if (presented.push(refreshToken) === 2) bothAreUnderWay.open();
      await bothAreUnderWay.opened;
      await route.continue();
    });
    const other = await context.newPage();
    await Promise.all([page.goto("/customers"), other.goto("/customers")]);

    await expectCustomers(page);
    await expectCustomers(other);
    expect(presented.slice(0, 2)).toEqual([before.refreshToken, before.refreshToken]);

    // And they stay signed in: what both of them hold now can be refreshed again.
    const { accessToken } = await storedSession(page);
    await expect.poll(async () => (await storedSession(page)).accessToken, { timeout: 15_000 }).not.toBe(accessToken);
    for (const tab of [page, other]) {
      await tab.reload();
      await expectCustomers(tab);
    }
  });
});
