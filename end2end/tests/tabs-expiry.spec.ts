// Tabs that share a session whose access token has expired: how many of them refresh, and that each gets a new one,
// with or without the lock.

import { type BrowserContext, expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { leave, recordCalls, recordPresented, sleepTwoHours, storedSession } from "../support/session.ts";
import { expectWaiting, lockOf, seize, stopTwoHoursLater } from "../support/tabs.ts";
import { expectCustomers, expectSignedIn, logIn, visitCustomersAgain } from "../support/user.ts";

const REFRESH = "**/api/token/refresh";
const REFRESHED = "POST /api/token/refresh 200";
const LOADED = "GET /api/customers 200";

/** Signs in for the whole browser, leaves the app, and returns what is stored. */
async function signInAndLeave(page: Page) {
  await logIn(page, { keep: true });
  await leave(page);
  return storedSession(page);
}

async function openCustomers(context: BrowserContext, count: number, first: Page): Promise<Page[]> {
  const tabs = [first];
  while (tabs.length < count) tabs.push(await context.newPage());
  await Promise.all(tabs.map((tab) => tab.goto("/customers")));
  return tabs;
}

for (const count of [2, 5]) {
  test(`${count} tabs opened with an expired access token share one refresh`, async ({
    page,
    context,
  }) => {
    const before = await signInAndLeave(page);
    await stopTwoHoursLater(context);
    const allWait = gate();
    await context.route(REFRESH, async (route) => {
      await allWait.opened;
      await route.continue();
    });

    const calls = recordCalls(context);
    const presented = recordPresented(context);
    const tabs = await openCustomers(context, count, page);
    // The first tab holds the lock; all others wait for it.
    await expectWaiting(page, lockOf(before.accessToken), count - 1);
    allWait.open();

    for (const tab of tabs) await expectCustomers(tab);
    expect(presented).toEqual([before.refreshToken]);
    for (const tab of tabs) await visitCustomersAgain(tab);
    expect(presented, "no tab has any reason to ask again").toHaveLength(1);
    expect(calls.filter((call) => call === LOADED)).toHaveLength(2 * count);
    expect(new Set(calls)).toEqual(new Set([REFRESHED, LOADED]));
  });

  // A page that is served over plain http, from anywhere but the own machine, has no Web Locks.
  test(`${count} tabs without locks make at most one refresh each and stay signed in`, async ({
    page,
    context,
    api,
  }) => {
    await context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
    });
    const before = await signInAndLeave(page);
    await stopTwoHoursLater(context);

    const calls = recordCalls(context);
    const presented = recordPresented(context);
    const allAsk = gate();
    await context.route(REFRESH, async (route) => {
      if (presented.length === count) allAsk.open();
      await allAsk.opened;
      await route.continue();
    });
    const tabs = await openCustomers(context, count, page);

    for (const tab of tabs) await expectCustomers(tab);
    expect(presented, "at the same time, the same").toEqual(Array<string>(count).fill(before.refreshToken));
    for (const tab of tabs) await visitCustomersAgain(tab);
    expect(presented).toHaveLength(count);
    expect(new Set(calls)).toEqual(new Set([REFRESHED, LOADED]));
    expect(await api.refresh((await storedSession(page)).refreshToken)).toMatchObject({ status: 200 });
  });
}

test("a tab waits at most five seconds for the lock of a hanging tab", async ({
  page,
  context,
}) => {
  const { accessToken, refreshToken } = await signInAndLeave(page);
  await seize(page, lockOf(accessToken));
  await stopTwoHoursLater(context);

  const tab = await context.newPage();
  const calls = recordCalls(context);
  const presented = recordPresented(context);
  await tab.goto("/customers");
  await expectWaiting(page, lockOf(accessToken), 1);
  await expect(tab.getByRole("status").filter({ hasText: "Checking your session…" })).toBeVisible();
  await context.clock.runFor(4_900);
  expect(presented, "it is still waiting").toEqual([]);

  await context.clock.runFor(100);
  await expectCustomers(tab);
  await visitCustomersAgain(tab);
  expect(presented).toEqual([refreshToken]);
  expect(calls).toEqual([REFRESHED, LOADED, LOADED]);
});

test("a tab closed during a refresh releases the lock", async ({
  page,
  context,
}) => {
  const { accessToken, refreshToken } = await signInAndLeave(page);
  await stopTwoHoursLater(context);
  const [first, second] = [await context.newPage(), await context.newPage()];
  await first.route(REFRESH, () => undefined); // never answered
  const [firstAsked, secondAsked] = [recordPresented(first), recordPresented(second)];
  await first.goto("/customers");
  await expect.poll(() => firstAsked).toEqual([refreshToken]);
  await second.goto("/customers");
  await expectWaiting(page, lockOf(accessToken), 1);
  expect(secondAsked).toEqual([]);

  await first.close();
  // It asks for what the other tab may have got, and gives it a quarter of a second to answer.
  await expect
    .poll(async () => {
      await context.clock.runFor(250);
      return secondAsked;
    })
    .toEqual([refreshToken]);
  await expectCustomers(second);
  expect(secondAsked).toHaveLength(1);
});

const broken: Record<string, () => void> = {
  "throw on access": () => {
    LockManager.prototype.request = () => {
      throw new DOMException("Locks are not available here.", "SecurityError");
    };
  },
  "refuse every request": () => {
    LockManager.prototype.request = () => Promise.reject(new DOMException("Not now.", "InvalidStateError"));
  },
  "return no promise": () => {
    LockManager.prototype.request = (() => undefined) as unknown as typeof LockManager.prototype.request;
  },
};
for (const [how, breakThem] of Object.entries(broken)) {
  test(`a tab works when its locks ${how}`, async ({ page, context }) => {
    await context.addInitScript(breakThem);
    const { refreshToken } = await signInAndLeave(page);
    await sleepTwoHours(context);

    const calls = recordCalls(context);
    const presented = recordPresented(context);
    await page.goto("/customers");
    await expectCustomers(page);
    await visitCustomersAgain(page);
    expect(presented).toEqual([refreshToken]);
    expect(calls).toEqual([REFRESHED, LOADED, LOADED]);
  });
}

test("a tab waits at most five seconds for locks that never respond", async ({ page, context }) => {
  await context.addInitScript(() => {
    LockManager.prototype.request = () => {
      document.documentElement.dataset.asked = "for a lock";
      return new Promise(() => undefined);
    };
  });
  const { refreshToken } = await signInAndLeave(page);
  await stopTwoHoursLater(context);

  const calls = recordCalls(context);
  const presented = recordPresented(context);
  await page.goto("/customers");
  await expect(page.locator("html")).toHaveAttribute("data-asked", "for a lock");
  await context.clock.runFor(4_900);
  expect(presented).toEqual([]);

  await context.clock.runFor(100);
  await expectCustomers(page);
  expect(presented).toEqual([refreshToken]);
  expect(calls).toEqual([REFRESHED, LOADED]);
});

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  test("two open tabs refresh each generation once", async ({ page, context }) => {
    await logIn(page, { keep: true });
    const presented = recordPresented(context);
    const other = await context.newPage();
    await other.goto("/customers");
    await expectCustomers(other);

    const generations = new Set<string>();
    await expect
      .poll(async () => generations.add((await storedSession(page)).refreshToken).size, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(4);
    expect(new Set(presented).size, `one request for each: ${presented.length}`).toBe(presented.length);
    for (const tab of [page, other]) {
      await tab.reload();
      await expectSignedIn(tab);
    }
  });
});
