// Only a definite refusal signs a user out, not an unreachable server or a proxy that answers instead.

import type { Route } from "@playwright/test";
import type { Tokens } from "../support/api.ts";
import { type BrowserContext, expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { html, problem, REFRESH, refreshed, refreshes } from "../support/refresh.ts";
import { expired, leave, recordCalls, sleepTwoHours, type Stored, storedSession } from "../support/session.ts";
import { simulateTime } from "../support/time.ts";
import { expectCustomers, expectSignedIn, expectWholeHome, heading, logIn, nav } from "../support/user.ts";

/** Logs in and comes back two hours later, when the access token has expired. Returns what is stored. */
async function returnAfterTwoHours(page: Page, context: BrowserContext): Promise<Stored> {
  await logIn(page);
  await leave(page);
  await sleepTwoHours(context);
  return storedSession(page);
}

/** Asserts that the session is unchanged after the outage. */
async function expectUntouched(page: Page, before: Stored): Promise<void> {
  await expect(page).toHaveURL("/customers");
  await expectSignedIn(page);
  expect((await storedSession(page)).refreshToken, "the refresh token is kept").toBe(before.refreshToken);
}

interface Trouble {
  what: string;
  answer: (route: Route) => Promise<void>;
  outcome: number | "failed";
  /** The browser's console message, if there is one. */
  reported?: string;
}

const troubles: Trouble[] = [
  { what: "the server fails (500)", answer: problem(500, "internal"), outcome: 500 },
  { what: "the server is busy (503)", answer: problem(503, "unavailable"), outcome: 503 },
  { what: "the server throttles (429)", answer: problem(429, "too_many_requests"), outcome: 429 },
  { what: "a proxy times out (408)", answer: html(408, "Request Timeout"), outcome: 408 },
  { what: "a proxy cannot reach the server (502, HTML)", answer: html(502, "Bad Gateway"), outcome: 502 },
  { what: "a proxy refuses the request (400, HTML)", answer: html(400, "Bad Request"), outcome: 400 },
  { what: "a captive portal answers (200, HTML)", answer: html(200, "Please accept our terms"), outcome: 200 },
  {
    what: "the response is empty (200)",
    answer: (route) => route.fulfill({ contentType: "application/json", body: "" }),
    outcome: 200,
  },
  // A code counts only with the status and the type that it comes with from a Latchkey server.
  { what: "a 502 has the code invalid_grant", answer: problem(502, "invalid_grant"), outcome: 502 },
  { what: "a 401 has the code invalid_grant", answer: problem(401, "invalid_grant"), outcome: 401 },
  { what: "a 200 has the code invalid_grant", answer: problem(200, "invalid_grant"), outcome: 200 },
  {
    what: "an HTML page with status 400 has the code invalid_grant",
    answer: problem(400, "invalid_grant", { contentType: "text/html" }),
    outcome: 400,
  },
  {
    what: "the server cannot be reached",
    answer: (route) => route.abort("connectionrefused"),
    outcome: "failed",
    reported: "net::ERR_CONNECTION_REFUSED",
  },
  {
    what: "the connection is reset",
    answer: (route) => route.abort("connectionaborted"),
    outcome: "failed",
    reported: "net::ERR_CONNECTION_ABORTED",
  },
];

for (const { what, answer, outcome, reported } of troubles) {
  test(`when a refresh is due and ${what}, the user stays signed in and the page recovers`, async ({
    page,
    context,
    problems,
  }) => {
    const complaint = reported ?? (outcome === 200 ? null : outcome);
    if (complaint !== null) problems.allow(`${complaint} /api/token/refresh`);
    const before = await returnAfterTwoHours(page, context);

    // The second answer is held back, so that there is time to look at what the first one has done.
    const seen = gate();
    let tries = 0;
    await page.route(REFRESH, async (route) => {
      if (++tries > 2) return route.continue();
      if (tries === 2) await seen.opened;
      return answer(route);
    });
    const calls = recordCalls(page);
    await page.goto("/customers");
    await expect.poll(() => tries, "the page tries again by itself").toBe(2);
    await expectUntouched(page, before);
    seen.open();

    await expectCustomers(page);
    expect(calls).toEqual([refreshed(outcome), refreshed(outcome), refreshed(200), "GET /api/customers 200"]);
  });
}

const inSeconds = { "Retry-After": "4" };
// The browser's clock is two hours ahead, and the date of the server is in 1994.
const asDate = { Date: "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After": "Sun, 06 Nov 1994 08:49:41 GMT" };

const waits: { who: string; status: number; answer: (route: Route) => Promise<void> }[] = [
  { who: "a server", status: 429, answer: problem(429, "too_many_requests", { headers: inSeconds }) },
  { who: "a failing server", status: 500, answer: problem(500, "internal", { headers: inSeconds }) },
  { who: "a busy server", status: 503, answer: problem(503, "unavailable", { headers: inSeconds }) },
  { who: "a proxy", status: 503, answer: html(503, "Busy", inSeconds) },
  { who: "a server with an HTTP date", status: 429, answer: problem(429, "too_many_requests", { headers: asDate }) },
  { who: "a proxy with an HTTP date", status: 502, answer: html(502, "Bad Gateway", asDate) },
];
for (const { who, status, answer } of waits) {
  test(`Retry-After of ${who} (${status}) is honoured`, async ({ page, context, problems }) => {
    problems.allow(`${status} /api/token/refresh`);
    const before = await returnAfterTwoHours(page, context);

    // From before the answer to the arrival of the next request: a slow machine makes it longer, never shorter.
    const asked: number[] = [];
    const seen = gate();
    await page.route(REFRESH, async (route) => {
      asked.push(performance.now());
      if (asked.length === 1) return answer(route);
      await seen.opened;
      return route.continue();
    });
    const calls = recordCalls(page);
    await page.goto("/customers");
    await expect.poll(() => calls).toEqual([refreshed(status)]);
    await expectUntouched(page, before);
    seen.open();

    await expectCustomers(page);
    expect(calls).toEqual([refreshed(status), refreshed(200), "GET /api/customers 200"]);
    expect(asked[1]! - asked[0]!, "milliseconds between the two").toBeGreaterThanOrEqual(4_000);
  });
}

test("a lost refresh response does not end the session", async ({ page, context, problems }) => {
  problems.allow("net::ERR_CONNECTION_RESET /api/token/refresh");
  await returnAfterTwoHours(page, context);

  // The server rotates and the answer does not arrive: it can only present the old token once more.
  let lost = "";
  await page.route(
    REFRESH,
    async (route) => {
      lost = ((await (await route.fetch()).json()) as Tokens).refreshToken;
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  const calls = recordCalls(page);
  await page.goto("/customers");
  await expectCustomers(page);
  expect(calls).toEqual([refreshed("failed"), refreshed(200), "GET /api/customers 200"]);
  expect((await storedSession(page)).refreshToken, "what was lost has come after all").toBe(lost);
});

test("a refresh times out after 30 seconds", async ({ page, context }) => {
  await simulateTime(context);
  await logIn(page);
  await leave(page);
  await context.clock.runFor(2 * 60 * 60 * 1000);
  const before = await storedSession(page);

  // It comes too late, although the server has rotated in time.
  const [rotated, tooLate] = [gate(), gate()];
  let tries = 0;
  await page.route(REFRESH, async (route) => {
    if (++tries > 1) return route.continue();
    const response = await route.fetch();
    rotated.open();
    await tooLate.opened;
    return route.fulfill({ response });
  });
  const calls = recordCalls(page);
  await page.goto("/customers");
  await rotated.opened;

  // Not to the second, because time went on by itself until here.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 10_000));
  await page.clock.runFor(10_000);
  await expectUntouched(page, before);
  expect(calls, "still waiting").toEqual([]);
  await page.clock.runFor(10_000);
  await expect.poll(() => calls).toEqual([refreshed("failed")]);
  tooLate.open();
  await page.clock.resume();

  await expectCustomers(page);
  expect(calls).toEqual([refreshed("failed"), refreshed(200), "GET /api/customers 200"]);
});

test.describe("with short access tokens", () => {
  test.use({ accessTokenTtl: "3s" });

  test("a user stays signed in across a server crash and sees the requested page", async ({
    page,
    server,
    problems,
  }) => {
    problems.tolerate(
      ...["REFUSED", "RESET", "CLOSED"].map((how) => `net::ERR_CONNECTION_${how} /api/token/refresh`),
      "net::ERR_EMPTY_RESPONSE /api/token/refresh",
      "net::ERR_CONNECTION_REFUSED /favicon.svg", // the browser asks for it anew at every address
    );
    await logIn(page);
    await expectWholeHome(page);
    const { accessToken } = await storedSession(page);
    const calls = recordCalls(page);
    await server.kill();
    await expired(accessToken);
    await expect.poll(() => calls, "a refresh has failed").toContain(refreshed("failed"));
    await expect(heading(page, "Hello, John Doe")).toBeVisible();
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(page).toHaveURL("/customers");
    await expectSignedIn(page);

    await server.resume();
    await expectCustomers(page);
    const untilShown = calls.slice(0, calls.indexOf("GET /api/customers 200"));
    expect(refreshes(untilShown), untilShown.join()).toBeLessThanOrEqual(6);
  });
});
