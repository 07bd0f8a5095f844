// No network, or a server that does not answer: what the page says meanwhile, and how it recovers.

import { expect, type Page, test } from "../support/fixtures.ts";
import { problem, REFRESH, refreshed, refreshes } from "../support/refresh.ts";
import { recordCalls, storedSession } from "../support/session.ts";
import { pass, passMoment, simulateTime, stop } from "../support/time.ts";
import { expectCustomers, expectSignedIn, expectWholeHome, heading, logIn, nav } from "../support/user.ts";

const MINUTE = 60_000;

test.use({ accessTokenTtl: "5m" });

const offlineNotice = (page: Page) =>
  page.getByRole("status").filter({ hasText: "You are offline. You are still signed in." });

const reconnectingNotice = (page: Page) =>
  page.getByRole("status").filter({ hasText: "Reconnecting to the server… You are still signed in." });

test.describe("offline", () => {
  test("a page shows a notice, sends no requests, and needs one refresh afterwards", async ({
    page,
    context,
  }) => {
    await simulateTime(context);
    await logIn(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    const before = await storedSession(page);

    const calls = recordCalls(page);
    await context.setOffline(true);
    await expect(offlineNotice(page)).toBeVisible();
    await expect(offlineNotice(page).getByRole("button"), "nothing to be done about it here").toHaveCount(0);
    await pass(page, 15 * MINUTE);
    expect(calls).toEqual([]);
    await expectCustomers(page);
    await expectSignedIn(page);
    expect(await storedSession(page)).toEqual(before);

    await context.setOffline(false);
    await expect(offlineNotice(page)).toHaveCount(0);
    await expect.poll(() => calls).toEqual([refreshed(200)]);
    await pass(page, 3 * MINUTE);
    expect(calls).toEqual([refreshed(200)]);
    await expectCustomers(page);
  });

  test("a page that failed to load its data loads it afterwards", async ({ page, context, problems }) => {
    for (const path of ["/", "/api/customers", "/favicon.svg"]) problems.tolerate(`net::ERR_INTERNET_DISCONNECTED ${path}`);
    await logIn(page);
    await expectWholeHome(page);
    const calls = recordCalls(page);
    await context.setOffline(true);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    await expectSignedIn(page);

    await context.setOffline(false);
    await expectCustomers(page);
    const sent = calls.filter((call) => call !== "GET /api/customers failed");
    expect(sent, "the access token was good all the time").toEqual(["GET /api/customers 200"]);
    expect(calls.length - sent.length, "tries without a network").toBeLessThanOrEqual(1);
    expect(problems.take(/ERR_INTERNET_DISCONNECTED \/pkg\/|Failed to fetch/), "the list's file").not.toEqual([]);
  });

  test("a page with an expired access token refreshes and loads its data afterwards", async ({
    page,
    context,
    problems,
  }) => {
    problems.allow("net::ERR_INTERNET_DISCONNECTED /api/token/refresh");
    problems.tolerate("net::ERR_INTERNET_DISCONNECTED /favicon.svg");
    await simulateTime(context);
    await logIn(page);
    await expectWholeHome(page);
    const calls = recordCalls(page);
    await context.setOffline(true);
    await pass(page, 10 * MINUTE);
    expect(calls).toEqual([]);
    // A new page sends one request even offline: the server may be reachable although the browser reports no network.
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(heading(page, "Customers")).toBeVisible();
    await pass(page, 10 * MINUTE);
    await expect(offlineNotice(page)).toBeVisible();
    await expect(page).toHaveURL("/customers");
    await expectSignedIn(page);
    expect(calls).toEqual([refreshed("failed")]);

    await context.setOffline(false);
    await expectCustomers(page);
    await expect.poll(() => calls).toEqual([refreshed("failed"), refreshed(200), "GET /api/customers 200"]);
  });

  test("twenty short offline periods cause no requests while the access token is live", async ({ page, context }) => {
    await simulateTime(context);
    await logIn(page);
    await expectWholeHome(page);
    const calls = recordCalls(page);
    for (let time = 0; time < 20; time++) {
      await context.setOffline(true);
      await expect(offlineNotice(page)).toBeVisible();
      await context.setOffline(false);
      await expect(offlineNotice(page)).toHaveCount(0);
    }
    await pass(page, MINUTE);
    expect(calls).toEqual([]);
  });
});

test.describe("while the server does not answer", () => {
  /** Signed in, shortly before a refresh is due, which will fail until the function that this returns is called. */
  async function startOutage(page: Page, answer = problem(500, "internal")) {
    await simulateTime(page.context());
    await logIn(page);
    await expectWholeHome(page);
    await page.route(REFRESH, answer);
    const calls = recordCalls(page);
    await stop(page);
    await pass(page, 4 * MINUTE);
    expect(calls, "no refresh is due yet").toEqual([]);
    return { calls, end: () => page.unroute(REFRESH) };
  }

  /** Lets time pass until so many refreshes have failed. */
  async function waitForFailures(page: Page, calls: string[], count: number, status = 500): Promise<void> {
    for (let seconds = 0; refreshes(calls) < count && seconds < 300; seconds++) await pass(page, 1_000);
    await expect.poll(() => calls).toEqual(Array(count).fill(refreshed(status)));
  }

  test("the notice appears after three failed refreshes and disappears after a successful one", async ({
    page,
    problems,
  }) => {
    problems.allow("500 /api/token/refresh");
    const { calls, end } = await startOutage(page);
    await waitForFailures(page, calls, 2);
    await expect(reconnectingNotice(page), "twice is a hiccup").toHaveCount(0);
    await waitForFailures(page, calls, 3);
    await expect(reconnectingNotice(page)).toBeVisible();
    await expectSignedIn(page);

    await end();
    await pass(page, 6_000); // four seconds after the third failure, and up to a quarter more
    await expect.poll(() => calls.slice(3)).toEqual([refreshed(200)]);
    await expect(reconnectingNotice(page)).toHaveCount(0);
  });

  test("“Try now” sends exactly one refresh", async ({ page, problems }) => {
    problems.allow("500 /api/token/refresh");
    const { calls, end } = await startOutage(page);
    await waitForFailures(page, calls, 6);
    const tryNow = reconnectingNotice(page).getByRole("button", { name: "Try now" });
    await expect(tryNow).toBeVisible();

    // By itself the page would wait for half a minute now.
    await tryNow.click();
    await passMoment(page);
    await expect.poll(() => calls).toEqual(Array(7).fill(refreshed(500)));
    await expect(tryNow, "still trouble").toBeVisible();

    await end();
    await tryNow.press("Enter");
    await passMoment(page);
    await expect(reconnectingNotice(page)).toHaveCount(0);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("main").locator(":focus"), "one goes on from there").toBeVisible();
    await pass(page, 3 * MINUTE);
    expect(calls.slice(7), "fresh tokens need no more").toEqual([refreshed(200)]);
  });

  test("coming online refreshes immediately", async ({ page, context, problems }) => {
    problems.allow("500 /api/token/refresh");
    const { calls, end } = await startOutage(page);
    await waitForFailures(page, calls, 7);
    await context.setOffline(true);
    await expect(offlineNotice(page), "that explains it better").toBeVisible();
    // By itself the page would wait for a whole minute.
    await pass(page, 20_000);
    expect(calls, "nothing is tried without a network").toHaveLength(7);

    await end();
    await context.setOffline(false);
    await expect(offlineNotice(page)).toHaveCount(0);
    await passMoment(page);
    await expect.poll(() => calls.slice(7)).toEqual([refreshed(200)]);
    await expect(reconnectingNotice(page)).toHaveCount(0);
    await pass(page, 3 * MINUTE);
    expect(calls).toHaveLength(8);
  });

  test("a page sends no request before Retry-After has passed", async ({ page, context, problems }) => {
    problems.allow("503 /api/token/refresh");
    problems.tolerate("net::ERR_INTERNET_DISCONNECTED /favicon.svg");
    const busy = problem(503, "unavailable", { headers: { "Retry-After": "60" } });
    const { calls, end } = await startOutage(page, busy);
    await waitForFailures(page, calls, 3, 503);
    await passMoment(page); // it asks its sibling tabs after such an answer
    const waiting = page.getByRole("status").filter({ hasText: "has asked to wait a little. You are still signed in." });
    await expect(waiting).toBeVisible();
    await expect(page.getByRole("button", { name: "Try now" }), "it would do nothing").toHaveCount(0);

    const attempts: Record<string, () => Promise<unknown>> = {
      "the inspector's button": () => page.getByRole("button", { name: "Refresh now" }).click(),
      "a look at the page": () => page.evaluate(() => window.dispatchEvent(new Event("focus"))),
      "a page that needs a fresh access token": () => nav(page).getByRole("link", { name: "Customers" }).click(),
      "a network that went and came": async () => {
        await context.setOffline(true);
        await expect(offlineNotice(page)).toBeVisible();
        await context.setOffline(false);
        await expect(offlineNotice(page)).toHaveCount(0);
      },
    };
    for (const [what, act] of Object.entries(attempts)) {
      await act();
      await passMoment(page);
      await pass(page, 9_000);
      expect(calls.slice(3), what).toEqual([]);
    }
    await expect(page).toHaveURL("/customers");

    await end();
    await pass(page, 60_000); // the rest of the sixty seconds, and up to a quarter of them
    await expectCustomers(page);
    await expect.poll(() => calls.slice(3)).toEqual([refreshed(200), "GET /api/customers 200"]);
  });
});
