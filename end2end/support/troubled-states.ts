// States with a fault of the server, the connection or the browser's storage.

import { expect } from "@playwright/test";
import { JOHN, type Page } from "./fixtures.ts";
import type { Problems } from "./problems.ts";
import { problem, REFRESH } from "./refresh.ts";
import { leaveUntilExpired } from "./session.ts";
import type { State } from "./states.ts";
import { expectGuest, logIn, logOut, nav, submitLogin } from "./user.ts";

/** Returns with expired tokens to a server with a fault. */
async function comeBackInAnOutage(page: Page, problems: Problems, path: string): Promise<void> {
  problems.allow("500 /api/token/refresh");
  await logIn(page, { keep: true });
  await leaveUntilExpired(page);
  await page.route(REFRESH, problem(500, "internal"));
  await page.goto(path);
}

/** Waits for the notice after the third failure, which would otherwise appear during the test of the state. */
async function expectReconnecting(page: Page): Promise<void> {
  await expect(page.getByRole("button", { name: "Try now" })).toBeVisible({ timeout: 20_000 });
}

export const TROUBLED_STATES: State[] = [
  {
    name: "login, told to wait",
    reach: async (page, problems) => {
      problems.allow("429 /api/auth/login");
      await page.route("**/api/auth/login", problem(429, "too_many_requests", { headers: { "Retry-After": "840" } }));
      await page.goto("/login");
      await submitLogin(page, JOHN);
      await expect(page.getByRole("alert")).toHaveText("Too many tries. Try again in a quarter of an hour.");
    },
  },
  {
    name: "home, the session not checked",
    options: { accessTokenTtl: "3s" },
    reach: async (page, problems) => {
      await comeBackInAnOutage(page, problems, "/");
      await expect(page.getByText("Your session could not be checked.")).toBeVisible();
      await expectReconnecting(page);
    },
  },
  {
    name: "customers, the session not checked",
    options: { accessTokenTtl: "3s" },
    reach: async (page, problems) => {
      await comeBackInAnOutage(page, problems, "/customers");
      await expect(page.getByText("Your session could not be checked.")).toBeVisible();
      await expectReconnecting(page);
    },
  },
  {
    name: "home, the session in memory only",
    reach: async (page) => {
      await page.addInitScript(() => {
        Storage.prototype.setItem = () => {
          throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
        };
      });
      await logIn(page);
      await expect(page.getByText("Your browser could not store your session.")).toBeVisible();
    },
  },
  {
    name: "logged out, and the server not told",
    reach: async (page, problems) => {
      problems.allow("net::ERR_CONNECTION_REFUSED /api/token/revoke");
      await logIn(page);
      await page.route("**/api/token/revoke", (route) => route.abort("connectionrefused"));
      await logOut(page);
      await expectGuest(page);
      await expect(page.getByText("The server could not be told yet")).toBeVisible();
    },
  },
  {
    name: "account, a device not signed out",
    reach: async (page, problems, api) => {
      problems.allow("503 /api/sessions/revoke");
      await api.login(JOHN.username, JOHN.password);
      await logIn(page);
      await page.route("**/api/sessions/revoke", problem(503, "unavailable"));
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await page.getByRole("listitem").getByRole("button", { name: /^Sign out/ }).click();
      await page.getByRole("group").getByRole("button", { name: /^Sign out/ }).click();
      await expect(page.getByText("The server is busy.")).toBeVisible();
    },
  },
  {
    name: "account, older entries not to be had",
    reach: async (page, problems) => {
      problems.allow("503 /api/account/events");
      await logIn(page);
      await page.route("**/api/account/events", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...((await response.json()) as object), next: "1" } });
      });
      await page.route("**/api/account/events?*", problem(503, "unavailable"));
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await page.getByRole("button", { name: "Show older entries" }).click();
      await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    },
  },
];
