// The other tabs learn at once of new tokens, the end of a session and its reason.

import type { Tokens } from "../support/api.ts";
import { type BrowserContext, expect, JANE, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import {
  claims,
  expectNothingStored,
  leave,
  recordCalls,
  recordPresented,
  refuseNextCall,
  stored,
  storedSession,
} from "../support/session.ts";
import { duplicate, expectWaiting, lockOf, seize } from "../support/tabs.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  heading,
  logIn,
  logOut,
  nav,
  submitLogin,
} from "../support/user.ts";

const REFRESH = "**/api/token/refresh";

/** John in two tabs that show the home page: signed in for the browser, or in one tab that was then duplicated. */
async function twoTabs(page: Page, context: BrowserContext, keep = true): Promise<Page> {
  await logIn(page, { keep });
  const other = keep ? await context.newPage() : await duplicate(page, "/");
  await other.goto("/");
  await expectSignedIn(other);
  return other;
}

const openCustomers = (tab: Page) => nav(tab).getByRole("link", { name: "Customers" }).click();

test("new tokens of one tab are used by the other without a request", async ({
  page,
  context,
  problems,
}) => {
  problems.allow("401 /api/customers");
  const other = await twoTabs(page, context);
  const before = await storedSession(page);
  await refuseNextCall(other);
  await openCustomers(other);
  await expectCustomers(other);
  await expect.poll(async () => (await storedSession(page)).accessToken).not.toBe(before.accessToken);
  const { accessToken } = await storedSession(page);

  const calls = recordCalls(page);
  const asked = page.waitForRequest("**/api/customers");
  await openCustomers(page);
  await expectCustomers(page);
  expect(await (await asked).headerValue("Authorization")).toBe(`Bearer ${accessToken}`);
  expect(calls).toEqual(["GET /api/customers 200"]);
});

test.describe("a logout in one tab during a refresh of the other", () => {
  for (const keep of [false, true]) {
    const whose = keep ? "two tabs of one browser" : "a tab and its duplicate";
    test(`wins and revokes the late tokens: ${whose}`, async ({
      page,
      context,
      api,
      problems,
    }) => {
      problems.allow("401 /api/customers");
      const other = await twoTabs(page, context, keep);
      const before = await storedSession(page);
      const [rotated, loggedOut] = [gate(), gate()];
      let late: Tokens | undefined;
      await other.route(REFRESH, async (route) => {
        const response = await route.fetch();
        late = (await response.json()) as Tokens;
        rotated.open();
        await loggedOut.opened;
        await route.fulfill({ response });
      });
      await refuseNextCall(other);
      const calls = recordCalls(other);
      const revoked: string[] = [];
      context.on("request", (request) => {
        if (new URL(request.url()).pathname !== "/api/token/revoke") return;
        revoked.push((request.postDataJSON() as Tokens).refreshToken);
      });

      await openCustomers(other);
      await rotated.opened;
      await logOut(page);
      await expectGuest(page);
      await expectGuest(other); // at once, although its refresh has not come back
      await expectNothingStored(other);
      loggedOut.open();

      await expect.poll(() => revoked).toEqual([before.refreshToken, late!.refreshToken]);
      await expect.poll(() => calls).toContain("POST /api/token/revoke 204");
      await expectNothingStored(other);
      await expectGuest(other);
      await expect(other.getByText("Jane Doe")).toHaveCount(0);
      expect(calls).toEqual(["GET /api/customers 401", "POST /api/token/refresh 200", "POST /api/token/revoke 204"]);
      expect(await api.customers(late!.token)).toMatchObject({ status: 401 });
      expect(await api.refresh(late!.refreshToken)).toMatchObject({ status: 400, body: { code: "invalid_grant" } });
    });
  }

  test("shows no second notice when the server refuses the refresh", async ({ page, context, problems }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    const other = await twoTabs(page, context);
    const [asked, loggedOut] = [gate(), gate()];
    await other.route(REFRESH, async (route) => {
      asked.open();
      await loggedOut.opened;
      await route.continue();
    });
    await refuseNextCall(other);
    const calls = recordCalls(other);
    await openCustomers(other);
    await asked.opened;

    const told = page.waitForResponse("**/api/token/revoke");
    await logOut(page);
    await told;
    const refused = other.waitForResponse(REFRESH);
    loggedOut.open();
    await (await refused).finished();

    await expectLoginPage(other, "/customers");
    await expectGuest(other);
    await expectNothingStored(other);
    await expect(other.getByText(/Your session/), "the user knows why").toHaveCount(0);
    expect(calls).toEqual(["GET /api/customers 401", "POST /api/token/refresh 400"]);
  });

  test("does not affect the user who logs in before the refresh ends", async ({
    page,
    context,
    api,
    problems,
  }) => {
    problems.allow("401 /api/customers");
    await api.register(JANE.username, JANE.password);
    const other = await twoTabs(page, context);
    const [rotated, loggedIn] = [gate(), gate()];
    await other.route(REFRESH, async (route) => {
      const response = await route.fetch();
      rotated.open();
      await loggedIn.opened;
      await route.fulfill({ response });
    });
    await refuseNextCall(other);
    await openCustomers(other);
    await rotated.opened;

    await logOut(page);
    await expectLoginPage(page);
    await submitLogin(page, JANE, true);
    await expectSignedIn(page, JANE.username);
    const jane = await storedSession(page);
    const landed = other.waitForEvent("requestfinished", (request) => request.url().endsWith("/api/token/refresh"));
    loggedIn.open();
    await landed;

    for (const tab of [page, other]) await expectSignedIn(tab, JANE.username);
    await openCustomers(page);
    await expectCustomers(page);
    expect((await storedSession(page)).record).toBe(jane.record);
    expect(await api.customers(jane.accessToken)).toMatchObject({ status: 200 });
  });
});

test("a tab that waits for the lock during a logout sends no refresh", async ({
  page,
  context,
  problems,
}) => {
  problems.allow("401 /api/customers");
  const other = await twoTabs(page, context);
  const lock = lockOf((await storedSession(page)).accessToken);
  const hung = await context.newPage();
  await leave(hung);
  await seize(hung, lock);
  const calls = recordCalls(other);
  await refuseNextCall(other);
  await openCustomers(other);
  await expectWaiting(hung, lock, 1);

  await logOut(page);
  await expectGuest(other);
  await expectNothingStored(other);
  await hung.close(); // the lock is free, and the one that waited for it gets it
  await expectWaiting(page, lock, 0);
  await expectLoginPage(other, "/customers");
  await expectNothingStored(other);
  await expect(other.getByText("Jane Doe")).toHaveCount(0);
  expect(calls).toEqual(["GET /api/customers 401"]);
});

test("a session ended from another device ends in all tabs with the reason", async ({
  page,
  context,
  api,
  problems,
}) => {
  problems.allow("401 /api/customers", "400 /api/token/refresh");
  const other = await twoTabs(page, context);
  const { accessToken } = await storedSession(page);
  const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
  expect(await api.revokeSession(phone.token, claims(accessToken).sid)).toMatchObject({ status: 204 });

  const presented = recordPresented(context);
  await openCustomers(page);
  await expectLoginPage(page, "/customers");
  const why = "Your session was ended from another device";
  await expect(page.getByRole("status").filter({ hasText: why })).toBeVisible();
  await expect(other.getByRole("status").filter({ hasText: why })).toBeVisible();
  await expectGuest(other);
  await expect(other, "the page is public").toHaveURL("/");
  expect(await stored(other)).toBeNull();
  expect(presented).toHaveLength(1);

  // A user who signs in again has read it.
  await submitLogin(page, JOHN, true);
  await expectCustomers(page);
  await expect(heading(other, "Hello, John Doe")).toBeVisible();
  for (const tab of [page, other]) await expect(tab.getByText(why)).toHaveCount(0);
});
