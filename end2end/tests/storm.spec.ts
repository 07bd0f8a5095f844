// A page that is left alone sends few requests, whatever happens.

import type { Route } from "@playwright/test";
import { expect, type Page, test } from "../support/fixtures.ts";
import { problem, REFRESH, refreshed, refreshes } from "../support/refresh.ts";
import { recordCalls, storedSession } from "../support/session.ts";
import { pass, passMoment, settle, simulateTime, stop } from "../support/time.ts";
import { expectCustomers, expectSignedIn, logIn, nav } from "../support/user.ts";
import { flicker, setHidden } from "../support/visibility.ts";

const MINUTE = 60_000;

test.use({ accessTokenTtl: "5m" });

const SESSIONS = [
  { name: "a session of the tab", keep: false },
  { name: "one that is kept", keep: true },
];

/** Signs in, shows the customers, and lets the test control the time. */
async function openCustomers(page: Page, keep = false): Promise<string[]> {
  await simulateTime(page.context());
  await logIn(page, { keep });
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  const calls = recordCalls(page);
  await stop(page);
  return calls;
}

test.describe("ten minutes of doing nothing", () => {
  for (const { keep, name } of SESSIONS) {
    test(`in the foreground cause only two or three refreshes (${name})`, async ({ page }) => {
      const calls = await openCustomers(page, keep);
      const first = await storedSession(page);
      await pass(page, 10 * MINUTE);

      expect([2, 3], calls.join()).toContain(refreshes(calls));
      expect(new Set(calls)).toEqual(new Set([refreshed(200)]));
      expect((await storedSession(page)).accessToken).not.toBe(first.accessToken);
      await expectCustomers(page);
    });
  }

  test("in the background cause no request, and one refresh afterwards", async ({ page }) => {
    const calls = await openCustomers(page);
    await setHidden(page, true);
    await pass(page, 10 * MINUTE);
    expect(calls).toEqual([]);

    await setHidden(page, false);
    await passMoment(page);
    await expect.poll(() => calls).toEqual([refreshed(200)]);
    await pass(page, 3 * MINUTE);
    expect(calls).toEqual([refreshed(200)]);
    await expectCustomers(page);
    await expectSignedIn(page);
  });

  test("in the foreground after a hundred visibility changes cause no more refreshes", async ({ page }) => {
    const calls = await openCustomers(page);
    await flicker(page, 100);
    await passMoment(page);
    expect(calls, "the access token is fresh").toEqual([]);
    await pass(page, 10 * MINUTE);
    expect([2, 3], calls.join()).toContain(refreshes(calls));
  });
});

interface Failure {
  what: string;
  answer: (route: Route) => Promise<void>;
  outcome: number | "failed";
  /** The browser's console message. */
  reported: string;
}

const failures: Failure[] = [
  { what: "a failing server", answer: problem(500, "internal"), outcome: 500, reported: "500" },
  {
    what: "a server that is down",
    answer: (route) => route.abort("connectionrefused"),
    outcome: "failed",
    reported: "net::ERR_CONNECTION_REFUSED",
  },
];

for (const { what, answer, outcome, reported } of failures) {
  test.describe(`ten minutes of ${what}`, () => {
    test.beforeEach(({ problems }) => problems.allow(`${reported} /api/token/refresh`));

    /** Until the first refresh has failed. */
    async function startFailing(page: Page, keep = false): Promise<string[]> {
      const calls = await openCustomers(page, keep);
      await page.route(REFRESH, answer);
      for (let tries = 0; refreshes(calls) < 1 && tries < 60; tries++) await pass(page, 5_000);
      await expect.poll(() => calls).toEqual([refreshed(outcome)]);
      return calls;
    }

    for (const { keep, name } of SESSIONS) {
      test(`in the foreground cause at most twelve refreshes and recover (${name})`, async ({ page }) => {
        const calls = await startFailing(page, keep);
        await pass(page, 10 * MINUTE);
        expect(new Set(calls)).toEqual(new Set([refreshed(outcome)]));
        expect(calls.length, "it has not given up").toBeGreaterThanOrEqual(7);
        expect(calls.length).toBeLessThanOrEqual(12);
        await expectSignedIn(page);
        await expectCustomers(page);

        await page.unroute(REFRESH);
        const failed = calls.length;
        await pass(page, 150_000 + 5_000); // two minutes and a quarter of them
        await expect.poll(() => calls.slice(failed)).toEqual([refreshed(200)]);
      });
    }

    test("in the background cause no refresh, and one afterwards", async ({ page }) => {
      const calls = await startFailing(page);
      await setHidden(page, true);
      await pass(page, 10 * MINUTE);
      expect(calls).toEqual([refreshed(outcome)]);

      await page.unroute(REFRESH);
      await setHidden(page, false);
      await passMoment(page);
      await expect.poll(() => calls).toEqual([refreshed(outcome), refreshed(200)]);
    });

    test("with a hundred visibility changes cause no more refreshes", async ({ page }) => {
      const calls = await startFailing(page);
      // In the first minute the page waits half a minute for its next try, and in the last ones two minutes.
      for (let minute = 0; minute < 10; minute++) {
        await pass(page, MINUTE);
        await flicker(page, 10);
        await passMoment(page);
      }
      expect(calls.length).toBeLessThanOrEqual(12);
      expect(new Set(calls)).toEqual(new Set([refreshed(outcome)]));
    });

    test("with constant navigation cause at most one refresh per second", async ({ page }) => {
      const calls = await startFailing(page);
      await pass(page, 5 * MINUTE);
      const alone = calls.length;
      await page.clock.resume();
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
