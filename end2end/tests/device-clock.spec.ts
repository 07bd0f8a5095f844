// A wrong or corrected device clock ends no session and causes few requests.

import { setClock, takeClock } from "../support/device-clock.ts";
import { expect, test } from "../support/fixtures.ts";
import { refreshed, refreshes } from "../support/refresh.ts";
import { expired, leave, recordCalls, storedSession } from "../support/session.ts";
import { expectCustomers, expectSignedIn, logIn, nav, visitCustomersAgain } from "../support/user.ts";

const DAY = 24 * 60 * 60 * 1000;

test.beforeEach(({ context }) => takeClock(context));

for (const [wrong, offset] of [
  ["a day ahead", DAY],
  ["a day behind", -DAY],
] as const) {
  test.describe(`a clock that is ${wrong}`, () => {
    test.describe("all the time", () => {
      test.beforeEach(({ context }) => setClock(context, offset));

      test("causes no additional request, also after a reload", async ({ page }) => {
        const calls = recordCalls(page);
        await logIn(page);
        await nav(page).getByRole("link", { name: "Customers" }).click();
        await expectCustomers(page);
        await page.reload();
        await expectCustomers(page);
        await visitCustomersAgain(page);
        expect(calls).toEqual(["POST /api/auth/login 200", ...Array(3).fill("GET /api/customers 200")]);
      });

      test.describe(() => {
        test.use({ accessTokenTtl: "3s" });

        test("does not delay the refresh beyond expiry", async ({ page }) => {
          await logIn(page);
          const { accessToken } = await storedSession(page);
          const since = performance.now();
          const calls = recordCalls(page);
          await expired(accessToken);
          await nav(page).getByRole("link", { name: "Customers" }).click();
          await expectCustomers(page);
          expect((await storedSession(page)).accessToken).not.toBe(accessToken);
          expect(new Set(calls)).toEqual(new Set([refreshed(200), "GET /api/customers 200"]));
          // Two of the three seconds pass between a refresh and the next, as ever.
          const seconds = (performance.now() - since) / 1_000;
          expect(refreshes(calls), `within ${seconds} seconds`).toBeLessThanOrEqual(seconds / 2 + 1);
        });
      });
    });

    test.describe("since the last visit", () => {
      test("costs one refresh at the first visit only", async ({ page, context }) => {
        await logIn(page);
        await leave(page);
        await setClock(context, offset);

        const calls = recordCalls(page);
        await page.goto("/customers");
        await expectCustomers(page);
        await page.reload();
        await expectCustomers(page);
        await visitCustomersAgain(page);
        expect(calls).toEqual([refreshed(200), ...Array(3).fill("GET /api/customers 200")]);
        await expectSignedIn(page);
      });
    });
  });
}

test.describe("a clock that is set while a page is open", () => {
  // Forward may be a device that has slept, so it costs one refresh; back costs none.
  const steps: { to: number; refreshes: number }[] = [
    { to: DAY, refreshes: 1 },
    { to: 0, refreshes: 0 },
    { to: DAY, refreshes: 0 }, // where it was when the token came
    { to: 3 * DAY, refreshes: 1 },
    { to: -3 * DAY, refreshes: 0 },
    { to: -4 * DAY, refreshes: 0 },
  ];

  test("costs one refresh for each step forward and none for one back", async ({ page, context }) => {
    await logIn(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    for (const step of steps) {
      const calls = recordCalls(page);
      await setClock(context, step.to);
      await visitCustomersAgain(page);
      await visitCustomersAgain(page);
      const expected = [...Array(step.refreshes).fill(refreshed(200)), ...Array(2).fill("GET /api/customers 200")];
      expect(calls, `to ${step.to / DAY} days`).toEqual(expected);
      await expectSignedIn(page);
    }
  });

  test("costs one refresh for repeated visibility changes", async ({ page, context }) => {
    await logIn(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    const calls = recordCalls(page);
    const look = () =>
      page.evaluate(() => {
        window.dispatchEvent(new Event("focus"));
        document.dispatchEvent(new Event("visibilitychange"));
      });
    await setClock(context, -DAY);
    for (let time = 0; time < 20; time++) await look();
    await setClock(context, DAY);
    for (let time = 0; time < 20; time++) await look();
    await expect.poll(() => calls).toEqual([refreshed(200)]);
    for (let time = 0; time < 20; time++) await look();

    await visitCustomersAgain(page);
    expect(calls).toEqual([refreshed(200), "GET /api/customers 200"]);
  });
});
