// A duplicated tab: two tabs that start with copies of one session storage. Storage events do not reach the other tab,
// and a tab that used its copy of an older refresh token would look like a thief.

import type { Tokens } from "../support/api.ts";
import { expect, JANE, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { REFRESH, refreshes } from "../support/refresh.ts";
import {
  claims,
  expectNothingStored,
  leave,
  recordCalls,
  recordPresented,
  refuseNextCall,
  storedIn,
  storedSession,
} from "../support/session.ts";
import { duplicate, expectNoneTwice, expectWaiting, liveThrough, lockOf, stopTwoHoursLater } from "../support/tabs.ts";
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
import { setHidden } from "../support/visibility.ts";

/** Refreshes by the inspector's button, and waits for the new tokens. */
async function refreshNow(page: Page): Promise<void> {
  const { refreshToken } = await storedSession(page);
  await page.getByRole("button", { name: "Refresh now" }).click();
  await expect.poll(async () => (await storedSession(page)).refreshToken).not.toBe(refreshToken);
}

test("a tab with old tokens asks its duplicate before the server", async ({
  page,
  context,
}) => {
  await context.clock.install();
  await logIn(page);
  const twin = await duplicate(page, "/");
  await expectSignedIn(twin);
  await leave(twin);
  const old = await storedSession(twin);
  for (let generation = 0; generation < 3; generation++) await refreshNow(page);
  expect((await storedSession(twin)).refreshToken, "it has slept").toBe(old.refreshToken);

  // Two hours later the sleeping tab's access token has expired, and the other tab has refreshed once more. From then on
  // no time passes: a tab gives its twin a quarter of a second to answer, which a slow machine may exceed.
  const { refreshToken } = await storedSession(page);
  await stopTwoHoursLater(context);
  await expect
    .poll(async () => {
      await context.clock.runFor(250);
      return (await storedSession(page)).refreshToken;
    })
    .not.toBe(refreshToken);
  const presented = recordPresented(context);
  await twin.goto("/customers");
  await expectCustomers(twin);
  expect(presented, "the server is not asked").toEqual([]);
  await visitCustomersAgain(twin);
  await context.clock.resume(); // there is nothing newer to be told of
  await nav(twin).getByRole("link", { name: "Home" }).click();
  await refreshNow(twin);
  await visitCustomersAgain(twin);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  expect(presented).not.toContain(old.refreshToken);
  expectNoneTwice(presented);
});

for (const tabsInAll of [2, 4]) {
  test.describe(`${tabsInAll} duplicated tabs after two hours of sleep`, () => {
    test("share one refresh when they wake up at the same time", async ({ page, context }) => {
      await logIn(page);
      const tabs = [page];
      while (tabs.length < tabsInAll) tabs.push(await duplicate(page, "/"));
      for (const tab of tabs) {
        await expectSignedIn(tab);
        await leave(tab);
      }
      const before = await storedSession(page);
      await stopTwoHoursLater(context);

      const calls = recordCalls(context);
      const presented = recordPresented(context);
      const stopped = gate();
      await context.route(REFRESH, async (route) => {
        await stopped.opened;
        await route.continue();
      });
      await Promise.all(tabs.map((tab) => tab.goto("/customers")));
      // The first one asks the others for newer tokens, gives them a quarter of a second to answer, and asks the server.
      await expectWaiting(page, lockOf(before.accessToken), tabsInAll - 1);
      await expect
        .poll(async () => {
          await context.clock.runFor(250);
          return presented.length;
        })
        .toBe(1);
      stopped.open(); // no more time passes: the others wait for their answers, however slow the machine is
      for (const tab of tabs) await expectCustomers(tab);
      expect(presented).toEqual([before.refreshToken]);
      for (const tab of tabs) await visitCustomersAgain(tab);
      expect(presented).toHaveLength(1);
      expect(new Set(calls)).toEqual(new Set(["POST /api/token/refresh 200", "GET /api/customers 200"]));
      const { record } = await storedSession(page);
      for (const tab of tabs) expect((await storedSession(tab)).record).toBe(record);
    });
  });
}

test.describe("with access tokens that last", () => {
  test("new tokens reach the duplicated tab and no other session", async ({ page, context, api, problems }) => {
    problems.allow("401 /api/customers");
    await api.register(JANE.username, JANE.password);
    await logIn(page);
    const twin = await duplicate(page, "/");
    await expectSignedIn(twin);
    const janes = await context.newPage();
    await janes.goto("/login");
    await submitLogin(janes, JANE);
    await expectSignedIn(janes, JANE.username);
    const jane = await storedSession(janes);

    const [before, presented] = [await storedSession(page), recordPresented(context)];
    const calls = recordCalls(page);
    await refuseNextCall(twin);
    await nav(twin).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(twin);
    const { refreshToken } = await storedSession(twin);
    await expect.poll(async () => (await storedSession(page)).refreshToken).toBe(refreshToken);
    expect(presented).toEqual([before.refreshToken]);

    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    expect(calls).toEqual(["GET /api/customers 200"]);
    expect((await storedSession(janes)).record).toBe(jane.record);
    await expectSignedIn(janes, JANE.username);
  });

  test("a logout signs out the duplicated tab and no other session", async ({ page, context, api }) => {
    await api.register(JANE.username, JANE.password);
    await logIn(page);
    const twin = await duplicate(page, "/customers");
    await expectCustomers(twin);
    const janes = await context.newPage();
    await janes.goto("/login");
    await submitLogin(janes, JANE);
    await expectSignedIn(janes, JANE.username);
    const [john, jane] = [await storedSession(page), await storedSession(janes)];

    const calls = recordCalls(context);
    const revoked = page.waitForResponse("**/api/token/revoke");
    await logOut(page);
    await expectLoginPage(page);
    await expectLoginPage(twin, "/customers");
    for (const tab of [page, twin]) {
      await expectGuest(tab);
      await expectNothingStored(tab);
    }
    await expect(twin.getByText("Jane Doe")).toHaveCount(0);
    expect((await revoked).status()).toBe(204);
    expect(await api.customers(john.accessToken)).toMatchObject({ status: 401 });

    await twin.reload();
    await expectGuest(twin);
    expect((await storedIn(janes, "session"))?.record).toBe(jane.record);
    await nav(janes).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(janes);
    expect(calls).toEqual(["POST /api/token/revoke 204", "GET /api/customers 200"]);
  });

  test("an ended session is explained in both tabs", async ({ page, context, api, problems }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    await logIn(page);
    const twin = await duplicate(page, "/");
    await expectSignedIn(twin);
    const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    await api.revokeSession(phone.token, claims((await storedSession(page)).accessToken).sid);

    const presented = recordPresented(context);
    await nav(twin).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(twin, "/customers");
    const why = "Your session was ended from another device";
    for (const tab of [page, twin]) {
      await expect(tab.getByRole("status").filter({ hasText: why })).toBeVisible();
      await expectGuest(tab);
      await expectNothingStored(tab);
    }
    expect(presented).toHaveLength(1);
  });

  test("a login in one tab keeps the session of its duplicate", async ({ page, api }) => {
    await api.register(JANE.username, JANE.password);
    await logIn(page);
    const twin = await duplicate(page, "/");
    await logOut(page);
    await expectLoginPage(page);
    await expectGuest(twin);

    await submitLogin(page, JANE);
    await expectSignedIn(page, JANE.username);
    await nav(twin).getByRole("link", { name: "Log in" }).click();
    await submitLogin(twin, JOHN);
    await expectSignedIn(twin, JOHN.displayName);
    await page.reload();
    await expectSignedIn(page, JANE.username);
  });
});

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  test("both tabs stay signed in and refresh each generation once", async ({ page, context }) => {
    await logIn(page);
    const presented = recordPresented(context);
    const twin = await duplicate(page, "/customers");
    await expectCustomers(twin);
    expect((await storedSession(twin)).where).toBe("session");
    expect(claims((await storedSession(twin)).accessToken).sid).toBe(
      claims((await storedSession(page)).accessToken).sid,
    );

    await liveThrough(page, 3);
    await expectCustomers(twin);
    await visitCustomersAgain(twin);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    await visitCustomersAgain(page);
    expectNoneTwice(presented);
    await expect
      .poll(async () => (await storedSession(twin)).refreshToken === (await storedSession(page)).refreshToken)
      .toBe(true);
  });

  test("the background tab receives tokens without requests and can take over", async ({
    page,
    context,
  }) => {
    await logIn(page);
    const twin = await duplicate(page, "/customers");
    await expectCustomers(twin);
    // The one that refreshed last would be the next to do so.
    await setHidden(twin, true);
    const leading = recordCalls(page);
    await expect.poll(() => refreshes(leading), { timeout: 15_000 }).toBeGreaterThan(0);
    await setHidden(twin, false);
    await setHidden(page, true);
    await liveThrough(page, 1); // a refresh that it had begun by then is over
    const presented = recordPresented(context);
    const hidden = recordCalls(page);

    await liveThrough(page, 2);
    expect(hidden, "told of two generations, and asked for none").toEqual([]);
    expectNoneTwice(presented);

    await twin.close();
    await setHidden(page, false);
    await liveThrough(page, 1);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
  });
});
