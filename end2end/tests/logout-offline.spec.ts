// Logging out while the server cannot be reached: at once in the browser, and at the server as soon as it can be
// reached.

import type { Tokens } from "../support/api.ts";
import { type BrowserContext, expect, JANE, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { expectNothingStored, recordCalls, storedSession } from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  expectWholeHome,
  logIn,
  logOut,
  nav,
  submitLogin,
} from "../support/user.ts";

const REVOKE = "**/api/token/revoke";
const OFFLINE = "net::ERR_INTERNET_DISCONNECTED /api/token/revoke";
const REFUSED = "net::ERR_CONNECTION_REFUSED /api/token/revoke";

// The browser requests the icon again for each page.
const ICON = "net::ERR_INTERNET_DISCONNECTED /favicon.svg";

const UNTOLD =
  "You are logged out here. The server could not be told yet; " +
  "keep this page open and it will be, once the connection is back.";

const untold = (page: Page) => page.getByRole("status").filter({ hasText: UNTOLD });

/** The refresh tokens of all later logouts, one for each attempt. */
function recordRevoked(of: BrowserContext): string[] {
  const revoked: string[] = [];
  of.on("request", (request) => {
    if (new URL(request.url()).pathname !== "/api/token/revoke") return;
    revoked.push((request.postDataJSON() as Tokens).refreshToken);
  });
  return revoked;
}

/** The browser says that the connection is back, as it does after a tunnel. */
async function comeOnline(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
}

for (const keep of [false, true]) {
  const where = keep ? "the browser" : "the tab";
  test(`an offline logout ends a session of ${where} locally at once and on the server later`, async ({
    page,
    context,
    api,
    problems,
  }) => {
    problems.allow(OFFLINE);
    problems.tolerate(ICON);
    await logIn(page, { keep });
    await expectWholeHome(page);
    const { accessToken, refreshToken } = await storedSession(page);
    const [calls, revoked] = [recordCalls(page), recordRevoked(context)];
    await context.setOffline(true);
    await logOut(page);

    await expectLoginPage(page);
    await expectGuest(page);
    await expectNothingStored(page);
    await expect(untold(page)).toBeVisible();
    expect(await api.customers(accessToken), "the server cannot know").toMatchObject({ status: 200 });

    await context.setOffline(false);
    await expect.poll(() => calls).toContain("POST /api/token/revoke 204");
    await expect(untold(page)).toHaveCount(0);
    await expectGuest(page);
    expect(await api.customers(accessToken)).toMatchObject({ status: 401, body: { code: "invalid_token" } });
    expect(await api.refresh(refreshToken)).toMatchObject({ status: 400, body: { reason: "logged_out" } });
    expect(revoked, "once without success, then with success").toEqual([refreshToken, refreshToken]);
    expect(calls).toEqual(["POST /api/token/revoke failed", "POST /api/token/revoke 204"]);
  });
}

const refusals = {
  "cannot be reached": { status: undefined, reported: REFUSED },
  "fails (500)": { status: 500, reported: "500 /api/token/revoke" },
  "is busy (503)": { status: 503, reported: "503 /api/token/revoke" },
};
for (const [how, { status, reported }] of Object.entries(refusals)) {
  test(`a logout is repeated when the server ${how}`, async ({ page, context, api, problems }) => {
    problems.allow(reported);
    await logIn(page, { keep: true });
    const { accessToken, refreshToken } = await storedSession(page);
    const revoked = recordRevoked(context);
    // The second try is held back, so that there is time to see what the page says after the first.
    const seen = gate();
    let tries = 0;
    await page.route(REVOKE, async (route) => {
      if (++tries === 1) return status ? route.fulfill({ status, body: "" }) : route.abort("connectionrefused");
      await seen.opened;
      return route.continue();
    });
    await logOut(page);
    await expectLoginPage(page);
    await expectGuest(page);
    await expect(untold(page)).toBeVisible();
    seen.open();

    await expect.poll(() => revoked, { timeout: 15_000 }).toEqual([refreshToken, refreshToken]);
    await expect(untold(page)).toHaveCount(0);
    expect(await api.customers(accessToken)).toMatchObject({ status: 401 });
  });
}

test("a logout without a server is sent six times with growing waits", async ({
  page,
  context,
  problems,
}) => {
  problems.allow(REFUSED);
  // By the clock of the page, at which each try is made.
  await page.addInitScript(() => {
    const [send, tries] = [window.fetch, [] as number[]];
    Object.assign(window, { tries });
    window.fetch = (request, options) => {
      if (request instanceof Request && request.url.endsWith("/api/token/revoke")) tries.push(performance.now());
      return send(request, options);
    };
  });
  const tries = () => page.evaluate(() => (window as unknown as { tries: number[] }).tries);
  await logIn(page, { keep: true });
  const { refreshToken } = await storedSession(page);
  const [calls, revoked] = [recordCalls(page), recordRevoked(context)];
  await page.route(REVOKE, (route) => route.abort("connectionrefused"));
  await context.clock.pauseAt(Date.now() + 10_000);
  await logOut(page);
  await expectGuest(page);
  await expect(untold(page)).toBeVisible();

  // Second by second, and no further before every try has had its answer.
  for (let second = 0; second < 180; second++) {
    await context.clock.runFor(1_000);
    const made = await tries();
    await expect.poll(() => calls).toHaveLength(made.length);
  }
  expect(revoked).toEqual(Array<string>(6).fill(refreshToken));
  const at = await tries();
  const pauses = at.slice(1).map((time, index) => time - at[index]!);
  expect(pauses, "ever more slowly").toEqual([...pauses].sort((one, other) => one - other));
  expect(pauses[0]).toBeGreaterThanOrEqual(1_000);
  await expect(untold(page), "there is nothing more to keep the page open for").toHaveCount(0);

  await comeOnline(page);
  await context.clock.runFor(60 * 60_000);
  expect(await tries()).toHaveLength(6);
});

for (const [who, user] of Object.entries({ "another user": JANE, "the same user": JOHN })) {
  test(`a late logout request does not affect ${who} who logs in meanwhile`, async ({
    page,
    context,
    api,
    problems,
  }) => {
    problems.allow(REFUSED);
    await api.register(JANE.username, JANE.password);
    await logIn(page, { keep: true });
    const old = await storedSession(page);
    const revoked = recordRevoked(context);
    await page.route(REVOKE, (route) => route.abort("connectionrefused"));
    await logOut(page);
    await expect(untold(page)).toBeVisible();

    await submitLogin(page, user, true);
    const name = user === JOHN ? JOHN.displayName : JANE.username;
    await expectSignedIn(page, name);
    const present = await storedSession(page);
    expect(await api.customers(old.accessToken), "still not told").toMatchObject({ status: 200 });

    await page.unroute(REVOKE);
    await comeOnline(page);
    await expect.poll(async () => (await api.customers(old.accessToken)).status).toBe(401);
    await expect(untold(page)).toHaveCount(0);
    expect(new Set(revoked)).toEqual(new Set([old.refreshToken]));
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    await expectSignedIn(page, name);
    expect((await storedSession(page)).record).toBe(present.record);
    expect(await api.customers(present.accessToken)).toMatchObject({ status: 200 });
  });
}

test("two pending logouts are both sent", async ({ page, api, problems }) => {
  problems.allow(REFUSED);
  await api.register(JANE.username, JANE.password);
  await page.route(REVOKE, (route) => route.abort("connectionrefused"));
  const accessTokens: string[] = [];
  await page.goto("/login");
  for (const user of [JOHN, JANE]) {
    await submitLogin(page, user, true);
    await expectSignedIn(page, user === JOHN ? JOHN.displayName : JANE.username);
    accessTokens.push((await storedSession(page)).accessToken);
    await logOut(page);
    await expectLoginPage(page);
    await expect(untold(page)).toBeVisible();
  }

  await page.unroute(REVOKE);
  await comeOnline(page);
  for (const accessToken of accessTokens) {
    await expect.poll(async () => (await api.customers(accessToken)).status).toBe(401);
  }
  await expect(untold(page)).toHaveCount(0);
});

test("an offline logout signs out both tabs and is sent by the first", async ({
  page,
  context,
  api,
  problems,
}) => {
  problems.allow(OFFLINE);
  problems.tolerate(ICON);
  await logIn(page, { keep: true });
  await expectWholeHome(page);
  const other = await context.newPage();
  await other.goto("/customers");
  await expectCustomers(other);
  const { accessToken } = await storedSession(page);
  const calls = recordCalls(other);
  await context.setOffline(true);
  await logOut(page);

  await expectLoginPage(other, "/customers");
  for (const tab of [page, other]) {
    await expectGuest(tab);
    await expectNothingStored(tab);
  }
  await expect(untold(page)).toBeVisible();
  await context.setOffline(false);
  await expect.poll(async () => (await api.customers(accessToken)).status).toBe(401);
  expect(calls).toEqual([]);
});
