// If the app does not start, the page says why.

import type { Request, Route } from "@playwright/test";
import { panicNotice, startFailureNotice } from "../support/error-notices.ts";
import { expect, test } from "../support/fixtures.ts";
import { holdProgram } from "../support/program.ts";
import { expectLoginPage, expectSignedIn, heading, logIn, nav } from "../support/user.ts";

const BLOCKED = "one of its files was blocked or interrupted";
const INVALID = "the browser received something else instead of one of its files";
const MEMORY = "the browser has too little memory left";
const OUTDATED = "this browser is too old for it";
const MISSING = "one of its files is missing on the server";
const REPLACED = "there is a newer version of it";
const SERVER = "the server answered with an error";
const UNREACHABLE = "the server cannot be reached";

/** The document and its stylesheets. */
const isDocument = (request: Request) => request.isNavigationRequest() || request.resourceType() === "stylesheet";

/** Acts like a content blocker that forbids fetches. */
const isAskedFor = (request: Request) => request.resourceType() === "fetch" || /\.wasm$/.test(request.url());

/** The faults, and the message of the page for each. */
const BROKEN_STARTS: Record<string, [string, (route: Route) => Promise<void>, string]> = {
  "the WebAssembly is answered with a 500": ["**/*.wasm", (route) => route.fulfill({ status: 500 }), SERVER],
  "the WebAssembly is not received": ["**/*.wasm", (route) => route.abort("connectionrefused"), BLOCKED],
  "the WebAssembly is missing": ["**/*.wasm", (route) => route.fulfill({ status: 404 }), MISSING],
  "the network refuses the WebAssembly (511)": ["**/*.wasm", (route) => route.fulfill({ status: 511 }), INVALID],
  "the WebAssembly is truncated": [
    "**/*.wasm",
    async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      await route.fulfill({ contentType: "application/wasm", body: body.subarray(0, body.length / 2) });
    },
    INVALID,
  ],
  "the WebAssembly has invalid content": [
    "**/*.wasm",
    (route) => route.fulfill({ contentType: "application/wasm", body: "<h1>Please log in to the network</h1>" }),
    INVALID,
  ],
  "the WebAssembly is an HTML page": [
    "**/*.wasm",
    (route) => route.fulfill({ contentType: "text/html", body: "<h1>Please log in to the network</h1>" }),
    INVALID,
  ],
  "every fetch is blocked": [
    "**/*",
    (route) => (isAskedFor(route.request()) ? route.abort("blockedbyclient") : route.continue()),
    BLOCKED,
  ],
  "a file that the script imports is missing": ["**/pkg/__wasm_split*.js", (route) => route.fulfill({ status: 404 }), MISSING],
  "the script is missing": ["**/pkg/*.js", (route) => route.fulfill({ status: 404 }), MISSING],
  "the script is not received": ["**/pkg/*.js", (route) => route.abort("connectionrefused"), BLOCKED],
  "the script has invalid content": [
    "**/pkg/*.js",
    (route) => route.fulfill({ contentType: "text/javascript", body: "<h1>Please log in to the network</h1>" }),
    INVALID,
  ],
  "the network is down": [
    "**/*",
    (route) => (isDocument(route.request()) ? route.continue() : route.abort("internetdisconnected")),
    UNREACHABLE,
  ],
};

test("an error of an extension does not hide why the app does not start", async ({ page, problems }) => {
  await page.addInitScript(() =>
    addEventListener("DOMContentLoaded", () => void Promise.reject(new Error("of an extension"))),
  );
  await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto("/login");
  await expect(startFailureNotice(page)).toContainText(MISSING);
  problems.take(/./);
});

test("a page that does not start says so without the texts of the causes", async ({ page, problems }) => {
  await page.addInitScript(() =>
    addEventListener("DOMContentLoaded", () => document.getElementById("causes")!.remove()),
  );
  await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto("/login");
  await expect(startFailureNotice(page)).toContainText("Reload it, or try another browser.");
  expect(problems.take(/404 |page error/)).not.toEqual([]);
});

test("files replaced by a network's login page are not a new version", async ({ page, problems }) => {
  await page.route("**/pkg/**", (route) => route.fulfill({ status: 404 }));
  await page.route("/login", (route) =>
    route.request().isNavigationRequest() ? route.continue() : route.fulfill({ body: "Log in to the network" }),
  );
  await page.goto("/login");
  await expect(startFailureNotice(page)).toContainText(INVALID);
  expect(problems.take(/404 |page error/)).not.toEqual([]);
});

test("a page of the previous version says that there is a newer one", async ({ page, problems }) => {
  await page.route("/login", async (route) => {
    const response = await route.fetch();
    if (!route.request().isNavigationRequest()) return route.fulfill({ response });
    const body = (await response.text()).replace(/latchkey\.[\w-]+\.(js|wasm)/g, "latchkey.old.$1");
    return route.fulfill({ response, body });
  });
  await page.goto("/login");
  await expect(startFailureNotice(page)).toContainText(REPLACED);
  expect(problems.take(/404 |page error/)).not.toEqual([]);
});

test("the app starts in a browser without streaming compilation", async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(WebAssembly, "compileStreaming"));
  await logIn(page);
  await expectSignedIn(page);
});

for (const [what, [url, answer, says]] of Object.entries(BROKEN_STARTS)) {
  test(`when ${what}, the page says so and can be reloaded`, async ({ page, problems }) => {
    await page.route(url, answer);
    await page.goto("/customers");
    await expect(startFailureNotice(page)).toContainText(says);
    await expect(panicNotice(page)).toBeHidden();
    await expect(heading(page, "Customers"), "the page can still be read").toBeVisible();
    await expect(page.getByText("Checking your session"), "nothing is on its way").toBeHidden();
    expect(problems.take(/page error|\.wasm|\.js|WebAssembly|ERR_(INTERNET_DISCONNECTED|BLOCKED_BY_CLIENT)/)).not.toEqual([]);

    await page.unroute(url);
    await page.getByRole("button", { name: "Reload the page" }).click();
    await expectLoginPage(page, "/customers");
    await expect(startFailureNotice(page)).toBeHidden();
    // Two files are asked for at once, and the second may fail after the text for the first is there.
    problems.take(/\.wasm|\.js|ERR_(INTERNET_DISCONNECTED|BLOCKED_BY_CLIENT)/);
  });
}

/** Failures of the browser during the start; each runs before the page's scripts. */
const BROKEN_BROWSERS: Record<string, [() => void, string]> = {
  "the download of the WebAssembly is interrupted": [
    () => {
      const { fetch } = window;
      window.fetch = async (...request) => {
        const response = await fetch(...request);
        if (!String(request[0]).endsWith(".wasm")) return response;
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("\0asm"));
            controller.error(new TypeError("network error"));
          },
        });
        return new Response(body, { headers: response.headers });
      };
    },
    BLOCKED,
  ],
  "the browser is too old": [
    () => {
      const compile = () => Promise.reject(new WebAssembly.CompileError("unknown section"));
      Object.assign(WebAssembly, { compile, compileStreaming: compile, validate: () => false });
    },
    OUTDATED,
  ],
  "the browser has too little memory": [
    () => {
      const instantiate = () => Promise.reject(new RangeError("WebAssembly.instantiate(): Out of memory"));
      Object.assign(WebAssembly, { instantiate });
    },
    MEMORY,
  ],
};
for (const [what, [breakBrowser, says]] of Object.entries(BROKEN_BROWSERS)) {
  test(`when ${what}, the page says so`, async ({ page, problems }) => {
    await page.addInitScript(breakBrowser);
    await page.goto("/login");
    await expect(startFailureNotice(page)).toContainText(says);
    expect(problems.take(/page error/)).toHaveLength(1);
  });
}

test("when the start script is removed, the page says so", async ({ page }) => {
  await page.route("/login", async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    await route.fulfill({ response, body: html.replace(/<script type="module".*?<\/script>/s, "") });
  });
  await page.goto("/login");
  await expect(startFailureNotice(page)).toContainText(BLOCKED);
});

test("without WebAssembly the page says what may have turned it off", async ({ page, problems }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
  await page.goto("/customers");
  await expect(startFailureNotice(page)).toContainText("WebAssembly is off in this browser. Lockdown Mode turns it off");
  await expect(page.getByText("Checking your session")).toBeHidden();
  expect(problems.take(/page error/)).toHaveLength(1);
});

test("when the scripts of the page are blocked, the page says so", async ({ page, problems }) => {
  await page.route("/login", async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "content-security-policy": "script-src 'none'" };
    await route.fulfill({ response, headers });
  });
  await page.goto("/login");
  await expect(page.getByText("The scripts of this page were blocked")).toBeVisible();
  expect(problems.take(/Content Security Policy|csp/)).not.toEqual([]);
});

for (const [what, change] of [
  ["WebAssembly", (policy: string) => policy.replace("'wasm-unsafe-eval'", "")],
  ["every connection and image", (policy: string) => `${policy}, connect-src 'none'; img-src 'none'`],
] as const) {
  test(`another security policy that forbids ${what} is reported as a blocker`, async ({ page, problems }) => {
    await page.route("/login", async (route) => {
      const response = await route.fetch();
      const policy = change(response.headers()["content-security-policy"]!);
      await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
    });
    await page.goto("/login");
    await expect(startFailureNotice(page)).toContainText(BLOCKED);
    expect(problems.take(/Content Security Policy|page error|csp/)).not.toEqual([]);
  });
}

test("the app starts when a proxy changes its content type", async ({ page }) => {
  await page.route("**/*.wasm", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-type": "application/octet-stream" } });
  });
  await logIn(page);
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("heading", { name: "Delete account" }), "a part that is loaded later").toBeVisible();
});

test("a page that loads slowly says so and starts later", async ({ page }) => {
  await page.clock.install();
  const program = await holdProgram(page);
  await page.goto("/login", { waitUntil: "domcontentloaded" });
  await page.clock.runFor(19_000);
  await expect(page.locator("#not-started")).toBeHidden();
  await page.clock.runFor(2_000);
  await expect(page.getByRole("alert")).toContainText("is taking a long time to load");
  program.open();
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await expect(page.locator("#not-started")).toBeHidden();
});
