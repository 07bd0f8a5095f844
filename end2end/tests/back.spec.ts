// The Back button after a logout: however the browser restores the old page, it shows nothing protected.

import { type BrowserContext, expect, JANE, type Page, test } from "../support/fixtures.ts";
import { findWholeBrowser } from "../browser.mjs";
import type { Tokens } from "../support/api.ts";
import { KEY, leave, recordCalls, recordPresented, store, storedSession } from "../support/session.ts";
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
  visitCustomersAgain,
} from "../support/user.ts";

// Playwright starts Chromium without its back-forward cache, and its headless shell has none.
test.use({
  launchOptions: [
    async ({ launchOptions }, use) => {
      await use({
        ...launchOptions,
        executablePath: findWholeBrowser()!,
        ignoreDefaultArgs: ["--disable-back-forward-cache"],
      });
    },
    { scope: "worker" },
  ],
});

/**
 * Lets the browser keep pages in its back-forward cache although they are `no-store`, as some do; and notes how each
 * page comes back, with all its text at the first moment at which it can be seen. Only `pageshow` tells a page that it
 * is back: this browser would also deliver what happened to the storage meanwhile, which no specification promises.
 */
async function keepPages(context: BrowserContext): Promise<void> {
  await context.route("**/*", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "cache-control": "no-cache" } });
  });
  await context.addInitScript(() => {
    for (const type of ["storage", "visibilitychange", "focus"]) {
      window.addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true });
    }
    window.addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      requestAnimationFrame(() => Object.assign(window, { atFirst: document.body.innerText }));
    });
  });
}

/** Goes back to a page that was kept, which must not be loaded anew. Returns what it showed at first. */
async function restore(page: Page): Promise<string> {
  // `goBack` would wait for the page to be loaded, which does not happen.
  await page.evaluate(() => void setTimeout(() => history.back()));
  let atFirst: string | undefined;
  const read = async () => {
    // Between two documents there is nothing to evaluate in: the next poll finds the new one.
    atFirst = await page.evaluate(() => (window as unknown as { atFirst?: string }).atFirst).catch(() => undefined);
    return atFirst;
  };
  await expect.poll(read, "the page comes from the back-forward cache").toBeDefined();
  return atFirst!;
}

/** Signed in, with the customers on the screen in a document of their own. */
async function showCustomers(page: Page, keep: boolean): Promise<void> {
  await logIn(page, { keep });
  await page.goto("/customers");
  await expectCustomers(page);
}

for (const keep of [false, true]) {
  const whose = keep ? "of the browser" : "of the tab";

  test(`Back after a logout in another document leads to the login page (session ${whose})`, async ({ page }) => {
    await showCustomers(page, keep);
    await page.goto("/");
    await expectSignedIn(page);
    await logOut(page);
    await expectLoginPage(page);

    await page.evaluate(() => void setTimeout(() => history.go(-2)));
    await expectLoginPage(page, "/customers");
    await expectGuest(page);
    await expect(page.getByText("Jane Doe")).toHaveCount(0);
  });

  test(`Back after a logout leads to the login page with a back/forward cache (session ${whose})`, async ({
    page,
    context,
  }) => {
    await keepPages(context);
    await showCustomers(page, keep);
    await page.goto("/");
    await expectSignedIn(page);
    await logOut(page);
    await expectLoginPage(page);

    // Not before the call has returned: it would fail with its document gone.
    // Whether it is restored is the browser's to decide: a message from the other document may have discarded it.
    await page.evaluate(() => void setTimeout(() => history.go(-2)));
    await expectLoginPage(page, "/customers");
    await expectGuest(page);
    await expect(page.getByText("Jane Doe")).toHaveCount(0);
  });

  test(`a page from the back/forward cache never shows an ended session (session ${whose})`, async ({
    page,
    context,
  }) => {
    await keepPages(context);
    await showCustomers(page, keep);
    // No message over the channel either: a kept page that is sent a message is discarded.
    await leave(page);
    await page.evaluate((key) => (localStorage.removeItem(key), sessionStorage.removeItem(key)), KEY);

    const calls = recordCalls(page);
    expect(await restore(page)).not.toContain("Jane Doe");
    await expectLoginPage(page, "/customers");
    await expectGuest(page);
    await expect(page.getByText("Jane Doe")).toHaveCount(0);
    expect(calls).toEqual([]);
  });

  test(`a page from the back/forward cache uses the current tokens (session ${whose})`, async ({
    page,
    context,
    api,
  }) => {
    await keepPages(context);
    await showCustomers(page, keep);
    await leave(page);
    // Two generations later: the tokens that the page was left with would be a replay.
    const { where, record, accessToken, refreshToken } = await storedSession(page);
    let fresh = { token: accessToken, refreshToken };
    for (let time = 0; time < 2; time++) fresh = (await api.refresh(fresh.refreshToken)).body as Tokens;
    await api.customers(fresh.token);
    await store(page, where, record.replace(accessToken, fresh.token).replace(refreshToken, fresh.refreshToken));

    const [calls, presented] = [recordCalls(page), recordPresented(page)];
    expect(await restore(page)).toContain("Jane Doe");
    await expectSignedIn(page);
    await visitCustomersAgain(page);
    expect(presented).toEqual([]);
    expect(new Set(calls)).toEqual(new Set(["GET /api/customers 200"]));
    expect((await storedSession(page)).refreshToken).toBe(fresh.refreshToken);
  });
}

test("a page from the back/forward cache shows the user who is signed in now", async ({
  page,
  context,
  newContext,
  api,
}) => {
  await api.register(JANE.username, JANE.password);
  const janes = await (await newContext()).newPage();
  await janes.goto("/login");
  await submitLogin(janes, JANE, true);
  await expectSignedIn(janes, JANE.username);
  const jane = await storedSession(janes);

  await keepPages(context);
  await showCustomers(page, true);
  await leave(page);
  await store(page, "local", jane.record);

  const asked = page.waitForRequest("**/api/customers");
  await restore(page);
  await expectSignedIn(page, JANE.username);
  expect(await (await asked).headerValue("Authorization"), "the data are Jane's").toBe(`Bearer ${jane.accessToken}`);
  await expectCustomers(page);
  await expect(nav(page).getByText("John Doe")).toHaveCount(0);
  expect((await storedSession(page)).record).toBe(jane.record);
});

test("Back after a logout leads to the login page from each page", async ({ page }) => {
  await logIn(page);
  const calls = recordCalls(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(heading(page, "Hello, John Doe")).toBeVisible();
  await logOut(page);
  await expectLoginPage(page);

  await page.goBack();
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
  await page.goBack();
  await expectLoginPage(page, "/customers");
  await page.goForward();
  await expectGuest(page);
  await expect(page.getByText("Jane Doe")).toHaveCount(0);
  await expect.poll(() => calls).toEqual(["GET /api/customers 200", "POST /api/token/revoke 204"]);
});
