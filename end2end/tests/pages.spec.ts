// The HTML before the client runs, and the security policy.

import { expect, test } from "../support/fixtures.ts";
import { expectCustomers, expectLoginPage, heading, logIn, nav } from "../support/user.ts";

test("an unknown address shows a 404 page", async ({ page, problems }) => {
  problems.allow("404 /no/such/page");
  const response = await page.goto("/no/such/page");
  expect(response?.status()).toBe(404);
  await expect(heading(page, "Page not found")).toBeVisible();
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
});

test("a trailing slash redirects and keeps the query", async ({ page }) => {
  await page.goto("/login/");
  await expectLoginPage(page);
  await page.goto("/login/?next=/customers");
  await expectLoginPage(page, "/customers");
});

test("every page has a strict security policy with its own nonce", async ({ request }) => {
  const nonces = new Set<string>();
  const paths = ["/", "/login", "/register", "/customers", "/no/such/page"];
  for (const path of paths) {
    const headers = (await request.get(path)).headers();
    const policy = headers["content-security-policy"] ?? "";
    const [, scripts = ""] = /script-src ([^;]*)/.exec(policy) ?? [];
    expect(scripts, path).toMatch(/^'self' 'nonce-[^']{16,}' 'wasm-unsafe-eval'$/);
    for (const rule of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
      expect(policy, path).toContain(rule);
    }
    expect(policy, path).not.toContain("unsafe-inline");
    nonces.add(scripts);
    expect(headers, path).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": expect.stringMatching(/./),
      "cross-origin-opener-policy": "same-origin",
    });
  }
  expect(nonces.size).toBe(paths.length);
});

test("the security policy blocks an injected script", async ({ page, problems }) => {
  await page.goto("/");
  await expect(heading(page, /./)).toBeVisible();
  const stopped = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "document.title = 'smuggled'";
        document.body.append(script);
      }),
  );
  expect(await stopped).toBe("script-src-elem");
  await expect(page).not.toHaveTitle("smuggled");
  // The one report that this provoked, and no other.
  expect(problems.take(/violates the following Content Security Policy/)).toHaveLength(1);
});

test("navigation between pages loads no document", async ({ page }) => {
  await logIn(page);
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) loads.push(request.url());
  });
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(heading(page, "Hello, John Doe")).toBeVisible();
  expect(loads).toEqual([]);
});
