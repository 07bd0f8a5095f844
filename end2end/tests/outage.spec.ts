// Nothing but a definite refusal signs a user out: not a server that is down, not a proxy that answers in its place.

import type { Route } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { expired, leaveUntilExpired, recordCalls, storedSession } from "../support/session.ts";
import { expectCustomers, expectSignedIn, heading, logIn, nav } from "../support/user.ts";

const REFRESH = "**/api/token/refresh";

const problem = (status: number, code: string) => (route: Route) =>
  route.fulfill({
    status,
    contentType: "application/problem+json",
    headers: { "Retry-After": "1" },
    body: JSON.stringify({ type: "about:blank", title: "", status, detail: "", code, retryAfter: 1 }),
  });

const outages: { what: string; answer: (route: Route) => Promise<void>; reported: string[] }[] = [
  { what: "is busy (503)", answer: problem(503, "unavailable"), reported: ["503 /api/token/refresh"] },
  { what: "asks for patience (429)", answer: problem(429, "too_many_requests"), reported: ["429 /api/token/refresh"] },
  {
    what: "cannot be reached",
    answer: (route) => route.abort("connectionrefused"),
    reported: ["net::ERR_CONNECTION_REFUSED /api/token/refresh"],
  },
  {
    what: "is hidden by a proxy's page (200, HTML)",
    answer: (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><p>Please accept our terms" }),
    reported: [],
  },
  {
    what: "is hidden by a proxy's error page (400, HTML)",
    answer: (route) => route.fulfill({ status: 400, contentType: "text/html", body: "<h1>400 Bad Request</h1>" }),
    reported: ["400 /api/token/refresh"],
  },
  {
    what: "answers nothing (200, empty)",
    answer: (route) => route.fulfill({ contentType: "application/json", body: "" }),
    reported: [],
  },
];

for (const { what, answer, reported } of outages) {
  test(`when a refresh is due and the server ${what}, the user stays signed in`, async ({ page, problems }) => {
    problems.allow(...reported);
    await logIn(page);
    const before = await leaveUntilExpired(page);

    let tries = 0;
    await page.route(REFRESH, async (route) => {
      tries++;
      await answer(route);
    });
    await page.goto("/customers");
    await expect.poll(() => tries, "the page tries again by itself").toBeGreaterThanOrEqual(2);
    await expect(page).toHaveURL("/customers");
    await expectSignedIn(page);
    expect((await storedSession(page)).refreshToken).toBe(before.refreshToken);

    await page.unroute(REFRESH);
    await expectCustomers(page);
  });
}

test("while the server cannot be reached for long, the page says it is reconnecting", async ({ page, problems }) => {
  problems.allow("net::ERR_CONNECTION_REFUSED /api/token/refresh");
  await logIn(page);
  await page.route(REFRESH, (route) => route.abort("connectionrefused"));
  const notice = page.getByRole("status").filter({ hasText: /reconnecting/i });
  await expect(notice).toBeVisible({ timeout: 20_000 });
  await expectSignedIn(page);

  await page.unroute(REFRESH);
  await expect(notice).toBeHidden({ timeout: 30_000 });
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
});

test("an answer that was lost on its way costs nobody the session", async ({ page, problems }) => {
  problems.allow("net::ERR_CONNECTION_RESET /api/token/refresh");
  await logIn(page);
  await leaveUntilExpired(page);

  // The server rotates and the browser never hears of it: it can only present the old token once more.
  await page.route(
    REFRESH,
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  await page.goto("/customers");
  await expectCustomers(page);
});

test("a server that crashes and comes back finds its users still signed in", async ({ page, server, problems }) => {
  problems.tolerate(
    ...["REFUSED", "RESET", "CLOSED"].map((how) => `net::ERR_CONNECTION_${how} /api/token/refresh`),
    "net::ERR_EMPTY_RESPONSE /api/token/refresh",
  );
  await logIn(page);
  const { accessToken } = await storedSession(page);
  const calls = recordCalls(page);
  await server.kill();
  await expired(accessToken);
  await expect.poll(() => calls, "a refresh has failed").toContain("POST /api/token/refresh failed");
  await expect(heading(page, "Hello, John Doe")).toBeVisible();

  await server.resume();
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
});
