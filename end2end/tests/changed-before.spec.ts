// A document that proxies, browser extensions or translators have changed before the client starts.

import type { BrowserContext } from "@playwright/test";
import { type Change, CHANGES, HARMLESS } from "../support/changes.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { holdProgram } from "../support/program.ts";
import { recordCalls } from "../support/session.ts";
import { customer, expectCustomers, expectSignedIn, heading, logIn, nav, submitLogin } from "../support/user.ts";

const started = (page: Page) => page.locator("html");
const KINDS = [["mounted", CHANGES], ["hydrated", HARMLESS]] as const;

/**
 * Opens the path in a page whose document is changed as soon as it is parsed, before its scripts start the program; then
 * something is typed into the first field, if there is one.
 */
async function openChanged(context: BrowserContext, path: string, change: Change): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(`addEventListener("readystatechange", () => {
    if (document.readyState !== "interactive") return;
    (${change.toString()})();
    const first = document.querySelector("main form input:not([type=hidden])");
    if (first) first.value = "typed early";
    first?.focus();
    first?.setSelectionRange(2, 5);
    const box = document.querySelector("main [name=remember]");
    if (box) box.checked = !box.checked;
  }, true)`);
  await page.goto(path);
  return page;
}

const CHECKS: Record<string, (page: Page) => Promise<void>> = {
  "/login": async (page) => {
    await expect(heading(page, "Log in")).toBeVisible();
    await expect(page.getByLabel("Username")).toHaveValue("typed early");
    await refuse(page, "**/api/auth/login", "invalid_credentials", 401);
    await page.locator("#password").fill(JOHN.password);
    const sent = page.waitForRequest("**/api/auth/login");
    await page.getByRole("button", { name: "Log in" }).click();
    expect((await sent).postDataJSON()).toMatchObject({ username: "typed early", password: JOHN.password });
    await expect(page.getByRole("alert")).toHaveText(/\w+/);
    await expect(page.getByLabel("Username")).toHaveValue("typed early");
  },
  "/register": async (page) => {
    await expect(heading(page, "Create an account")).toBeVisible();
    await expect(page.getByLabel("Username")).toHaveValue("typed early");
    await refuse(page, "**/api/auth/register", "username_taken", 409);
    await page.locator("#password").fill(JOHN.password);
    const sent = page.waitForRequest("**/api/auth/register");
    await page.getByRole("button", { name: "Create account" }).click();
    expect((await sent).postDataJSON()).toMatchObject({ username: "typed early", password: JOHN.password });
    await expect(page.getByLabel("Username")).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByLabel("Username")).toBeFocused();
  },
  "/account": async (page) => {
    await expect(heading(page, "Your account")).toBeVisible();
    await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
    await expect(page.locator("dd", { hasText: JOHN.username })).toBeVisible();
    await expect(page.getByText("This device")).toBeVisible();
  },
  "/customers": async (page) => {
    await expect(heading(page, "Customers")).toBeVisible();
    await page.getByLabel("Search").fill("jane");
    await expect(customer(page, "Jane Doe")).toBeVisible();
    await expect(customer(page, "John Doe")).toHaveCount(0);
  },
};

/** Answers the form in the server's place, so that no attempt counts. */
async function refuse(page: Page, url: string, code: string, status: number): Promise<void> {
  const problem = { type: "about:blank", title: "", status, detail: "", code };
  await page.route(url, (route) =>
    route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify(problem) }),
  );
}

for (const [path, check] of Object.entries(CHECKS)) {
  test(`${path} works after any change before the app starts`, async ({ page, context, problems }) => {
    test.slow(); // one page for each change
    problems.tolerate("401 /api/auth/login", "409 /api/auth/register");
    if (path === "/account" || path === "/customers") await logIn(page, { keep: true });
    for (const [how, changes] of KINDS) {
      for (const [name, change] of Object.entries(changes)) {
        await test.step(name, async () => {
          const changed = await openChanged(context, path, change);
          await expect(started(changed), name).toHaveAttribute("data-started", how);
          await check(changed);
          await changed.close();
        });
      }
    }
  });
}

test("selection and checkboxes survive a rebuilt page", async ({ context }) => {
  const page = await openChanged(context, "/login", CHANGES["each input wrapped"]!);
  await expect(started(page)).toHaveAttribute("data-started", "mounted");
  await expect(page.getByLabel("Username")).toBeFocused();
  const { selectionStart, selectionEnd } = await page
    .getByLabel("Username")
    .evaluate(({ selectionStart, selectionEnd }: HTMLInputElement) => ({ selectionStart, selectionEnd }));
  expect([selectionStart, selectionEnd]).toEqual([2, 5]);
  await expect(page.getByRole("radio", { name: "System" })).toBeChecked();
  const ticked = await page.getByLabel("Keep me signed in").isChecked();
  const unchanged = await context.newPage();
  await unchanged.goto("/login");
  await expect(unchanged.getByLabel("Keep me signed in")).toBeChecked({ checked: !ticked });
});

test("swapped inputs keep their values and roles", async ({ context }) => {
  const page = await openChanged(context, "/login", () => {
    const [username, password] = ["username", "password"].map((id) => document.getElementById(id) as HTMLInputElement);
    const place = username!.nextSibling;
    const parent = username!.parentElement!;
    password!.replaceWith(username!);
    parent.insertBefore(password!, place);
    username!.value = "exchanged";
  });
  await expect(started(page)).toHaveAttribute("data-started", "mounted");
  // The first input of the changed document was that of the password.
  await expect(page.locator("#password")).toHaveValue("typed early");
  await expect(page.getByLabel("Username")).toHaveValue("exchanged");
});

/** Other software changes the ids and names by which the client finds its inputs. */
const RENAMED: Record<string, Change> = {
  "other ids": () => {
    for (const input of document.querySelectorAll("main input")) input.id = `extension-${input.id}`;
  },
  "other names": () => {
    for (const input of document.querySelectorAll("main input[id]")) input.setAttribute("name", "renamed");
  },
  "an empty field of the same name before each": () => {
    for (const input of document.querySelectorAll("main input")) input.before(input.cloneNode());
  },
  "a filled field of another id before each": () => {
    for (const input of document.querySelectorAll("main input")) {
      const other = input.cloneNode() as HTMLInputElement;
      Object.assign(other, { id: `extension-${input.id}`, value: "of an extension", checked: true });
      input.before(other);
    }
  },
  "a field that is named like a property": () => {
    const input = document.createElement("input");
    Object.assign(input, { name: "childNodes", type: "hidden" });
    document.querySelector("main form")!.append(input);
  },
};
for (const [what, change] of Object.entries(RENAMED)) {
  test(`entered values are kept with ${what}`, async ({ page }) => {
    await page.addInitScript(`addEventListener("readystatechange", () => {
      if (document.readyState !== "interactive") return;
      document.querySelector("#username").value = "typed early";
      document.querySelector("main [name=remember]").checked = false;
      (${change.toString()})();
      if (${JSON.stringify(what)}.startsWith("an empty")) document.querySelector("#username").value = "";
      document.querySelector("footer").append(document.createElement("i"));
    }, true)`);
    await page.goto("/login");
    await expect(started(page)).toHaveAttribute("data-started", "mounted");
    await expect(page.getByLabel("Username")).toHaveValue("typed early");
    await expect(page.getByLabel("Keep me signed in")).not.toBeChecked();
  });
}

test("a page hydrates with read-only functions of the window", async ({ page }) => {
  await page.addInitScript(() => {
    for (const name of ["addEventListener", "queueMicrotask"] as const) {
      Object.defineProperty(window, name, { value: window[name], writable: false, configurable: false });
    }
  });
  await page.goto("/login");
  await expect(started(page)).toHaveAttribute("data-started", "hydrated");
  await submitLogin(page, JOHN, true);
  await expectSignedIn(page);
});

test("replaced functions of the window stay replaced", async ({ page }) => {
  await page.addInitScript(() => {
    const { addEventListener } = window;
    window.addEventListener = function (...args: Parameters<typeof addEventListener>) {
      addEventListener.apply(window, args);
    };
    Object.assign(window, { ofExtension: window.addEventListener });
  });
  await page.goto("/login");
  await expect(started(page)).toHaveAttribute("data-started", "hydrated");
  expect(await page.evaluate(() => window.addEventListener === (window as { ofExtension?: unknown }).ofExtension)).toBe(true);
});

for (const [what, selector] of [
  ["a link", 'main a[href^="/register"]'],
  ["a radio button", "input[name=theme][value=dark]"],
] as const) {
  test(`the focus on ${what} survives a rebuilt page`, async ({ page }) => {
    await page.addInitScript((selector) => {
      addEventListener("readystatechange", () => {
        if (document.readyState !== "interactive") return;
        document.querySelector("footer")!.append(document.createElement("i"));
        document.querySelector<HTMLElement>(selector)!.focus();
      }, true);
    }, selector);
    await page.goto("/login");
    await expect(started(page)).toHaveAttribute("data-started", "mounted");
    await expect(page.locator(selector)).toBeFocused();
  });
}

test("a password typed before the page is rebuilt gets advice", async ({ page }) => {
  await page.addInitScript(() => {
    addEventListener("readystatechange", () => {
      if (document.readyState !== "interactive") return;
      document.querySelector("footer")!.append(document.createElement("i"));
      document.querySelector<HTMLInputElement>("#password")!.value = "password1234";
    }, true);
  });
  await page.goto("/register");
  await expect(started(page)).toHaveAttribute("data-started", "mounted");
  await expect(page.locator("#password-advice")).toHaveText(/\w+/);
});

test("a container that is replaced while the app loads is hydrated", async ({ page }) => {
  const program = await holdProgram(page);
  await page.goto("/login", { waitUntil: "commit" });
  await page.locator("#not-started").waitFor({ state: "attached" });
  await page.evaluate(() => {
    const app = document.getElementById("app")!;
    app.replaceWith(app.cloneNode(true));
  });
  program.open();
  await expect(started(page)).toHaveAttribute("data-started", "hydrated");
  await submitLogin(page, JOHN, true);
  await expectSignedIn(page);
});

/** Once, `nextSibling` returns null, so hydration finds a node of another kind. */
async function breakHydration(page: Page, time: number): Promise<void> {
  await page.addInitScript((time) => {
    const { get, ...rest } = Object.getOwnPropertyDescriptor(Node.prototype, "nextSibling")!;
    let asked = 0;
    Object.defineProperty(Node.prototype, "nextSibling", {
      ...rest,
      get(this: Node) {
        return ++asked === time ? null : (get!.call(this) as unknown);
      },
    });
  }, time);
}

test("an app that panics during hydration stops all its work", async ({ page, problems }) => {
  await logIn(page, { keep: true });
  await breakHydration(page, 47); // near the end, when much has begun
  const calls = recordCalls(page);
  await page.goto("/customers");
  await expect(started(page)).toHaveAttribute("data-started", "mounted again");
  await expectCustomers(page);
  expect(problems.take(/panicked at/)).toHaveLength(1);
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  expect(calls.filter((call) => call.includes("/api/customers"))).toHaveLength(1);
});

test("an app that panics during hydration is started a second time", async ({ page, problems }) => {
  await breakHydration(page, 40);
  await page.goto("/login");
  await expect(started(page)).toHaveAttribute("data-started", "mounted again");
  expect(problems.take(/panicked at/)).toHaveLength(1);
  const calls = recordCalls(page);
  await submitLogin(page, JOHN, true);
  await expectSignedIn(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  expect(calls.filter((call) => call.includes("/login"))).toEqual(["POST /api/auth/login 200"]);
});
