// The session inspector on the home page, which shows how the client stays signed in.

import { expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { recordCalls, store, storedSession } from "../support/session.ts";
import { heading, logIn, logOut, nav } from "../support/user.ts";

const inspector = (page: Page) => page.getByRole("region", { name: "Session inspector" });

/** The value beside a label. */
const fact = (page: Page, label: string) =>
  inspector(page).locator("dt", { hasText: new RegExp(`^${label}$`) }).locator("xpath=following-sibling::dd[1]");

/** The client's actions, newest first, without the times. */
const doings = async (page: Page): Promise<string[]> => {
  const lines = await inspector(page).getByRole("list").getByRole("listitem").allInnerTexts();
  return lines.map((line) => line.replace(/^\S+(\s[AP]M)?\s/, ""));
};

test("the inspector shows state, claims, lifetime and shortened tokens", async ({ page }) => {
  await logIn(page, { keep: true });
  const { accessToken, refreshToken } = await storedSession(page);
  const claims = JSON.parse(Buffer.from(accessToken.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;

  await expect(fact(page, "State")).toHaveText("Signed in");
  await expect(fact(page, "Kept in")).toContainText("this browser");
  await expect(fact(page, "Generation")).toHaveText("0");
  await expect(fact(page, "Next refresh")).toHaveText(/^in 59 min \d+ s$/);
  for (const [name, value] of Object.entries(claims)) {
    await expect(fact(page, name)).toContainText(typeof value === "string" ? value : JSON.stringify(value));
  }
  const left = inspector(page).getByRole("progressbar", { name: "Life left of the access token" });
  await expect(left).toHaveAttribute("max", "3600000");
  const before = Number(await left.getAttribute("value"));
  await expect.poll(async () => Number(await left.getAttribute("value")), "the bar is live").toBeLessThan(before);

  const shown = await inspector(page).innerText();
  for (const token of [accessToken, refreshToken]) {
    expect(shown).toContain(token.slice(0, 10));
    expect(shown).not.toContain(token.slice(0, 20));
  }
  await expect.poll(() => doings(page)).toEqual(["Logged in."]);
});

test("“Refresh now” refreshes once and logs it", async ({ page }) => {
  await logIn(page);
  const calls = recordCalls(page);
  await inspector(page).getByRole("button", { name: "Refresh now" }).click();
  await expect(fact(page, "Generation")).toHaveText("1");
  await expect.poll(() => doings(page)).toEqual(["Refreshed by hand.", "Logged in."]);
  expect(calls).toEqual(["POST /api/token/refresh 200"]);
});

test("“Refresh now” shows progress and sends one request", async ({ page }) => {
  await logIn(page);
  const answer = gate();
  await page.route("**/api/token/refresh", async (route) => {
    await answer.opened;
    await route.continue();
  });
  const calls = recordCalls(page);
  const button = inspector(page).getByRole("button", { name: "Refresh now" });
  await button.click();
  await expect(button).toHaveAttribute("aria-busy", "true");
  await button.click({ force: true });
  answer.open();
  await expect(fact(page, "Generation")).toHaveText("1");
  await expect(button).not.toHaveAttribute("aria-busy", "true");
  expect(calls).toEqual(["POST /api/token/refresh 200"]);
});

test("an access token expired by the inspector is replaced by one refresh", async ({ page }) => {
  await logIn(page);
  const calls = recordCalls(page);
  await inspector(page).getByRole("button", { name: "Expire the access token here" }).click();
  await expect(fact(page, "Generation")).toHaveText("1");
  await expect.poll(() => doings(page)).toEqual([
    "Refreshed after expiry.",
    "Took the access token for expired, by hand.",
    "Logged in.",
  ]);
  expect(calls).toEqual(["POST /api/token/refresh 200"]);
});

test("the inspector logs a refused call, its refresh and its retry", async ({ page, problems }) => {
  problems.allow("401 /api/customers");
  await logIn(page);
  const { where, record, accessToken } = await storedSession(page);
  const [header, claims] = accessToken.split(".");
  await store(page, where, record.replace(accessToken, `${header}.${claims}.${"A".repeat(86)}`));
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(page.getByText("Jane Doe")).toBeVisible();
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect.poll(async () => (await doings(page)).slice(0, 2)).toEqual(["Retried the call after 401.", "Refreshed after 401."]);
});

test("the inspector logs tokens received from another tab", async ({ page, context }) => {
  await logIn(page, { keep: true });
  const other = await context.newPage();
  await other.goto("/");
  await inspector(other).getByRole("button", { name: "Refresh now" }).click();
  await expect(fact(page, "Generation")).toHaveText("1");
  await expect.poll(() => doings(page)).toEqual(["Adopted fresh tokens from another tab.", "Logged in."]);
  await expect.poll(() => doings(other)).toEqual(["Refreshed by hand.", "Found a session in the storage."]);
});

test("the inspector logs a failed refresh and its reason", async ({ page, problems }) => {
  problems.allow("503 /api/token/refresh");
  await logIn(page);
  await page.route("**/api/token/refresh", (route) =>
    route.fulfill({ status: 503, headers: { "Retry-After": "7" }, contentType: "text/html", body: "<h1>Busy</h1>" }),
  );
  await inspector(page).getByRole("button", { name: "Refresh now" }).click();
  await expect(inspector(page)).toContainText("A refresh failed; still signed in.");
  await expect(inspector(page)).toContainText("It asked for 7 s of patience.");
  await expect(fact(page, "Generation")).toHaveText("0");
});

test("the inspector disappears after the logout", async ({ page }) => {
  await logIn(page);
  await logOut(page);
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
  await expect(inspector(page)).toHaveCount(0);
});
