// Staying signed in: access tokens expire, the session does not.

import { expect, test } from "../support/fixtures.ts";
import {
  expired,
  leave,
  leaveUntilExpired,
  recordCalls,
  sleepTwoHours,
  store,
  stored,
  storedSession,
} from "../support/session.ts";
import { expectCustomers, expectSignedIn, heading, logIn, nav, visitCustomersAgain } from "../support/user.ts";

test("a reload keeps the session", async ({ page }) => {
  await logIn(page);
  for (let time = 0; time < 3; time++) {
    await page.reload();
    await expect(heading(page, "Hello, John Doe")).toBeVisible();
    await expectSignedIn(page);
  }
});

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  test("an access token that expired while the page was closed is replaced by one refresh", async ({ page }) => {
    await logIn(page);
    const before = await leaveUntilExpired(page);

    const calls = recordCalls(page);
    await page.goto("/customers");
    await expectCustomers(page);

    const untilShown = calls.slice(0, calls.indexOf("GET /api/customers 200"));
    expect(untilShown).toEqual(["POST /api/token/refresh 200"]);
    expect((await storedSession(page)).refreshToken).not.toBe(before.refreshToken);
  });

  test("an open page stays signed in over many access tokens", async ({ page }) => {
    await logIn(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    const visited: string[] = [];
    page.on("framenavigated", (frame) => visited.push(new URL(frame.url()).pathname));

    const first = await storedSession(page);
    const lives = new Set<string>();
    await expect
      .poll(async () => lives.add((await storedSession(page)).accessToken).size, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(4);
    await expired(first.accessToken);

    await expectCustomers(page);
    expect(visited, "the user is sent nowhere").toEqual([]);
    const calls = recordCalls(page);
    await visitCustomersAgain(page);
    expect(calls).not.toContain("GET /api/customers 401");
  });

  test("an access token is refreshed before it expires", async ({ page }) => {
    await logIn(page);
    const { accessToken } = await storedSession(page);
    const calls = recordCalls(page);
    await expired(accessToken);
    await expect.poll(() => calls.length).toBeGreaterThanOrEqual(1);
    expect(calls.every((call) => call === "POST /api/token/refresh 200"), calls.join()).toBe(true);
  });
});

test.describe("after two hours of sleep", () => {
  test("the page needs one refresh, also for later calls", async ({ page, context }) => {
    await logIn(page);
    await leave(page);
    await sleepTwoHours(context);

    const calls = recordCalls(page);
    await page.goto("/customers");
    await expectCustomers(page);
    await visitCustomersAgain(page);
    expect(calls).toEqual(["POST /api/token/refresh 200", "GET /api/customers 200", "GET /api/customers 200"]);
  });
});

test.describe("an access token that only the server refuses", () => {
  test("costs one refresh and one repeated call, and the page shows its data", async ({ page, problems }) => {
    problems.allow("401 /api/customers");
    await logIn(page);
    await leave(page);
    const { where, record, accessToken } = await storedSession(page);
    const [header, claims] = accessToken.split(".");
    await store(page, where, record.replace(accessToken, `${header}.${claims}.${"A".repeat(86)}`));

    const calls = recordCalls(page);
    await page.goto("/customers");
    await expectCustomers(page);
    await visitCustomersAgain(page);
    expect(calls).toEqual([
      "GET /api/customers 401",
      "POST /api/token/refresh 200",
      "GET /api/customers 200",
      "GET /api/customers 200",
    ]);
  });

  test("is not retried a second time", async ({ page, problems }) => {
    problems.allow("401 /api/customers");
    await logIn(page);
    // A server that refuses whatever it is sent.
    await page.route("**/api/customers", (route) =>
      route.fulfill({
        status: 401,
        contentType: "application/problem+json",
        headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
        body: JSON.stringify({
          type: "about:blank",
          title: "Access token refused",
          status: 401,
          detail: "The access token is not valid.",
          code: "invalid_token",
        }),
      }),
    );
    const calls = recordCalls(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    expect(calls).toEqual(["GET /api/customers 401", "POST /api/token/refresh 200", "GET /api/customers 401"]);
    expect(await stored(page), "only a refused refresh signs anyone out").not.toBeNull();
  });
});
