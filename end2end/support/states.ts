// Every page in every state, for tests and screenshots of all of them.

import { ACCOUNT_STATES } from "./account-states.ts";
import type { Api } from "./api.ts";
import { JANE, JOHN, type Page, type ServerOptions } from "./fixtures.ts";
import type { Problems } from "./problems.ts";
import { expect } from "@playwright/test";
import { ODD_NAMES } from "./odd-names.ts";
import { problem } from "./refresh.ts";
import { storedSession } from "./session.ts";
import { TROUBLED_STATES } from "./troubled-states.ts";
import { TRYING_STATES } from "./trying-states.ts";
import {
  expectCustomers,
  expectLoginPage,
  expectSignedIn,
  expectWholeHome,
  heading,
  logIn,
  nav,
  submitLogin,
} from "./user.ts";

export interface State {
  name: string;
  /** Settings of the server, where the state needs some. */
  options?: Partial<ServerOptions>;
  reach: (page: Page, problems: Problems, api: Api) => Promise<void>;
}

const ORDINARY_STATES: State[] = [
  {
    name: "home of a guest",
    reach: async (page) => {
      await page.goto("/");
      await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
    },
  },
  {
    name: "home, signed in",
    reach: async (page) => {
      await logIn(page);
      await expect(heading(page, "Hello, John Doe")).toBeVisible();
      await expectWholeHome(page);
    },
  },
  {
    name: "login",
    reach: async (page) => {
      await page.goto("/login");
      await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
    },
  },
  {
    name: "login with an error",
    reach: async (page, problems) => {
      problems.allow("401 /api/auth/login");
      await page.goto("/login");
      await submitLogin(page, { ...JOHN, password: "wrong" });
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "login after the session ended",
    reach: async (page, problems, api) => {
      problems.allow("401 /api/customers", "400 /api/token/refresh");
      await logIn(page);
      await api.revoke((await storedSession(page)).refreshToken);
      await nav(page).getByRole("link", { name: "Customers" }).click();
      await expectLoginPage(page, "/customers");
      await expect(page.getByRole("status").filter({ hasText: /session/i })).toBeVisible();
    },
  },
  {
    name: "register",
    reach: async (page) => {
      await page.goto("/register");
      await expect(page.getByRole("button", { name: "Create account" })).toBeEnabled();
    },
  },
  {
    name: "register with errors",
    reach: async (page, problems) => {
      problems.allow("422 /api/auth/register");
      await page.goto("/register");
      await page.getByLabel("Username").fill("snow☃man");
      await page.getByLabel("Password", { exact: true }).fill("short");
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByLabel("Username")).toHaveAttribute("aria-invalid", "true");
    },
  },
  {
    name: "register, advice",
    reach: async (page) => {
      await page.goto("/register");
      await expect(page.getByRole("button", { name: "Create account" })).toBeEnabled();
      await page.getByLabel("Password", { exact: true }).fill("password1");
      await expect(page.getByText(/^Weak\./)).toBeVisible();
    },
  },
  {
    name: "register, password shown",
    reach: async (page) => {
      await page.goto("/register");
      await page.getByRole("button", { name: "Show password" }).click();
      const password = page.getByLabel("Password", { exact: true });
      await password.fill("violet umbrella on a quiet tram");
      await password.dispatchEvent("keyup", { key: "A", modifierCapsLock: true });
      await expect(page.getByText("Caps Lock is on.")).toBeVisible();
      await expect(page.getByText("Strong.")).toBeVisible();
    },
  },
  {
    name: "customers",
    reach: async (page) => {
      await logIn(page);
      await page.goto("/customers");
      await expectCustomers(page);
    },
  },
  {
    name: "customers, one found",
    reach: async (page) => {
      await logIn(page);
      await page.goto("/customers");
      await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
      await page.getByRole("searchbox", { name: "Search" }).fill("ليلى");
      await expect(page.getByRole("row")).toHaveCount(2);
    },
  },
  {
    name: "customers, the last page",
    reach: async (page) => {
      await logIn(page);
      await page.goto("/customers");
      for (let turn = 0; turn < 4; turn++) await page.getByRole("button", { name: "Next" }).click();
      await expect(page.getByRole("paragraph").filter({ hasText: "41–43 of 43" })).toBeVisible();
    },
  },
  {
    name: "customers, none found",
    reach: async (page) => {
      await logIn(page);
      await page.goto("/customers");
      await page.getByRole("searchbox", { name: "Search" }).fill("xyz");
      await expect(page.getByRole("button", { name: "Clear the search" })).toBeVisible();
    },
  },
  {
    name: "customers, none at all",
    reach: async (page) => {
      await logIn(page);
      await page.route("**/api/customers", (route) => route.fulfill({ json: [] }));
      await page.goto("/customers");
      await expect(page.getByRole("paragraph").filter({ hasText: "No customers yet." })).toBeVisible();
    },
  },
  {
    name: "customers, a fault of the server's",
    reach: async (page, problems) => {
      problems.allow("500 /api/customers");
      await logIn(page);
      await page.route("**/api/customers", problem(500, "internal", { requestId: "b2Vv0mNQ1kT3x9dJrH7uYw" }));
      await page.goto("/customers");
      await expect(page.getByRole("alert")).toContainText("tell the operator this number: b2Vv0mNQ1kT3x9dJrH7uYw");
    },
  },
  {
    name: "customers, undecided",
    reach: async (page) => {
      // The program never arrives, so the page stays as the server sent it.
      await page.route("**/*.wasm", () => undefined);
      await page.goto("/customers", { waitUntil: "commit" });
      await expect(page.getByText("Checking your session…")).toBeVisible();
    },
  },
  {
    name: "customers, not allowed",
    options: { defaultRoles: "Reader" },
    reach: async (page, problems, api) => {
      problems.allow("403 /api/customers");
      await api.register(JANE.username, JANE.password);
      await page.goto("/login?next=/customers");
      await submitLogin(page, JANE);
      await expectSignedIn(page, JANE.username);
      await expect(page.getByRole("alert")).toContainText("lacks the role Manager");
    },
  },
  {
    name: "customers, server unreachable",
    reach: async (page, problems) => {
      problems.allow("net::ERR_CONNECTION_REFUSED /api/customers");
      await logIn(page);
      await page.route("**/api/customers", (route) => route.abort("connectionrefused"));
      await nav(page).getByRole("link", { name: "Customers" }).click();
      await expect(page.getByRole("alert")).toContainText("cannot be reached");
      await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    },
  },
  {
    name: "reconnecting",
    options: { accessTokenTtl: "3s" },
    reach: async (page, problems) => {
      problems.allow("net::ERR_CONNECTION_REFUSED /api/token/refresh");
      await logIn(page);
      await page.route("**/api/token/refresh", (route) => route.abort("connectionrefused"));
      await expect(page.getByRole("button", { name: "Try now" })).toBeVisible({ timeout: 20_000 });
    },
  },
  {
    name: "not started",
    reach: async (page, problems) => {
      await page.route("**/*.wasm", (route) => route.abort("connectionrefused"));
      await page.goto("/login");
      await expect(page.getByRole("alert")).toContainText("couldn't load");
      problems.take(/page error|ERR_CONNECTION_REFUSED/);
    },
  },
  {
    name: "a page of the server's own",
    reach: async (page, problems) => {
      problems.allow("405 /login");
      await page.goto("/login");
      await page.locator("form").evaluate((form: HTMLFormElement) => form.submit());
      await expect(heading(page, "This did not work")).toBeVisible();
    },
  },
  {
    name: "the reference of the API",
    reach: async (page) => {
      await page.goto("/api/docs");
      await expect(heading(page, "The API")).toBeVisible();
    },
  },
  {
    name: "an account with odd names",
    reach: async (page, _, api) => {
      await api.register(JANE.username, JANE.password, ODD_NAMES.mixed);
      await page.goto("/login");
      await submitLogin(page, JANE);
      await expect(heading(page, `Hello, ${ODD_NAMES.mixed}`)).toBeVisible();
      await expectWholeHome(page);
    },
  },
  {
    name: "not found",
    reach: async (page, problems) => {
      problems.allow("404 /no/such/page");
      await page.goto("/no/such/page");
      await expect(heading(page, "Page not found")).toBeVisible();
    },
  },
];

export const STATES: State[] = [...ORDINARY_STATES, ...ACCOUNT_STATES, ...TRYING_STATES, ...TROUBLED_STATES];

export const SCREENS = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
};

export const SCHEMES = ["light", "dark"] as const;

/** Shows the page as it would look on that screen; waits until its transitions have ended. */
export async function show(page: Page, screen: keyof typeof SCREENS, colorScheme: "light" | "dark"): Promise<void> {
  await page.setViewportSize(SCREENS[screen]);
  await page.emulateMedia({ colorScheme });
  // Endless ones, like a spinner's, have no end to wait for.
  const running = () =>
    page.evaluate(
      () =>
        document
          .getAnimations()
          .filter(({ effect, playState }) => playState === "running" && effect?.getTiming().iterations !== Infinity)
          .length,
    );
  await expect.poll(running, { intervals: [20, 50, 100] }).toBe(0);
}
