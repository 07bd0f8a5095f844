// A page uses each new generation of tokens at once, by one `GET /api/me`: from then on a copy of the previous tokens
// is useless to a thief. It sends none if another call uses the new tokens.

import { expect, JANE, type Page, test } from "../support/fixtures.ts";
import { problem, REFRESH, refreshed } from "../support/refresh.ts";
import { recordCalls, refuseNextCall, SEEN, storedSession } from "../support/session.ts";
import { expectCustomers, expectSignedIn, logIn, nav } from "../support/user.ts";

const refreshNow = (page: Page) => page.getByRole("button", { name: "Refresh now" }).click();

async function openCustomers(page: Page): Promise<void> {
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
}

/** Signs in, and waits until the call that confirms the new tokens has been answered. */
async function logInAndConfirm(page: Page): Promise<void> {
  const confirmed = page.waitForResponse("**/api/me");
  await logIn(page);
  await confirmed;
}

test.describe("with access tokens that last", () => {
  test("a sign-in is followed by one call that confirms its tokens", async ({ page }) => {
    const calls = recordCalls(page, { withMe: true });
    const answered = page.waitForResponse("**/api/me");
    await logIn(page);
    const authorization = (await answered).request().headers().authorization;
    expect(authorization).toBe(`Bearer ${(await storedSession(page)).accessToken}`);
    await openCustomers(page);
    expect(calls).toEqual(["POST /api/auth/login 200", SEEN, "GET /api/customers 200"]);
  });

  test("a registration is followed by one call that confirms its tokens", async ({ page }) => {
    const calls = recordCalls(page, { withMe: true });
    await page.goto("/register");
    await page.getByLabel("Username").fill(JANE.username);
    await page.getByLabel("Password", { exact: true }).fill(JANE.password);
    const answered = page.waitForResponse("**/api/me");
    await page.getByRole("button", { name: "Create account" }).click();
    await expectSignedIn(page, JANE.username);
    await answered;
    await openCustomers(page);
    const ours = calls.filter((call) => !call.includes("/password-advice"));
    expect(ours).toEqual(["POST /api/auth/register 201", SEEN, "GET /api/customers 200"]);
  });

  test("a refresh without a waiting call is followed by one that confirms its tokens", async ({ page }) => {
    await logInAndConfirm(page);
    const calls = recordCalls(page, { withMe: true });
    for (let generation = 1; generation <= 2; generation++) {
      await refreshNow(page);
      await expect.poll(() => calls.length).toBe(2 * generation);
    }
    await openCustomers(page);
    expect(calls).toEqual([refreshed(200), SEEN, refreshed(200), SEEN, "GET /api/customers 200"]);
  });

  test("a refresh with a waiting call is confirmed by that call", async ({ page, problems }) => {
    problems.allow("401 /api/customers");
    await logInAndConfirm(page);
    await openCustomers(page);
    await nav(page).getByRole("link", { name: "Home" }).click();
    await expectSignedIn(page);
    const calls = recordCalls(page, { withMe: true });
    await refuseNextCall(page);
    await openCustomers(page);
    expect(calls).toEqual(["GET /api/customers 401", refreshed(200), "GET /api/customers 200"]);
  });

  test("a failed refresh is not confirmed", async ({ page, problems }) => {
    problems.allow("500 /api/token/refresh");
    await logInAndConfirm(page);
    await page.route(REFRESH, problem(500, "internal"), { times: 1 });
    const calls = recordCalls(page, { withMe: true });
    await refreshNow(page);
    await expect.poll(() => calls).toEqual([refreshed(500)]);
    await openCustomers(page);
    expect(calls).toEqual([refreshed(500), "GET /api/customers 200"]);
  });

  test("a lost confirmation is left to the next call", async ({ page, problems }) => {
    problems.allow("net::ERR_CONNECTION_RESET /api/me", "503 /api/me");
    await logInAndConfirm(page);
    const calls = recordCalls(page, { withMe: true });
    await page.route("**/api/me", (route) => route.abort("connectionreset"), { times: 1 });
    await refreshNow(page);
    await expect.poll(() => calls).toEqual([refreshed(200), "GET /api/me failed"]);
    await page.route("**/api/me", problem(503, "unavailable"), { times: 1 });
    await refreshNow(page);
    await expect.poll(() => calls.slice(2)).toEqual([refreshed(200), "GET /api/me 503"]);
    await openCustomers(page);
    await expectSignedIn(page);
    expect(calls.slice(4)).toEqual(["GET /api/customers 200"]);
  });
});

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  test("an idle page confirms every generation once", async ({ page }) => {
    await logInAndConfirm(page);
    const calls = recordCalls(page, { withMe: true });
    const refreshCount = () => calls.filter((call) => call === refreshed(200)).length;
    await expect.poll(refreshCount, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    // The call before the first of them, if there is one, belongs to a refresh that was answered before.
    const first = calls.indexOf(refreshed(200));
    expect(calls.slice(0, first).filter((call) => call !== SEEN)).toEqual([]);
    expect(first).toBeLessThanOrEqual(1);
    expect(calls.slice(first, first + 6)).toEqual([refreshed(200), SEEN, refreshed(200), SEEN, refreshed(200), SEEN]);
  });
});
