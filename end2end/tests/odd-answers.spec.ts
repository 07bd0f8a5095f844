// Answers that look like a success but are none.

import { expect, JOHN, test } from "../support/fixtures.ts";
import { html, REFRESH, refreshed } from "../support/refresh.ts";
import { recordCalls, sleepTwoHours, storedIn, storedSession } from "../support/session.ts";
import { expectCustomers, expectGuest, expectSignedIn, logIn, logOut, nav } from "../support/user.ts";

const unusable = {
  "non-ASCII text": { token: "tokén.…", refreshToken: "lkr_x" },
  "a line break": { token: "a.b.c\nX: y", refreshToken: "lkr_x" },
  "empty strings": { token: "", refreshToken: "" },
  "asterisks of a filtering proxy": { token: "***", refreshToken: "***" },
};
for (const [what, tokens] of Object.entries(unusable)) {
  test(`a refresh response with ${what} as tokens changes nothing`, async ({ page }) => {
    await logIn(page, { keep: true });
    const before = await storedSession(page);
    await page.route(
      REFRESH,
      (route) =>
        route.fulfill({
          json: {
            ...tokens,
            tokenType: "Bearer",
            expiresIn: 3600,
            expiresAt: "",
            refreshTokenExpiresAt: "",
            user: { id: "1", username: JOHN.username, displayName: JOHN.displayName, roles: ["Manager"] },
          },
        }),
      { times: 1 },
    );
    const calls = recordCalls(page);
    await page.getByRole("button", { name: "Refresh now" }).click();
    await expect(page.getByText("The answer did not come from this site's server.")).toBeVisible();
    expect(await storedSession(page)).toEqual(before);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    await expectSignedIn(page);
    expect(calls).toEqual([refreshed(200), "GET /api/customers 200"]);
  });
}

test("a captive portal's page does not complete a logout", async ({ page, api }) => {
  await logIn(page, { keep: true });
  const { accessToken } = (await storedIn(page, "local"))!;
  await page.route("**/api/token/revoke", html(200, "Please accept our terms"), { times: 1 });
  const calls = recordCalls(page);
  await logOut(page);
  await expectGuest(page);
  await expect.poll(() => calls).toEqual(["POST /api/token/revoke 200", "POST /api/token/revoke 204"]);
  expect(await api.customers(accessToken)).toMatchObject({ status: 401 });
});

test("a browser that wrongly reports offline can be used", async ({ page, context }) => {
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false }));
  await logIn(page, { keep: true });
  await sleepTwoHours(context);
  const calls = recordCalls(page);
  await page.goto("/customers");
  await expectCustomers(page);
  expect(calls).toEqual([refreshed(200), "GET /api/customers 200"]);
});
