// If the client does not start, or panics, the page says so.

import type { Request, Route } from "@playwright/test";
import { expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { holdProgram } from "../support/program.ts";
import { expectCustomers, expectLoginPage, expectSignedIn, heading, logIn, nav } from "../support/user.ts";

const notStarted = (page: Page) => page.getByRole("alert").filter({ hasText: "This page couldn't load" });
const died = (page: Page) => page.getByRole("alert").filter({ hasText: "Something went wrong in this page." });

const BLOCKED = "one of its files was blocked or interrupted";
const INVALID = "the browser received something else instead of one of its files";
const MEMORY = "the browser has too little memory left";
const OUTDATED = "this browser is too old for it";
const MISSING = "one of its files is missing on the server";
const REPLACED = "there is a newer version of it";
const SERVER = "the server answered with an error";
const UNREACHABLE = "the server cannot be reached";

/** Breaks an API that the client needs, as a browser extension might. */
function breakPage(): void {
  const broken = () => {
    throw new Error("broken by a test");
  };
  Object.assign(Document.prototype, { createElement: broken });
  Object.assign(Node.prototype, { cloneNode: broken });
}

/** The page itself, and what shows it. */
const isDocument = (request: Request) => request.isNavigationRequest() || request.resourceType() === "stylesheet";

/** Acts like a content blocker that forbids fetches. */
const isAskedFor = (request: Request) => request.resourceType() === "fetch" || /\.wasm$/.test(request.url());

/** The faults, and the message of the page for each. */
const BROKEN_STARTS: Record<string, [string, (route: Route) => Promise<void>, string]> = {
  "the program is answered with a 500": ["**/*.wasm", (route) => route.fulfill({ status: 500 }), SERVER],
  "the program does not come": ["**/*.wasm", (route) => route.abort("connectionrefused"), BLOCKED],
  "the program is missing": ["**/*.wasm", (route) => route.fulfill({ status: 404 }), MISSING],
  "the network refuses the program": ["**/*.wasm", (route) => route.fulfill({ status: 511 }), INVALID],
  "half of the program is missing": [
    "**/*.wasm",
    async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      await route.fulfill({ contentType: "application/wasm", body: body.subarray(0, body.length / 2) });
    },
    INVALID,
  ],
  "the program is garbage": [
    "**/*.wasm",
    (route) => route.fulfill({ contentType: "application/wasm", body: "<h1>Please log in to the network</h1>" }),
    INVALID,
  ],
  "the program is a page": [
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
  "the script does not come": ["**/pkg/*.js", (route) => route.abort("connectionrefused"), BLOCKED],
  "the script is garbage": [
    "**/pkg/*.js",
    (route) => route.fulfill({ contentType: "text/javascript", body: "<h1>Please log in to the network</h1>" }),
    INVALID,
  ],
  "nothing comes": [
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
  await expect(notStarted(page)).toContainText(MISSING);
  problems.take(/./);
});

test("a page that does not start says so without the texts of the causes", async ({ page, problems }) => {
  await page.addInitScript(() =>
    addEventListener("DOMContentLoaded", () => document.getElementById("causes")!.remove()),
  );
  await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto("/login");
  await expect(notStarted(page)).toContainText("Reload it, or try another browser.");
  expect(problems.take(/404 |page error/)).not.toEqual([]);
});

test("files replaced by a network's login page are not a new version", async ({ page, problems }) => {
  await page.route("**/pkg/**", (route) => route.fulfill({ status: 404 }));
  await page.route("/login", (route) =>
    route.request().isNavigationRequest() ? route.continue() : route.fulfill({ body: "Log in to the network" }),
  );
  await page.goto("/login");
  await expect(notStarted(page)).toContainText(INVALID);
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
  await expect(notStarted(page)).toContainText(REPLACED);
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
    await expect(notStarted(page)).toContainText(says);
    await expect(died(page)).toBeHidden();
    await expect(heading(page, "Customers"), "the page can still be read").toBeVisible();
    await expect(page.getByText("Checking your session"), "nothing is on its way").toBeHidden();
    expect(problems.take(/page error|\.wasm|\.js|WebAssembly|ERR_(INTERNET_DISCONNECTED|BLOCKED_BY_CLIENT)/)).not.toEqual([]);

    await page.unroute(url);
    await page.getByRole("button", { name: "Reload the page" }).click();
    await expectLoginPage(page, "/customers");
    await expect(notStarted(page)).toBeHidden();
    // Two files are asked for at once, and the second may fail after the text for the first is there.
    problems.take(/\.wasm|\.js|ERR_(INTERNET_DISCONNECTED|BLOCKED_BY_CLIENT)/);
  });
}

/** What the browser itself fails at while the page starts; run before its scripts. */
const BROKEN_BROWSERS: Record<string, [() => void, string]> = {
  "the download of the program is interrupted": [
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
  "the browser is too old for the program": [
    () => {
      const compile = () => Promise.reject(new WebAssembly.CompileError("unknown section"));
      Object.assign(WebAssembly, { compile, compileStreaming: compile, validate: () => false });
    },
    OUTDATED,
  ],
  "there is no memory for the program": [
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
    await expect(notStarted(page)).toContainText(says);
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
  await expect(notStarted(page)).toContainText(BLOCKED);
});

test("without WebAssembly the page says what may have turned it off", async ({ page, problems }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
  await page.goto("/customers");
  await expect(notStarted(page)).toContainText("WebAssembly is off in this browser. Lockdown Mode turns it off");
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
    await expect(notStarted(page)).toContainText(BLOCKED);
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

test("a browser without storage shows a notice after the sign-in", async ({ page }) => {
  await page.addInitScript(() => {
    const get = () => {
      throw new DOMException("denied by a test", "SecurityError");
    };
    for (const storage of ["localStorage", "sessionStorage"]) Object.defineProperty(window, storage, { get });
  });
  await logIn(page);
  await expect(page.getByRole("status").filter({ hasText: "set to store nothing for this site" })).toBeVisible();
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
});

test("an open tab offers a reload after a deployment and keeps the session", async ({ page, problems }) => {
  await logIn(page);
  await page.route("**/pkg/**", (route) => route.fulfill({ status: 404 }));
  await page.route("/", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/latchkey\.[\w-]+\.js/g, "latchkey.new.js") });
  });
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("alert")).toContainText("There is a newer version of this page.");
  await page.unroute("**/pkg/**");
  await page.getByRole("button", { name: "Reload the page" }).click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  await expectSignedIn(page);
  expect(problems.take(/404 |split_account|TypeError|CompileError/)).not.toEqual([]);
});

test("a network's login page is not a new version", async ({ page, problems }) => {
  await logIn(page);
  const logInToTheNetwork = { contentType: "text/html", body: "Log in to the network" };
  await page.route("**/pkg/**", (route) => route.fulfill({ status: 403, ...logInToTheNetwork }));
  await page.route("/", (route) => route.fulfill(logInToTheNetwork));
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("alert")).toContainText("The answer did not come from Latchkey");
  await page.unroute("**/pkg/**");
  await page.getByRole("button", { name: "Try again" }).first().click();
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
  problems.take(/403 |split_account|TypeError|WebAssembly/);
});

test("when the app panics at the start, the page says so", async ({ page, problems }) => {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  // The page cannot be taken over, nor built anew.
  await page.locator("header").evaluate((header) => header.remove());
  await page.evaluate(breakPage);
  program.open();
  await expect(notStarted(page)).toBeVisible();
  await expect(died(page)).toBeHidden();
  expect(problems.take(/panicked at/)).not.toEqual([]);
  problems.take(/page error|broken by a test/);
});

test("an error before the page is complete is shown afterwards", async ({ page, problems }) => {
  await holdProgram(page);
  await page.route("/login", async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    const nonce = /<script nonce="([^"]+)"/.exec(html)![1]!;
    const broken = `<script nonce="${nonce}">throw new Error("broken by a test")</script></head>`;
    await route.fulfill({ response, body: html.replace("</head>", broken) });
  });
  await page.goto("/login");
  await expect(notStarted(page)).toBeVisible();
  await expect(died(page)).toBeHidden();
  const told = problems.take(/page error/);
  expect(told.filter((problem) => !problem.includes("broken by a test"))).toEqual([]);
  expect(told).toHaveLength(1);
});

test("when the app panics later, the page says so and a reload recovers", async ({ page, problems }) => {
  await logIn(page);
  await page.evaluate(breakPage);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(died(page).getByRole("paragraph")).toHaveText(
    "Something went wrong in this page. Reload it to go on; if you were signed in, you still are.",
  );
  await expect(notStarted(page)).toBeHidden();
  expect(problems.take(/panicked at/)).not.toEqual([]);
  problems.take(/page error|broken by a test|closure invoked/);
  await page.reload();
  await expectSignedIn(page);
  await expect(died(page)).toBeHidden();
});

test("an error outside the app is not shown", async ({ page, problems }) => {
  await logIn(page);
  const heard = page.waitForEvent("pageerror");
  await page.evaluate(() => void setTimeout(() => void Promise.reject(new Error("an extension's own"))));
  await heard;
  await expect(died(page)).toBeHidden();
  await expect(notStarted(page)).toBeHidden();
  expect(problems.take(/an extension's own/)).toHaveLength(1);
});

test("an error outside the app during the start is cleared afterwards", async ({ page, problems }) => {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  await page.goto("/login", { waitUntil: "commit" });
  await expect(page.locator("#not-started"), "the whole page is there").toBeAttached();
  await page.evaluate(() => void setTimeout(() => void Promise.reject(new Error("an extension's own"))));
  await expect(notStarted(page)).toBeVisible();
  program.open();
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await expect(notStarted(page)).toBeHidden();
  expect(problems.take(/an extension's own/)).toHaveLength(1);
});

test("a form sent before the app starts gets a page with a link", async ({
  page,
  problems,
}) => {
  problems.allow("405 /login");
  await page.goto("/login");
  await page.locator("form").evaluate((form: HTMLFormElement) => form.submit());
  await expect(heading(page, "This did not work")).toBeVisible();
  await expect(page).toHaveTitle("This did not work · Latchkey");
  await page.getByRole("link", { name: "Go to the home page" }).click();
  await expect(heading(page, "Sign-in that stays signed in")).toBeVisible();
});
