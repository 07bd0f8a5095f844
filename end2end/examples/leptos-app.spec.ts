// examples/leptos-app: start-axum's app with sign-in through the crates, as a user sees it.

import { expect, test as base } from "@playwright/test";
import { Example } from "../support/example.ts";

const test = base.extend<{ app: Example }>({
  app: async ({}, use) => {
    const app = await Example.start("leptos-app", await Example.folder());
    await use(app);
    await app.close();
  },
});

const PASSWORD = "correct horse battery staple";

test("guard, registration, protected calls, reload and logout", async ({ app, page }) => {
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));

  // The guard sends a guest to the login page, and knows the way back.
  await page.goto(`${app.url}/notes`);
  await expect(page).toHaveURL(`${app.url}/login?next=/notes`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Company").fill("Acme");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(`${app.url}/notes`);

  // A protected server function, called by a form of the application's own.
  await expect(page.getByRole("heading")).toHaveText("Notes of ada");
  await expect(page.getByText("Acme", { exact: true })).toBeVisible();
  await page.getByLabel("Note").fill("water the plants");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("listitem")).toHaveText("water the plants");

  // After a reload, the stored session and the note are there.
  await page.reload();
  await expect(page.getByRole("listitem")).toHaveText("water the plants");

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(`${app.url}/login?next=/notes`);
  expect(problems).toEqual([]);
});

test("guard refreshes an expired access token before the page", async ({ app, page }) => {
  await page.goto(`${app.url}/register`);
  await page.getByLabel("Username").fill("grace");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(`${app.url}/`);
  const refreshed = page.waitForResponse(`${app.url}/api/token/refresh`);
  // The server refuses a token that it has not signed, as it refuses an expired one.
  await page.evaluate(() => {
    for (const storage of [localStorage, sessionStorage]) {
      for (const key of Object.keys(storage)) {
        const record = JSON.parse(storage.getItem(key) ?? "null") as { token?: string } | null;
        if (!record?.token) continue;
        record.token = record.token.replace(/.{4}$/, "AAAA");
        storage.setItem(key, JSON.stringify(record));
      }
    }
  });
  await page.goto(`${app.url}/notes`);
  await expect(page.getByRole("heading")).toHaveText("Notes of grace");
  expect((await refreshed).status()).toBe(200);
});

test("pages have the security headers of Latchkey", async ({ app, request }) => {
  const headers = (await request.get(app.url)).headers();
  expect(headers["content-security-policy"]).toContain("script-src 'self' 'nonce-");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  // A page of another origin cannot call the application's function.
  const foreign = await request.post(`${app.url}/api/auth/login`, { headers: { origin: "https://evil.example" }, data: {} });
  expect(foreign.status()).toBe(403);
});

test("browser finds the routes below a prefix", async ({ page }) => {
  const app = await Example.start("leptos-app", await Example.folder(), { PREFIX: "/auth" });
  try {
    await page.goto(`${app.url}/register?next=/notes`);
    const registered = page.waitForResponse(`${app.url}/auth/api/auth/register`);
    await page.getByLabel("Username").fill("ada");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    expect((await registered).status()).toBe(201);
    // The application's own server function is not below the prefix.
    const notes = page.waitForResponse((answer) => new URL(answer.url()).pathname.startsWith("/api/notes"));
    await expect(page.getByRole("heading")).toHaveText("Notes of ada");
    expect((await notes).status()).toBe(200);
  } finally {
    await app.close();
  }
});
