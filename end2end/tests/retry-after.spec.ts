// Triggers of repeated requests: tabs that wake each other, a page that becomes visible, buttons, invalid tokens. The
// number of requests stays small.

import type { Tokens } from "../support/api.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { problem, REFRESH, refreshed, refreshes } from "../support/refresh.ts";
import { leave, recordCalls, recordPresented, sleepTwoHours, store, storedSession } from "../support/session.ts";
import { duplicate, expectWaiting, lockOf, stopTwoHoursLater } from "../support/tabs.ts";
import { pass, settle, simulateTime, stop } from "../support/time.ts";
import { expectCustomers, expectSignedIn, logIn, nav } from "../support/user.ts";
import { flicker, setHidden } from "../support/visibility.ts";

const BUSY = problem(503, "unavailable", { headers: { "Retry-After": "60" } });
const refreshNow = (page: Page) => page.getByRole("button", { name: "Refresh now" }).click();

test.describe("access tokens that are always refused", () => {
  for (const keep of [true, false]) {
    test(`cost two tabs one refresh (${keep ? "kept for the browser" : "duplicated"})`, async ({
      page,
      context,
      problems,
    }) => {
      problems.allow("401 /api/customers");
      await simulateTime(context);
      await logIn(page, { keep });
      await context.route("**/api/customers", problem(401, "invalid_token"));
      const calls = recordCalls(context);
      await nav(page).getByRole("link", { name: "Customers" }).click();
      await expect(page.getByRole("alert")).toBeVisible();
      const other = keep ? await context.newPage() : await duplicate(page, "/customers");
      if (keep) await other.goto("/customers");
      await expect(other.getByRole("alert")).toBeVisible();

      await stop(page);
      await pass(page, 30_000);
      const refused = "GET /api/customers 401";
      expect(calls).toEqual([refused, refreshed(200), refused, refused]);
      for (const tab of [page, other]) await expectSignedIn(tab);
    });
  }
});

test.describe("a server that asks to retry after a minute", () => {
  test.beforeEach(({ problems }) => problems.allow("503 /api/token/refresh"));

  test("gets no request before, after a refused call or a visibility change", async ({ page, problems }) => {
    problems.allow("401 /api/customers");
    await simulateTime(page.context());
    await logIn(page);
    await page.route("**/api/customers", problem(401, "invalid_token"));
    await page.route(REFRESH, BUSY);
    const calls = recordCalls(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await flicker(page, 20);
    await settle(page);
    expect(calls).toEqual(["GET /api/customers 401", refreshed(503)]);
  });

  test("gets one request from a repeatedly pressed button", async ({ page }) => {
    await simulateTime(page.context());
    await logIn(page);
    await page.route(REFRESH, BUSY);
    const calls = recordCalls(page);
    for (let time = 1; time <= 5; time++) {
      await refreshNow(page);
      await expect.poll(() => calls).toEqual([refreshed(503)]);
      await flicker(page, 3);
      await settle(page);
    }
    expect(calls).toEqual([refreshed(503)]);
  });

  test("gets one request from five tabs", async ({ page, context }) => {
    await logIn(page, { keep: true });
    await leave(page);
    const { accessToken } = await storedSession(page);
    await stopTwoHoursLater(context);
    const allWait = gate();
    await context.route(REFRESH, async (route) => {
      await allWait.opened;
      await BUSY(route);
    });
    const calls = recordCalls(context);
    const tabs = [page];
    while (tabs.length < 5) tabs.push(await context.newPage());
    await Promise.all(tabs.map((tab) => tab.goto("/customers")));
    await expectWaiting(page, lockOf(accessToken), 4);
    allWait.open();
    for (const tab of tabs) {
      await expect(tab.getByText("Your session could not be checked.")).toBeVisible();
      await expectSignedIn(tab);
    }
    expect(calls).toEqual([refreshed(503)]);
  });
});

// The server answers so where tokens are in use already, and it cannot tell a sibling tab from a thief.
test("a tab that must wait adopts the later tokens of its duplicate", async ({ page, context, api, problems }) => {
  problems.allow("503 /api/token/refresh");
  await logIn(page);
  const twin = await duplicate(page, "/");
  await expectSignedIn(twin);
  const before = await storedSession(page);
  let later: Tokens | undefined;
  await page.route(REFRESH, async (route) => {
    // They come while the answer is on its way, and no message tells of them.
    later = (await api.refresh(before.refreshToken)).body as Tokens;
    const record = before.record.replace(before.accessToken, later.token);
    await store(twin, "session", record.replace(before.refreshToken, later.refreshToken));
    await BUSY(route);
  });
  const [calls, presented] = [recordCalls(context), recordPresented(context)];
  await refreshNow(page);
  await expect.poll(async () => (await storedSession(page)).refreshToken).not.toBe(before.refreshToken);
  expect((await storedSession(page)).refreshToken).toBe(later!.refreshToken);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  expect(presented).toEqual([before.refreshToken]);
  expect(calls).toEqual([refreshed(503), "GET /api/customers 200"]);
});

test("a page opened in an outage refreshes by timer and not by visibility changes", async ({
  page,
  context,
  problems,
}) => {
  problems.allow("500 /api/token/refresh");
  await logIn(page, { keep: true });
  await leave(page);
  await simulateTime(context);
  await sleepTwoHours(context);
  await context.route(REFRESH, problem(500, "internal"));
  const calls = recordCalls(context);
  await page.goto("/customers");
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  await stop(page);
  // After the fifth failure the timer waits for sixteen seconds at least.
  for (let seconds = 0; refreshes(calls) < 5 && seconds < 60; seconds++) await pass(page, 1_000);
  expect(refreshes(calls)).toBe(5);
  for (let look = 0; look < 7; look++) {
    await pass(page, 2_000);
    await flicker(page, 1);
    await settle(page);
  }
  await setHidden(page, true);
  await settle(page);
  expect(refreshes(calls)).toBe(5);
});

test("tokens with zero lifetime are not refreshed in a loop", async ({ page, context }) => {
  await simulateTime(context);
  await logIn(page);
  await page.route(REFRESH, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as object), expiresIn: 0 } });
  });
  const calls = recordCalls(page);
  await refreshNow(page);
  await expect.poll(() => calls).toContain(refreshed(200));
  await stop(page);
  await pass(page, 60_000);
  // At 1, 3, 7, 15 and 31 seconds: an answer that cannot be used is a failure like any other.
  expect(calls.length).toBeLessThanOrEqual(6);
  expect(new Set(calls)).toEqual(new Set([refreshed(200)]));
  await expectSignedIn(page);
  expect((await storedSession(page)).refreshToken).toMatch(/^lkr_/);
});
