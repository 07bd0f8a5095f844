// After the server has ended a session, the page says why and what to do next.

import type { Api, Tokens } from "../support/api.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { problem, REFRESH, refreshed, refreshes } from "../support/refresh.ts";
import { expectNothingStored, leave, recordCalls, storedSession } from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  logIn,
  nav,
  submitLogin,
} from "../support/user.ts";

const NEW_PASSWORD = "correct horse battery staple";

const REASONS = {
  expired: /Your session has expired/,
  revoked: /Your session was ended from another device/,
  passwordChanged: /Your password was changed, which ended this session/,
  replayed: /because an old token was used again/,
};

const notice = (page: Page, why: RegExp) => page.getByRole("status").filter({ hasText: why });

/** The same user on another device ends the session of this browser. */
async function onAnotherDevice(
  api: Api,
  act: (tokens: Tokens, id: string) => Promise<unknown>,
  status = 204,
): Promise<void> {
  const tokens = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
  const sessions = (await api.sessions(tokens.token)).body as { id: string; current: boolean }[];
  const others = sessions.filter(({ current }) => !current);
  expect(others, "the browser's session").toHaveLength(1);
  expect(await act(tokens, others[0]!.id)).toMatchObject({ status });
}

const revokeElsewhere = (api: Api) => onAnotherDevice(api, ({ token }, id) => api.revokeSession(token, id));

const changePasswordElsewhere = (api: Api) =>
  onAnotherDevice(api, ({ token }) => api.changePassword(token, JOHN.password, NEW_PASSWORD), 200);

/** A thief refreshes twice with a copy, so that the token in the browser is an old one now. */
async function useCopy(api: Api, refreshToken: string): Promise<void> {
  for (let generation = 0; generation < 2; generation++) {
    const answer = await api.refresh(refreshToken);
    expect(answer.status).toBe(200);
    refreshToken = (answer.body as Tokens).refreshToken;
  }
}

test.describe("a page that is opened after the session was ended", () => {
  const endings: { how: string; end: (api: Api, refreshToken: string) => Promise<void>; says: RegExp }[] = [
    { how: "from another device", end: revokeElsewhere, says: REASONS.revoked },
    { how: "by a change of the password", end: changePasswordElsewhere, says: REASONS.passwordChanged },
  ];
  for (const { how, end, says } of endings) {
    test(`${how} shows a notice, sends no more requests, and returns after the login`, async ({
      page,
      api,
      problems,
    }) => {
      problems.allow("401 /api/customers", "400 /api/token/refresh");
      await logIn(page);
      await leave(page);
      await end(api, (await storedSession(page)).refreshToken);

      const calls = recordCalls(page);
      await page.goto("/customers");
      await expectLoginPage(page, "/customers");
      await expect(notice(page, says)).toBeVisible();
      await expectGuest(page);
      await expectNothingStored(page);
      const { password } = says === REASONS.passwordChanged ? { password: NEW_PASSWORD } : JOHN;
      await submitLogin(page, { ...JOHN, password });
      await expectCustomers(page);
      await expect(notice(page, says), "that is over").toHaveCount(0);
      expect(calls).toEqual([
        "GET /api/customers 401",
        refreshed(400),
        "POST /api/auth/login 200",
        "GET /api/customers 200",
      ]);
    });
  }

  test("by a replay shows a notice that links to the security log", async ({
    page,
    api,
    problems,
  }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    await logIn(page);
    await leave(page);
    const { refreshToken } = await storedSession(page);
    await useCopy(api, refreshToken);
    expect(await api.refresh(refreshToken)).toMatchObject({ status: 400, body: { reason: "replayed" } });

    const calls = recordCalls(page);
    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
    await expect(notice(page, REASONS.replayed)).toBeVisible();
    await expectNothingStored(page);
    expect(calls).toEqual(["GET /api/customers 401", refreshed(400)]);

    const log = page.getByRole("link", { name: "Look at your security log" });
    await expect(log).toBeVisible();
    await log.click();
    await expectLoginPage(page, "/account");
    await submitLogin(page, JOHN);
    await expectSignedIn(page);
    await expect(page).toHaveURL("/account");
    expect(refreshes(calls), "refreshes in all").toBe(1);
  });
});

test.describe("a page that is open while the session", () => {
  // The page notices at its next refresh, ahead of expiry.
  test.use({ accessTokenTtl: "3s" });

  async function openCustomers(page: Page): Promise<void> {
    await logIn(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
  }

  async function expectTold(page: Page, says: RegExp, calls: string[]): Promise<void> {
    await expect(notice(page, says)).toBeVisible();
    await expectLoginPage(page, "/customers");
    await expect(page.getByText("Jane Doe"), "protected data goes with the session").toHaveCount(0);
    await expectNothingStored(page);
    expect(calls.filter((call) => call !== refreshed(200))).toEqual([refreshed(400)]);
    expect(calls.at(-1), "nothing is asked after the refusal").toBe(refreshed(400));
  }

  test("is ended from another device hides its data and says why", async ({ page, api, problems }) => {
    problems.allow("400 /api/token/refresh");
    await openCustomers(page);
    const calls = recordCalls(page);
    await revokeElsewhere(api);
    await expectTold(page, REASONS.revoked, calls);
  });

  test("is ended by a password change hides its data and says why", async ({
    page,
    api,
    problems,
  }) => {
    problems.allow("400 /api/token/refresh");
    await openCustomers(page);
    const calls = recordCalls(page);
    await changePasswordElsewhere(api);
    await expectTold(page, REASONS.passwordChanged, calls);
  });

  test("is used by a thief hides its data and says why", async ({ page, api, problems }) => {
    problems.allow("400 /api/token/refresh");
    await openCustomers(page);
    const calls = recordCalls(page);
    // The page's own refresh waits until the thief has refreshed, and is then the replay.
    let robbed = false;
    await page.route(REFRESH, async (route) => {
      const { refreshToken } = route.request().postDataJSON() as Tokens;
      if (!robbed) await useCopy(api, refreshToken);
      robbed = true;
      await route.continue();
    });
    await expectTold(page, REASONS.replayed, calls);
  });

  test.describe(() => {
    test.use({ sessionTtl: "5s" });

    test("expires hides its data and says why", async ({ page, problems }) => {
      problems.allow("400 /api/token/refresh");
      await openCustomers(page);
      const calls = recordCalls(page);
      await expectTold(page, REASONS.expired, calls);
    });
  });
});

test.describe("every end reason of the server", () => {
  // Reasons that need an administrator, an old backup or many devices are simulated responses.
  const words: Record<string, RegExp> = {
    expired: REASONS.expired,
    revoked: REASONS.revoked,
    password_changed: REASONS.passwordChanged,
    replayed: REASONS.replayed,
    logged_out: /ended by logging out/,
    revoked_by_admin: /ended by an administrator/,
    displaced: /logged in on so many devices/,
    restored: /restored from a backup, which ended your session/,
    unknown: /Your session has ended/,
    "something new": /Your session has ended/,
  };
  test("has a text for users", async ({ page, problems }) => {
    test.slow(); // a sign-in for each of them
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    await page.route("**/api/customers", problem(401, "invalid_token"));
    for (const [reason, says] of Object.entries(words)) {
      await page.unroute(REFRESH);
      await logIn(page);
      await page.route(REFRESH, problem(400, "invalid_grant", { reason }));
      await nav(page).getByRole("link", { name: "Customers" }).click();
      await expectLoginPage(page, "/customers");
      await expect(notice(page, says), reason).toBeVisible();
      await expect(page.getByRole("link", { name: "Look at your security log" })).toHaveCount(
        reason === "replayed" ? 1 : 0,
      );
      await expectNothingStored(page);
    }
  });
});
