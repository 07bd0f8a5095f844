// A session that is revoked from elsewhere while a page is open: the page notices at its next request, removes
// protected data, and tells the user why.

import type { Api, Tokens } from "../support/api.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { claims, expectNothingStored, recordCalls, storedSession } from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  heading,
  logIn,
  nav,
  submitLogin,
} from "../support/user.ts";

const NEW_PASSWORD = "three green bicycles uphill";

interface End {
  /** Ends the session of the page from another one of the same user. */
  end: (phone: Tokens, page: Page, api: Api) => Promise<void>;
  /** What the page then says. */
  why: string;
  password: string;
}

const ends: Record<string, End> = {
  "ended from another device": {
    end: async (phone, page, api) => {
      const { sid } = claims((await storedSession(page)).accessToken);
      expect(await api.revokeSession(phone.token, sid)).toMatchObject({ status: 204 });
    },
    why: "Your session was ended from another device",
    password: JOHN.password,
  },
  "ended by a change of the password": {
    end: async (phone, _, api) => {
      expect(await api.changePassword(phone.token, JOHN.password, NEW_PASSWORD)).toMatchObject({ status: 200 });
    },
    why: "Your password was changed, which ended this session",
    password: NEW_PASSWORD,
  },
};

const told = (page: Page, why: string) => page.getByRole("status").filter({ hasText: why });

for (const [how, { end, why, password }] of Object.entries(ends)) {
  test.describe(`a session that is ${how}`, () => {
    test.describe("and whose page refreshes every two seconds", () => {
      test.use({ accessTokenTtl: "3s" });

      test("ends at the next refresh of the page and hides protected data", async ({ page, api, problems }) => {
        problems.allow("400 /api/token/refresh");
        await logIn(page);
        await nav(page).getByRole("link", { name: "Customers" }).click();
        await expectCustomers(page);
        const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
        const calls = recordCalls(page);
        await end(phone, page, api);

        await expectLoginPage(page, "/customers"); // without a click
        await expect(told(page, why)).toBeVisible();
        await expect(page.getByText("Jane Doe")).toHaveCount(0);
        await expectGuest(page);
        await expectNothingStored(page);
        expect(calls.filter((call) => call !== "POST /api/token/refresh 200")).toEqual(["POST /api/token/refresh 400"]);

        await submitLogin(page, { ...JOHN, password });
        await expectCustomers(page);
        await expect(told(page, why)).toHaveCount(0);
      });
    });

    test.describe("and whose page has a live access token", () => {
      test("ends at the next call of the page", async ({ page, api, problems }) => {
        problems.allow("401 /api/customers", "400 /api/token/refresh");
        await logIn(page, { keep: true });
        await nav(page).getByRole("link", { name: "Customers" }).click();
        await expectCustomers(page);
        const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
        await end(phone, page, api);
        await expectCustomers(page);

        const calls = recordCalls(page);
        await nav(page).getByRole("link", { name: "Home" }).click();
        await expectSignedIn(page); // nothing has been asked yet
        await nav(page).getByRole("link", { name: "Customers" }).click();
        await expectLoginPage(page, "/customers");
        await expect(told(page, why)).toBeVisible();
        await expect(page.getByText("Jane Doe")).toHaveCount(0);
        await expectGuest(page);
        await expectNothingStored(page);
        expect(calls, "one refusal of each, and no more asking").toEqual([
          "GET /api/customers 401",
          "POST /api/token/refresh 400",
        ]);

        await submitLogin(page, { ...JOHN, password }, true);
        await expectCustomers(page);
      });

      test("ends when the page is reloaded, without showing data", async ({ page, api, problems }) => {
        problems.allow("401 /api/customers", "400 /api/token/refresh");
        await logIn(page, { keep: true });
        const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
        await end(phone, page, api);

        await page.goto("/customers");
        await expectLoginPage(page, "/customers");
        await expect(told(page, why)).toBeVisible();
        await expectGuest(page);
        await expectNothingStored(page);
      });
    });
  });
}

test.describe(() => {
  test.use({ accessTokenTtl: "3s" });

  test("a public page stays open and says why the session ended", async ({
    page,
    api,
    problems,
  }) => {
    problems.allow("400 /api/token/refresh");
    await logIn(page);
    const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    await api.changePassword(phone.token, JOHN.password, NEW_PASSWORD);

    await expect(told(page, "Your password was changed, which ended this session")).toBeVisible();
    await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
    await expect(page).toHaveURL("/");
    await expectGuest(page);
  });
});

test.describe("the other sessions of the user", () => {
  test("continue when one is ended or changes the password", async ({ page, api }) => {
    await logIn(page, { keep: true });
    const phone = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    const tablet = (await api.login(JOHN.username, JOHN.password)).body as Tokens;
    await api.revokeSession(phone.token, claims(tablet.token).sid);
    expect(await api.customers(tablet.token)).toMatchObject({ status: 401 });

    const calls = recordCalls(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    expect(calls).toEqual(["GET /api/customers 200"]);

    const changed = await api.changePassword(phone.token, JOHN.password, NEW_PASSWORD);
    expect(changed).toMatchObject({ status: 200 });
    expect(await api.customers((changed.body as Tokens).token), "with its new tokens").toMatchObject({ status: 200 });
    expect(await api.customers(phone.token)).toMatchObject({ status: 401, body: { reason: "password_changed" } });
  });
});
