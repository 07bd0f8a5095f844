// How many requests a page makes that is left alone for a while: few, whatever happens to it.

import type { Route } from "@playwright/test";
import { expect, type Page, test } from "../support/fixtures.ts";
import { problem, REFRESH, refreshed, refreshes } from "../support/refresh.ts";
import { recordCalls, storedSession } from "../support/session.ts";
import { pass, settle, simulateTime } from "../support/time.ts";
import { expectCustomers, expectSignedIn, logIn, nav } from "../support/user.ts";
import { flicker, setHidden } from "../support/visibility.ts";

const MINUTE = 60_000;

test.use({ accessTokenTtl: "5m" });

/** Signed in, with the customers in view. */
async function openCustomers(page: Page): Promise<string[]> {
  await simulateTime(page.context());
  await logIn(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  return recordCalls(page);
}

test.describe("ten minutes of doing nothing", () => {
  test("in view make two or three refreshes and nothing else", async ({ page }) => {
    const calls = await openCustomers(page);
    const first = await storedSession(page);
    await pass(page, 10 * MINUTE);

    expect([2, 3], calls.join()).toContain(refreshes(calls));
    expect(new Set(calls)).toEqual(new Set([refreshed(200)]));
    expect((await storedSession(page)).accessToken).not.toBe(first.accessToken);
    await expectCustomers(page);
  });

  test("in the background make no request, and one refresh when the user comes back", async ({ page }) => {
    const calls = await openCustomers(page);
    await setHidden(page, true);
    await pass(page, 10 * MINUTE);
    expect(calls).toEqual([]);

    await setHidden(page, false);
    await expect.poll(() => calls).toEqual([refreshed(200)]);
    await pass(page, 3 * MINUTE);
    expect(calls).toEqual([refreshed(200)]);
    await expectCustomers(page);
    await expectSignedIn(page);
  });

  test("in view after a hundred looks away are no worse", async ({ page }) => {
    const calls = await openCustomers(page);
    await flicker(page, 100);
    await settle(page);
    expect(calls, "the access token is fresh").toEqual([]);
    await pass(page, 10 * MINUTE);
    expect([2, 3], calls.join()).toContain(refreshes(calls));
  });
});

const failures: { what: string; answer: (route: Route) => Promise<void>; outcome: number | "failed"; seen: string }[] = [
  { what: "a server with a fault", answer: problem(500, "internal"), outcome: 500, seen: "500" },
  {
    what: "a server that is down",
    answer: (route) => route.abort("connectionrefused"),
    outcome: "failed",
    seen: "net::ERR_CONNECTION_REFUSED",
  },
];

for (const { what, answer, outcome, seen } of failures) {
  test.describe(`ten minutes of ${what}`, () => {
    test.beforeEach(({ problems }) => problems.allow(`${seen} /api/token/refresh`));

    /** Until the first refresh has failed. */
    async function startFailing(page: Page): Promise<string[]> {
      const calls = await openCustomers(page);
      await page.route(REFRESH, answer);
      for (let patience = 0; refreshes(calls) < 1 && patience < 60; patience++) await pass(page, 5_000);
      expect(calls).toEqual([refreshed(outcome)]);
      return calls;
    }

    test("in view make twelve refreshes at most, and one good one at the end", async ({ page }) => {
      const calls = await startFailing(page);
      await pass(page, 10 * MINUTE);
      expect(new Set(calls)).toEqual(new Set([refreshed(outcome)]));
      expect(calls.length, "it has not given up").toBeGreaterThanOrEqual(7);
      expect(calls.length).toBeLessThanOrEqual(12);
      await expectSignedIn(page);
      await expectCustomers(page);

      await page.unroute(REFRESH);
      const failed = calls.length;
      await pass(page, 150_000 + 5_000); // two minutes and a quarter of them
      expect(calls.slice(failed)).toEqual([refreshed(200)]);
    });

    test("in the background make none", async ({ page }) => {
      const calls = await startFailing(page);
      await setHidden(page, true);
      await pass(page, 10 * MINUTE);
      expect(calls).toEqual([refreshed(outcome)]);
    });

    test("with a hundred looks away make no more than without", async ({ page }) => {
      const calls = await startFailing(page);
      // In the first minute the page waits half a minute for its next try, and in the last ones two minutes.
      for (let minute = 0; minute < 10; minute++) {
        await pass(page, MINUTE);
        await flicker(page, 10);
        await settle(page);
      }
      expect(calls.length).toBeLessThanOrEqual(12);
      expect(new Set(calls)).toEqual(new Set([refreshed(outcome)]));
    });

    test("with a user who goes from page to page all the time make one a second at most", async ({ page }) => {
      const calls = await startFailing(page);
      await pass(page, 5 * MINUTE);
      const alone = calls.length;
      const now = () => page.evaluate(() => performance.now());
      const since = await now();
      for (let visit = 0; visit < 20; visit++) {
        await nav(page).getByRole("link", { name: "Home" }).click();
        await expect(page).toHaveURL("/");
        await nav(page).getByRole("link", { name: "Customers" }).click();
        await expect(page).toHaveURL("/customers");
      }
      await settle(page);
      const seconds = ((await now()) - since) / 1_000;
      // And one that the page's own timer may have been about to send.
      expect(calls.length - alone, `within ${seconds} seconds`).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
      await expectSignedIn(page);
    });
  });
}
