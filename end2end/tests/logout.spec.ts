// Every way in which a session ends, in the browser and at the server.

import type { Tokens } from "../support/api.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { expectNothingStored, storedSession } from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  logIn,
  logOut,
  nav,
  submitLogin,
} from "../support/user.ts";

test.describe("logging out", () => {
  test("clears the browser and ends the session on the server", async ({ page, api }) => {
    await logIn(page);
    const { refreshToken, accessToken } = await storedSession(page);
    const revoked = page.waitForResponse("**/api/token/revoke");
    await logOut(page);

    await expectLoginPage(page);
    await expectGuest(page);
    await expectNothingStored(page);
    expect((await revoked).status(), "this page waits for no answer, so this test has to").toBe(204);
    // The order matters: only a session that has ended refuses an access token that has not expired.
    expect(await api.customers(accessToken)).toMatchObject({ status: 401, body: { code: "invalid_token" } });
    expect(await api.refresh(refreshToken)).toMatchObject({ status: 400, body: { code: "invalid_grant" } });
  });

  test("cannot be undone with the Back button", async ({ page }) => {
    await logIn(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    await nav(page).getByRole("link", { name: "Home" }).click();
    await logOut(page);
    await expectLoginPage(page);

    await page.goBack(); // home
    await page.goBack(); // customers
    await expectLoginPage(page, "/customers");
    await expect(page.getByText("Jane Doe")).toHaveCount(0);

    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
  });

  test("works locally when the server cannot be reached", async ({ page, problems }) => {
    problems.allow("net::ERR_CONNECTION_REFUSED /api/token/revoke");
    await logIn(page, { keep: true });
    await page.route("**/api/token/revoke", (route) => route.abort("connectionrefused"));
    await logOut(page);

    await expectGuest(page);
    await expectNothingStored(page);
    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
  });
});

test.describe("logging out and leaving at once", () => {
  // Both in one go, so that the browser has no time of its own to send anything in between; and after the evaluation has
  // returned, which would fail with its document gone.
  const leavings: Record<string, (page: Page) => Promise<void>> = {
    "for another page": async (page) => {
      await page.evaluate(() => {
        const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Log out")!;
        setTimeout(() => {
          button.click();
          location.href = "about:blank";
        });
      });
      await page.waitForURL("about:blank");
    },
    "by closing the tab": async (page) => {
      const opened = page.waitForEvent("popup");
      await page.evaluate(() => void window.open("/")); // only such a tab may close itself
      const tab = await opened;
      await expectSignedIn(tab);
      const closed = tab.waitForEvent("close");
      await tab.evaluate(() => {
        const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Log out")!;
        setTimeout(() => {
          button.click();
          window.close();
        });
      });
      await closed;
    },
  };
  for (const [how, leave] of Object.entries(leavings)) {
    test(`${how} still ends the session on the server`, async ({ page, api }) => {
      // A request that is cancelled with its page still arrives about half of the time, so one try proves little.
      for (let time = 0; time < 3; time++) {
        await logIn(page, { keep: true });
        const { refreshToken, accessToken } = await storedSession(page);
        await leave(page);
        // Asked in this way because a refresh would itself change the session.
        await expect.poll(async () => (await api.customers(accessToken)).status).toBe(401);
        expect(await api.refresh(refreshToken)).toMatchObject({ status: 400, body: { code: "invalid_grant" } });
      }
    });
  }
});

test.describe("a session that was ended elsewhere", () => {
  test("leads to the login page with a notice, and back after the login", async ({ page, api, problems }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    await logIn(page);
    expect(await api.revoke((await storedSession(page)).refreshToken)).toMatchObject({ status: 204 });

    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(page, "/customers");
    await expect(page.getByRole("status").filter({ hasText: /session/i })).toBeVisible();
    await expectGuest(page);
    await expectNothingStored(page);

    await submitLogin(page, JOHN);
    await expectCustomers(page);
  });

  test("shows no data when the page is reloaded", async ({ page, api, problems }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    await logIn(page, { keep: true });
    await api.revoke((await storedSession(page)).refreshToken);

    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
    await expect(page.getByText("Jane Doe")).toHaveCount(0);
  });
});

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  test("a logout during a refresh discards and revokes its tokens", async ({ page, api }) => {
    await logIn(page, { keep: true });
    const [rotated, loggedOut] = [gate(), gate()];
    let [presented, fresh] = ["", ""];
    await page.route("**/api/token/refresh", async (route) => {
      presented = (route.request().postDataJSON() as Tokens).refreshToken;
      const response = await route.fetch();
      fresh = ((await response.json()) as Tokens).refreshToken;
      rotated.open();
      await loggedOut.opened;
      await route.fulfill({ response });
    });
    const revoked: string[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname !== "/api/token/revoke") return;
      revoked.push((request.postDataJSON() as Tokens).refreshToken);
    });

    await rotated.opened; // ahead of expiry, by the page's timer; the page does not know the new tokens yet
    await logOut(page);
    await expectGuest(page);
    loggedOut.open();

    // The page revokes the late tokens; after that it has handled the response.
    await expect.poll(() => revoked).toEqual([presented, fresh]);
    await expectNothingStored(page);
    await expectGuest(page);
    expect(await api.refresh(fresh)).toMatchObject({ status: 400, body: { code: "invalid_grant" } });
    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
  });

  test("a session that ends on the home page is explained there", async ({
    page,
    api,
    problems,
  }) => {
    problems.allow("400 /api/token/refresh");
    await logIn(page);
    expect(await api.revoke((await storedSession(page)).refreshToken)).toMatchObject({ status: 204 });

    await expect(page.getByRole("status").filter({ hasText: /session/i })).toBeVisible();
    await expectGuest(page);
    await expectNothingStored(page);
    await expect(page, "the page is public").toHaveURL("/");
  });

  test("a replayed refresh token ends the session and the page says why", async ({
    page,
    api,
    problems,
  }) => {
    problems.allow("400 /api/token/refresh");
    problems.tolerate("401 /api/customers"); // unless the page's timer has found out by then
    await logIn(page);
    const stolen = await storedSession(page);

    // After two generations, the thief's copy cannot be a retry.
    const generations = new Set<string>([stolen.refreshToken]);
    await expect
      .poll(async () => generations.add((await storedSession(page)).refreshToken).size, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(3);
    expect(await api.refresh(stolen.refreshToken)).toMatchObject({ status: 400, body: { reason: "replayed" } });

    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(page, "/customers");
    await expect(page.getByRole("status").filter({ hasText: /session/i })).toBeVisible();
  });
});

test("a logout keeps the user's other sessions", async ({ page, api }) => {
  await logIn(page);
  const other = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
  await logOut(page);
  await expectLoginPage(page);
  expect(await api.refresh(other.refreshToken)).toMatchObject({ status: 200 });
});
