// The list of signed-in devices: recognising them and signing them out.

import type { Tokens } from "../support/api.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { recordCalls } from "../support/session.ts";
import { flicker } from "../support/visibility.ts";
import { expectSignedIn, logIn, nav } from "../support/user.ts";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1";

const devices = (page: Page) => page.getByRole("region", { name: "Devices" });
const cards = (page: Page) => devices(page).getByRole("listitem");
const result = (page: Page) => devices(page).getByRole("status");

/** Signs John in from elsewhere. */
async function signInElsewhere(url: string, userAgent: string): Promise<Tokens> {
  const answer = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "User-Agent": userAgent },
    body: JSON.stringify({ username: JOHN.username, password: JOHN.password }),
  });
  return (await answer.json()) as Tokens;
}

async function openAccount(page: Page): Promise<void> {
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  // Both parts that are loaded, so that no call of the page's own comes later.
  await expect(cards(page).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem").first()).toBeVisible();
}

test("the device list starts with this device and shows name, time and address", async ({ page, server }) => {
  await signInElsewhere(server.url, PHONE);
  await logIn(page);
  await openAccount(page);
  await expect(cards(page)).toHaveText([
    /^Chrome.* on Linux\s*This device\s*new device\s*Last seen just now, signed in just now, from 127\.0\.0\.1$/,
    /Safari on iPhone.*Last seen just now, signed in just now, from 127\.0\.0\.1/,
  ]);
  const seen = cards(page).first().locator("time").first();
  await expect(seen).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  await expect(seen).toHaveAttribute("title", /\d{4}/);
  await expect(cards(page).first().getByRole("button"), "one logs out of this one").toHaveCount(0);
});

test("signing out a device asks for confirmation and ends only that session", async ({ page, server, api }) => {
  const phone = await signInElsewhere(server.url, PHONE);
  const other = await signInElsewhere(server.url, "curl/8.0");
  await logIn(page);
  await openAccount(page);
  const card = cards(page).filter({ hasText: "Safari on iPhone" });
  const calls = recordCalls(page);
  await card.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  const question = card.getByRole("group", { name: "Sign out Safari on iPhone? Whoever uses it has to log in again." });
  await expect(question).toBeVisible();
  await expect(question.getByRole("button", { name: "Cancel" }), "no is the easier answer").toBeFocused();
  await page.keyboard.press("Enter");
  await expect(question).toBeHidden();
  await expect(card.getByRole("button", { name: "Sign out Safari on iPhone" })).toBeFocused();
  expect(calls).toEqual([]);

  await page.keyboard.press("Enter");
  await question.getByRole("button", { name: "Sign out" }).click();
  await expect(result(page)).toHaveText("Safari on iPhone is signed out.");
  await expect(result(page), "the focus is where the news is").toBeFocused();
  await expect(cards(page)).toHaveCount(2);
  await expect
    .poll(() => calls.toSorted(), "the list and the log are looked at again")
    .toEqual(["GET /api/account/events 200", "GET /api/sessions 200", "POST /api/sessions/revoke 204"]);
  expect(await api.refresh(phone.refreshToken)).toMatchObject({ status: 400, body: { reason: "revoked" } });
  expect(await api.refresh(other.refreshToken)).toMatchObject({ status: 200 });
  await expectSignedIn(page);
});

test("the confirmation stays open until the response and sends one request", async ({ page, server }) => {
  await signInElsewhere(server.url, PHONE);
  await signInElsewhere(server.url, "curl/8.0");
  await logIn(page);
  await openAccount(page);
  const answer = gate();
  await page.route("**/api/sessions/revoke", async (route) => {
    await answer.opened;
    await route.continue();
  });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/sessions/revoke")) asked.push(request.postData()!);
  });
  await devices(page).getByRole("button", { name: "Sign out all other devices" }).click();
  const others = devices(page).getByRole("group", { name: "Sign out 2 other devices?" });
  await cards(page).getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  const question = cards(page).getByRole("group", { name: "Sign out Safari on iPhone?" });
  await question.getByRole("button", { name: "Sign out" }).click();

  const waiting = question.getByRole("button", { name: "Signing out…" });
  await expect(waiting).toHaveAttribute("aria-busy", "true");
  await expect(waiting).toHaveAttribute("aria-disabled", "true");
  await expect(waiting, "the focus stays").toBeFocused();
  await expect(question.getByRole("button", { name: "Cancel" }), "it is too late").toBeDisabled();
  const other = others.getByRole("button", { name: "Sign out all other devices" });
  await expect(other, "one after the other").toHaveAttribute("aria-disabled", "true");
  await expect(other).not.toHaveAttribute("aria-busy", "true");
  await waiting.click({ force: true });
  await other.click({ force: true });
  answer.open();
  await expect(result(page)).toHaveText("Safari on iPhone is signed out.");
  await expect(cards(page)).toHaveCount(2);
  expect(asked).toHaveLength(1);
});

test("signing out a device does not interrupt typing a password", async ({ page, server }) => {
  await signInElsewhere(server.url, PHONE);
  await logIn(page);
  await openAccount(page);
  const answer = gate();
  await page.route("**/api/sessions/revoke", async (route) => {
    await answer.opened;
    await route.continue();
  });
  await cards(page).getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  await cards(page).getByRole("group").getByRole("button", { name: "Sign out" }).click();
  const password = page.getByLabel("Current password");
  await password.pressSequentially("violet");
  answer.open();
  await expect(result(page)).toHaveText("Safari on iPhone is signed out.");
  await expect(cards(page)).toHaveCount(1);
  await page.keyboard.type(" umbrella");
  await expect(password).toHaveValue("violet umbrella");
});

test("the security log shows a sign-out from the device list", async ({ page, server }) => {
  await signInElsewhere(server.url, PHONE);
  await logIn(page);
  await openAccount(page);
  const lines = page.getByRole("region", { name: "Security log" }).getByRole("listitem");
  await expect(lines).toHaveCount(2);
  await cards(page).getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  await cards(page).getByRole("group").getByRole("button", { name: "Sign out" }).click();
  await expect(lines).toHaveCount(3);
  await expect(lines.first()).toContainText("Signed out another device");
  await expect(result(page), "which takes no focus").toBeFocused();
});

test("a new device is listed when the tab becomes visible", async ({ page, server }) => {
  await logIn(page);
  await openAccount(page);
  await expect(cards(page)).toHaveCount(1);
  await signInElsewhere(server.url, PHONE);
  await flicker(page, 1);
  await expect(cards(page)).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem")).toHaveCount(2);

  await devices(page).getByRole("button", { name: "Sign out all other devices" }).click();
  const question = devices(page).getByRole("group", { name: /^Sign out the other device\?/ });
  const calls = recordCalls(page);
  await flicker(page, 1);
  await expect(question.getByRole("button", { name: "Cancel" }), "a question is not taken away").toBeFocused();
  expect(calls).toEqual([]);
});

test("devices of one kind have buttons with different accessible names", async ({ page, server }) => {
  await signInElsewhere(server.url, PHONE);
  await signInElsewhere(server.url, PHONE);
  await logIn(page);
  await page.route("**/api/sessions", async (route) => {
    const response = await route.fetch();
    const sessions = (await response.json()) as { lastSeenAt: string }[];
    sessions.at(-1)!.lastSeenAt = new Date(Date.now() - 26 * 60 * 60 * 1000).toISOString();
    await route.fulfill({ response, json: sessions });
  });
  await openAccount(page);
  const buttons = cards(page).getByRole("button", { name: /^Sign out / });
  await expect(buttons).toHaveCount(2);
  await expect(buttons.first()).toHaveAccessibleName(/^Sign out Safari on iPhone Last seen just now, .*127\.0\.0\.1$/);
  await expect(buttons.last()).toHaveAccessibleName(/^Sign out Safari on iPhone Last seen 1 day ago, .*127\.0\.0\.1$/);
});

test("signing out all others shows their number and keeps this device", async ({ page, server, api }) => {
  const others = [await signInElsewhere(server.url, PHONE), await signInElsewhere(server.url, "curl/8.0")];
  await logIn(page);
  await openAccount(page);
  await devices(page).getByRole("button", { name: "Sign out all other devices" }).click();
  await devices(page)
    .getByRole("group", { name: "Sign out 2 other devices? Whoever uses them has to log in again." })
    .getByRole("button", { name: "Sign out all other devices" })
    .click();
  await expect(result(page)).toHaveText("2 other devices are signed out.");
  await expect(result(page), "the focus is where the news is").toBeFocused();
  await expect(cards(page)).toHaveCount(1);
  await expect(devices(page).getByRole("button", { name: "Sign out all other devices" })).toHaveCount(0);
  for (const { refreshToken } of others) {
    expect(await api.refresh(refreshToken)).toMatchObject({ status: 400, body: { reason: "revoked" } });
  }
  await page.reload();
  await expectSignedIn(page);
});

test("a failed sign-out shows an error and keeps the device in the list", async ({
  page,
  server,
  problems,
}) => {
  problems.allow("net::ERR_CONNECTION_REFUSED /api/sessions/revoke");
  await signInElsewhere(server.url, PHONE);
  await logIn(page);
  await openAccount(page);
  await page.route("**/api/sessions/revoke", (route) => route.abort("connectionrefused"));
  await devices(page).getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  await devices(page).getByRole("group").getByRole("button", { name: "Sign out" }).click();
  await expect(result(page)).toContainText("cannot be reached");
  await expect(cards(page)).toHaveCount(2);
});

test("user agents are shown as text", async ({ page, server }) => {
  const odd = `<img src=x onerror=alert(1)> Firefox/${"9".repeat(300)} \u202e(Windows NT 10.0)`;
  await signInElsewhere(server.url, encodeURI(odd));
  await logIn(page);
  await openAccount(page);
  await expect(cards(page)).toHaveCount(2);
  await expect(page.locator("img")).toHaveCount(0);
});
