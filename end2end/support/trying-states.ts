// States that need waiting or a failure: something is pending, has failed, or has just been done.

import { expect } from "@playwright/test";
import { JOHN, type Page } from "./fixtures.ts";
import type { State } from "./states.ts";
import { problem } from "./refresh.ts";
import { expectWholeHome, logIn, nav } from "./user.ts";

/** The account, with its devices loaded. */
async function openAccount(page: Page): Promise<void> {
  await nav(page).getByRole("link", { name: JOHN.displayName }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "This device" })).toBeVisible();
}

/** Signs out the only other device. */
async function signOutTheOther(page: Page): Promise<void> {
  await page.getByRole("listitem").getByRole("button", { name: /^Sign out/ }).click();
  await page.getByRole("group").getByRole("button", { name: /^Sign out/ }).click();
}

export const TRYING_STATES: State[] = [
  {
    name: "login, on its way",
    reach: async (page) => {
      await page.route("**/api/auth/login", () => undefined);
      await page.goto("/login");
      await page.getByLabel("Username").fill(JOHN.username);
      await page.getByLabel("Password", { exact: true }).fill(JOHN.password);
      await page.getByRole("button", { name: "Log in" }).click();
      await expect(page.locator("form [aria-busy=true]")).toBeVisible();
    },
  },
  {
    name: "register, closed",
    options: { registration: "closed" },
    reach: async (page) => {
      await page.goto("/register");
      await expect(page.getByText("New accounts are made by the administrator here.")).toBeVisible();
    },
  },
  {
    name: "account, devices and log on their way",
    reach: async (page) => {
      await logIn(page);
      await page.route(/\/api\/(sessions|account\/events)/, () => undefined);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("paragraph").filter({ hasText: "Loading your devices…" })).toBeVisible();
      await expect(page.getByRole("paragraph").filter({ hasText: "Loading the security log…" })).toBeVisible();
    },
  },
  {
    name: "account, devices and log not to be had",
    reach: async (page, problems) => {
      problems.allow("503 /api/sessions", "503 /api/account/events");
      await logIn(page);
      await page.route(/\/api\/(sessions|account\/events)/, problem(503, "unavailable"));
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("button", { name: "Try again" })).toHaveCount(2);
    },
  },
  {
    name: "account, signing out a device",
    reach: async (page, _, api) => {
      await api.login(JOHN.username, JOHN.password);
      await logIn(page);
      await openAccount(page);
      await page.route("**/api/sessions/revoke", () => undefined);
      await signOutTheOther(page);
      await expect(page.getByRole("button", { name: "Signing out…" })).toBeVisible();
    },
  },
  {
    name: "account, a device signed out",
    reach: async (page, _, api) => {
      await api.login(JOHN.username, JOHN.password);
      await logIn(page);
      await openAccount(page);
      await signOutTheOther(page);
      await expect(page.getByText(/is signed out\.$/)).toBeVisible();
    },
  },
  {
    name: "account, the password changed",
    reach: async (page) => {
      await logIn(page);
      await openAccount(page);
      await page.getByLabel("Current password").fill(JOHN.password);
      await page.getByLabel("New password").fill("violet umbrella on a quiet tram");
      await page.getByRole("button", { name: "Change password" }).click();
      await expect(page.getByText("Your password is changed.")).toBeVisible();
    },
  },
  {
    name: "account, a replay in the log",
    reach: async (page, _, api) => {
      const first = (await api.login(JOHN.username, JOHN.password)).body as { refreshToken: string };
      const next = (await api.refresh(first.refreshToken)).body as { refreshToken: string };
      await api.refresh(next.refreshToken);
      expect((await api.refresh(first.refreshToken)).status).toBe(400);
      await logIn(page);
      await openAccount(page);
      await expect(page.getByText("An old token was used again, perhaps by somebody who had copied it")).toBeVisible();
    },
  },
  {
    name: "account, an empty log",
    reach: async (page) => {
      await logIn(page);
      await page.route("**/api/account/events", (route) => route.fulfill({ json: { events: [], next: null } }));
      await openAccount(page);
      await expect(page.getByText("No entries.")).toBeVisible();
    },
  },
  {
    name: "offline",
    reach: async (page, problems) => {
      await logIn(page);
      await expectWholeHome(page);
      await page.context().setOffline(true);
      await expect(page.getByText("You are offline. You are still signed in.")).toBeVisible();
      problems.take(/ERR_INTERNET_DISCONNECTED/);
    },
  },
];
