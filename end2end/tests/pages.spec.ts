// The HTML before the client runs, and the security policy.

import { expect, test } from "../support/fixtures.ts";
import { expectCustomers, expectLoginPage, heading, logIn, nav } from "../support/user.ts";

test("an address that does not exist answers 404 and says so", async ({ page, problems }) => {
  problems.allow("404 /no/such/page");
  const response = await page.goto("/no/such/page");
  expect(response?.status()).toBe(404);
  await expect(heading(page, "Page not found")).toBeVisible();
  await nav(page).getByRole("link", { name: "Home" }).click();
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
});

test("a slash at the end leads to the address without it, query and all", async ({ page }) => {
  await page.goto("/login/");
  await expectLoginPage(page);
  await page.goto("/login/?next=/customers");
  await expectLoginPage(page, "/customers");
});

test("every page comes with a strict security policy, and a nonce of its own", async ({ request }) => {
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

test("the policy stops a script that was smuggled into the page", async ({ page, problems }) => {
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

test("going through the pages loads none of them anew", async ({ page }) => {
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
