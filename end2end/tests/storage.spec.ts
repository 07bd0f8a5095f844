// Where the session is stored, and what happens if something else is stored there.

import { expect, JANE, JOHN, test } from "../support/fixtures.ts";
import { expectNothingStored, leave, store, stored, storedSession } from "../support/session.ts";
import { expectCustomers, expectGuest, expectLoginPage, expectSignedIn, heading, logIn, nav } from "../support/user.ts";

for (const [path, button] of [
  ["/login", "Log in"],
  ["/register", "Create account"],
] as const) {
  test(`“Keep me signed in” on ${path} is ticked by default and its value is sent`, async ({ newContext }) => {
    for (const ticked of [true, false]) {
      const page = await (await newContext()).newPage();
      await page.goto(path);
      const keep = page.getByRole("checkbox", { name: "Keep me signed in on this device", exact: true });
      await expect(keep).toBeChecked();
      await expect(keep).toHaveAccessibleDescription("Untick on a shared computer");
      await expect(page.getByRole("button", { name: button })).toBeEnabled();
      await expect(keep, "the program leaves it").toBeChecked();
      if (!ticked) await keep.uncheck();
      await page.getByLabel("Username").fill(path === "/login" ? JOHN.username : `ada-${ticked}`);
      await page.getByLabel("Password", { exact: true }).fill(path === "/login" ? JOHN.password : JANE.password);
      const sent = page.waitForRequest(`**/api/auth${path}`);
      await page.getByRole("button", { name: button }).click();
      expect((await sent).postDataJSON()).toMatchObject({ remember: ticked });
      await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
      expect((await storedSession(page)).where).toBe(ticked ? "local" : "session");
    }
  });
}

test("without “Keep me signed in” the session belongs to the tab", async ({ page, context, newContext }) => {
  await logIn(page);
  expect((await storedSession(page)).where).toBe("session");
  await page.reload();
  await expectSignedIn(page);

  const tab = await context.newPage();
  await tab.goto("/customers");
  await expectLoginPage(tab, "/customers");
  await expectNothingStored(tab);

  // The next start of the browser: what was kept is kept, and the tab's own storage is gone.
  const restarted = await newContext({ storageState: await context.storageState() });
  const later = await restarted.newPage();
  await later.goto("/customers");
  await expectLoginPage(later, "/customers");
  await expectNothingStored(later);
});

test("with “Keep me signed in” the session survives the browser and is shared by all tabs", async ({
  page,
  context,
  newContext,
}) => {
  await logIn(page, { keep: true });
  expect((await storedSession(page)).where).toBe("local");

  const tab = await context.newPage();
  await tab.goto("/customers");
  await expectCustomers(tab);

  // Closed first: a browser that has been closed refreshes nothing any more.
  await tab.close();
  await leave(page);
  const restarted = await newContext({ storageState: await context.storageState() });
  const later = await restarted.newPage();
  await later.goto("/customers");
  await expectCustomers(later);
});

test("another browser profile is not signed in", async ({ page, newContext }) => {
  await logIn(page, { keep: true });
  const stranger = await (await newContext()).newPage();
  await stranger.goto("/");
  await expectGuest(stranger);
});

test("the password is not stored in the browser", async ({ page }) => {
  await logIn(page, { keep: true });
  const everything = await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie]);
  expect(JSON.stringify(everything)).not.toContain(JOHN.password);
});

const corrupt = [
  "",
  "garbage",
  "null",
  "[]",
  "{}",
  '"lkr_"',
  '{"version":1}',
  '{"token":1,"refreshToken":{}}',
  "{".repeat(5000),
];
for (const where of ["local", "session"] as const) {
  test(`corrupt content of the ${where} storage signs the tab out and allows a login`, async ({ page }) => {
    for (const record of corrupt) {
      await leave(page);
      await store(page, where, record);
      await page.goto("/");
      await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
      await expectGuest(page);
    }
    await page.goto("/customers");
    await expectLoginPage(page, "/customers");
    await logIn(page);
  });
}

for (const where of ["local", "session"] as const) {
  test(`an oversized record in ${where} storage is not read`, async ({ page }) => {
    await logIn(page, { keep: where === "local" });
    const { record } = await storedSession(page);
    const endless = (name: string) => record.replace(JOHN.displayName, name.repeat(4_000_000 / name.length));
    expect(endless("x")).not.toBe(record);
    for (const long of [endless("x"), endless("\\n"), "[".repeat(4_000_000)]) {
      await leave(page);
      await store(page, where, long);
      await page.goto("/");
      await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
      await expectGuest(page);
      expect(await stored(page), "it is gone").toBeNull();
    }

    // Also while the page is open.
    await logIn(page, { keep: where === "local" });
    await store(page, where, endless("x"));
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(page, "/customers");
    expect(await stored(page)).toBeNull();
  });
}

test("a cleared storage signs out at the next navigation", async ({ page }) => {
  await logIn(page);
  await page.evaluate(() => sessionStorage.clear());
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectLoginPage(page, "/customers");
  await expectGuest(page);
});

test("a refresh token unknown to the server signs out", async ({ page, problems }) => {
  problems.allow("401 /api/customers", "400 /api/token/refresh");
  await logIn(page, { keep: true });
  await leave(page);
  const { where, record, refreshToken, accessToken } = await storedSession(page);
  const forged = record.replace(refreshToken, `lkr_${"A".repeat(refreshToken.length - 4)}`);
  await store(page, where, forged.replace(accessToken, "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"));

  await page.goto("/customers");
  await expectLoginPage(page, "/customers");
  await expectGuest(page);
  await expect.poll(() => stored(page)).toBeNull();
});

test("a browser without storage is signed in while the page is open", async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  });
  await logIn(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  await expect(page.getByRole("status").filter({ hasText: /stor|tab|reload/i }), "a notice says so").toBeVisible();
});
