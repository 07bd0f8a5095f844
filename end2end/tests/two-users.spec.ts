// Two users of one browser: Jane is signed in in one tab only, John in the whole browser. Whatever happens to Jane's
// session, Jane's tab never becomes John's, and John's session is not affected.

import type { Api } from "../support/api.ts";
import { type BrowserContext, expect, JANE, JOHN, type Page, test } from "../support/fixtures.ts";
import { KEY, recordCalls, type Stored, storedIn } from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  heading,
  logOut,
  nav,
  submitLogin,
} from "../support/user.ts";

async function signBothIn(page: Page, context: BrowserContext, api: Api) {
  await api.register(JANE.username, JANE.password);
  await page.goto("/login");
  await submitLogin(page, JANE);
  await expectSignedIn(page, JANE.username);

  const johnsTab = await context.newPage();
  await johnsTab.goto("/login");
  await submitLogin(johnsTab, JOHN, true);
  await expectSignedIn(johnsTab, JOHN.displayName);
  await expectSignedIn(page, JANE.username);

  const [jane, john] = [await storedIn(page, "session"), await storedIn(page, "local")];
  expect(jane?.refreshToken, "Jane's session is the tab's").toMatch(/^lkr_/);
  expect(john?.refreshToken, "John's session is the browser's").toMatch(/^lkr_/);
  return { johnsTab, jane: jane!, john: john! };
}

/** A guest, with nothing of Jane's session left; also when the page starts anew. */
async function expectJaneGone(page: Page): Promise<void> {
  await expectGuest(page);
  expect((await storedIn(page, "session"))?.record ?? "").not.toMatch(/lkr_|eyJ[\w-]{10,}/);
  await page.reload();
  await expectGuest(page);
  await page.goto("/");
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
  await expectGuest(page);
}

async function expectJohnUnharmed(tab: Page, john: Stored, api: Api): Promise<void> {
  await expectSignedIn(tab, JOHN.displayName);
  await nav(tab).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(tab);
  await tab.reload();
  await expectCustomers(tab);
  expect((await storedIn(tab, "local"))?.record).toBe(john.record);
  expect(await api.customers(john.accessToken)).toMatchObject({ status: 200 });
}

test("a tab whose session is ended elsewhere becomes a guest, not the other user", async ({
  page,
  context,
  api,
  problems,
}) => {
  problems.allow("401 /api/customers", "400 /api/token/refresh");
  const { johnsTab, jane, john } = await signBothIn(page, context, api);
  expect(await api.revoke(jane.refreshToken)).toMatchObject({ status: 204 });

  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectLoginPage(page, "/customers");
  await expect(page.getByRole("status").filter({ hasText: /session/i })).toBeVisible();
  await expectJaneGone(page);
  await expectJohnUnharmed(johnsTab, john, api);
});

test("a logout in the tab ends only its own session", async ({ page, context, api }) => {
  const { johnsTab, jane, john } = await signBothIn(page, context, api);
  const calls = recordCalls(context);
  const revoked = page.waitForResponse("**/api/token/revoke");
  await logOut(page);

  await expectLoginPage(page);
  await revoked; // the page is about to be left, and a call that outlives its page counts as failed
  await expectJaneGone(page);
  await expectJohnUnharmed(johnsTab, john, api);
  expect(calls.filter((call) => call.includes("/api/token/"))).toEqual(["POST /api/token/revoke 204"]);
  expect(await api.refresh(jane.refreshToken)).toMatchObject({ status: 400, body: { code: "invalid_grant" } });
  expect(await api.refresh(john.refreshToken)).toMatchObject({ status: 200 });
});

test("a logout without session storage does not show the other user", async ({
  page,
  context,
  api,
}) => {
  await page.addInitScript((key) => {
    const set = Object.getOwnPropertyDescriptor(Storage.prototype, "setItem")!.value as typeof Storage.prototype.setItem;
    Storage.prototype.setItem = function (this: Storage, name: string, value: string) {
      if (this === sessionStorage && name === key) throw new DOMException("Full.", "QuotaExceededError");
      set.call(this, name, value);
    };
  }, KEY);
  await page.goto("/login");
  await api.register(JANE.username, JANE.password);
  await submitLogin(page, JANE);
  await expectSignedIn(page, JANE.username);
  const johnsTab = await context.newPage();
  await johnsTab.goto("/login");
  await submitLogin(johnsTab, JOHN, true);
  await expectSignedIn(johnsTab, JOHN.displayName);
  await expectSignedIn(page, JANE.username);

  await logOut(page);
  await expectLoginPage(page);
  await expectGuest(page);
  await expectSignedIn(johnsTab, JOHN.displayName);
});

test("events in the other user's tab show no notice in this one", async ({ page, context, api }) => {
  const { johnsTab } = await signBothIn(page, context, api);
  await nav(johnsTab).getByRole("link", { name: "Home" }).click();
  await johnsTab.getByRole("button", { name: "Refresh now" }).click();
  await expect(johnsTab.getByText("Refreshed by hand.")).toBeVisible();
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(page.locator(".journal").getByRole("listitem")).toHaveText([/Logged in\.$/]);
});
