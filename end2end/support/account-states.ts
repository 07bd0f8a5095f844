// The account page in every state, except those that need waiting or a failure: see trying-states.ts.

import { expect } from "@playwright/test";
import { JOHN } from "./fixtures.ts";
import type { State } from "./states.ts";
import { logIn, nav } from "./user.ts";

export const ACCOUNT_STATES: State[] = [
  {
    name: "account",
    reach: async (page, _, api) => {
      await api.login(JOHN.username, JOHN.password);
      await logIn(page);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("listitem").filter({ hasText: "This device" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem")).toHaveCount(2);
    },
  },
  {
    name: "account, a part still on its way",
    reach: async (page) => {
      await logIn(page);
      await page.route("**/pkg/split_account.*", () => undefined);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("paragraph").filter({ hasText: "Loading…" })).toBeVisible();
    },
  },
  {
    name: "account, a part that did not come",
    reach: async (page, problems) => {
      await logIn(page);
      await page.route("**/pkg/split_account.*", (route) => route.abort("failed"));
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("alert")).toContainText("is missing on the server, or was blocked");
      problems.take(/ERR_FAILED \/pkg\/|Failed to fetch/);
    },
  },
  {
    name: "account, about to sign out another device",
    reach: async (page, _, api) => {
      await api.login(JOHN.username, JOHN.password);
      await logIn(page);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await page.getByRole("listitem").getByRole("button", { name: /^Sign out/ }).click();
      await page.getByRole("button", { name: "Sign out all other devices" }).click();
      await expect(page.getByRole("group")).toHaveCount(2);
    },
  },
  {
    name: "account, the new password refused",
    reach: async (page, problems) => {
      problems.allow("422 /api/account/password");
      await logIn(page);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await page.getByLabel("Current password").fill("wrong");
      await page.getByLabel("New password").fill("password1");
      await page.getByRole("button", { name: "Change password" }).click();
      await expect(page.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
    },
  },
  {
    name: "account, about to delete",
    reach: async (page) => {
      await logIn(page);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("listitem").filter({ hasText: "This device" })).toBeVisible();
      await page.getByRole("button", { name: "Delete account" }).click();
      await expect(page.getByText("This cannot be undone.")).toBeVisible();
    },
  },
  {
    name: "account, deleting refused",
    reach: async (page, problems) => {
      problems.allow("422 /api/account/delete");
      await logIn(page);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await expect(page.getByRole("listitem").filter({ hasText: "This device" })).toBeVisible();
      await page.getByRole("button", { name: "Delete account" }).click();
      const form = page.getByRole("form", { name: "Delete your account?" });
      await form.getByLabel("Password", { exact: true }).fill("wrong");
      await form.getByRole("button", { name: "Delete account" }).click();
      await expect(form.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
    },
  },
  {
    name: "account deleted",
    reach: async (page) => {
      await logIn(page);
      await nav(page).getByRole("link", { name: JOHN.displayName }).click();
      await page.getByRole("button", { name: "Delete account" }).click();
      const form = page.getByRole("form", { name: "Delete your account?" });
      await form.getByLabel("Password", { exact: true }).fill(JOHN.password);
      await form.getByRole("button", { name: "Delete account" }).click();
      await expect(page.getByRole("status").filter({ hasText: "Your account is deleted." })).toBeVisible();
    },
  },
];
