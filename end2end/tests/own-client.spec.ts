// The client of docs/own-client.md: compiled as it stands there, in a page of another origin than the server's.

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import ts from "typescript";
import type { Api, Tokens } from "../support/api.ts";
import { type BrowserContext, expect, JANE, JOHN, type Page, test as base } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { html, problem, REFRESH, refreshed } from "../support/refresh.ts";
import type { Server } from "../support/server.ts";
import { claims, recordCalls, recordPresented } from "../support/session.ts";
import { expectWaiting, seize } from "../support/tabs.ts";
import type { Credentials } from "../support/user.ts";

const KEY = "my-app.session";
const LOCK = `${KEY}.refresh`;
const SIGN_IN = "POST /api/auth/login 200";
const CUSTOMERS = "GET /api/customers 200";

/** The client as the page of the app has it. */
interface App extends Window {
  latchkey: {
    logIn(username: string, password: string): Promise<void>;
    logOut(): void;
    fetch(path: string): Promise<Response>;
    user?: { username: string };
  };
  /** Who was signed in after each change, or why no user is. */
  changes: string[];
}

async function example(): Promise<string> {
  const page = await readFile(new URL("../../docs/own-client.md", import.meta.url), "utf8");
  const code = /```ts\n(\/\/ latchkey\.ts\n[^]*?)```/.exec(page)?.[1];
  if (!code) throw new Error("docs/own-client.md has no block that begins with // latchkey.ts");
  return code;
}

const PAGE = `<!doctype html><html lang=en><title>App</title><link rel=icon href=data:,>
<script type=module>
import { Latchkey } from "/latchkey.js";
window.changes = [];
const server = new URLSearchParams(location.search).get("server");
window.latchkey = new Latchkey(server, (user, reason) => window.changes.push(user?.username ?? reason ?? ""));
</script>`;

const test = base.extend<{ app: string }>({
  /** The app's development server, on a port of its own. Its value is the origin. */
  app: async ({}, use) => {
    const options = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
    const script = ts.transpile(await example(), options);
    const listener = createServer(({ url }, answer) => {
      const isScript = url === "/latchkey.js";
      answer.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" });
      answer.end(isScript ? script : PAGE);
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    await use(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
    listener.close();
    listener.closeAllConnections();
  },

  allowedOrigins: async ({ app }, use) => {
    await use(app);
  },
});

// The app's own page.
test.afterEach(({ problems }) => void problems.take(/^request to another site: /));

async function open(page: Page, app: string, server: Server): Promise<void> {
  await page.goto(`${app}/?server=${encodeURIComponent(server.url)}`);
  await page.waitForFunction(() => "latchkey" in window);
}

async function logIn(page: Page, user: Credentials = JOHN): Promise<void> {
  await page.evaluate(
    ({ username, password }) => (window as unknown as App).latchkey.logIn(username, password),
    user,
  );
}

/** The status of a protected call, or the client's error. */
function call(page: Page, path = "/api/customers"): Promise<number | string> {
  return page.evaluate(async (path) => {
    try {
      return (await (window as unknown as App).latchkey.fetch(path)).status;
    } catch (error) {
      return (error as Error).message;
    }
  }, path);
}

function stored(page: Page): Promise<Tokens | null> {
  return page.evaluate((key) => JSON.parse(localStorage.getItem(key) ?? "null"), KEY);
}

function changes(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as App).changes);
}

/** Changes the stored record: with `receivedAt: 0`, the access token has expired as far as the client can tell. */
async function change(page: Page, changed: object): Promise<void> {
  const record = { ...(await stored(page)), ...changed };
  await page.evaluate(([key, text]) => localStorage.setItem(key, text), [KEY, JSON.stringify(record)] as const);
}

const EXPIRED = { receivedAt: 0 };

/** An access token whose signature the server refuses. */
async function damaged(page: Page): Promise<{ token: string }> {
  const [header, payload] = (await stored(page))!.token.split(".");
  return { token: `${header}.${payload}.${"A".repeat(86)}` };
}

test("client in the document passes the strict checks of TypeScript", async ({}, testInfo) => {
  const file = testInfo.outputPath("latchkey.ts");
  await writeFile(file, await example());
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ES2022,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    exactOptionalPropertyTypes: true,
  });
  const faults = ts.getPreEmitDiagnostics(program);
  expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});

test("login and a protected call from an allowed origin succeed", async ({ page, app, server }) => {
  await open(page, app, server);
  expect(await call(page)).toBe("401 invalid_token missing");
  const calls = recordCalls(page);
  await logIn(page);
  expect(await call(page)).toBe(200);
  expect(calls).toEqual([SIGN_IN, CUSTOMERS]);
  expect(await changes(page)).toEqual([JOHN.username]);
  await page.reload();
  await page.waitForFunction(() => "latchkey" in window);
  expect(await page.evaluate(() => (window as unknown as App).latchkey.user?.username)).toBe(JOHN.username);
});

for (const locks of [true, false]) {
  test(`two calls at once share one refresh ${locks ? "with" : "without"} locks`, async ({ page, context, app, server }) => {
    if (!locks) await removeLocks(context);
    await open(page, app, server);
    await logIn(page);
    await change(page, EXPIRED);
    const calls = recordCalls(page);
    const statuses = page.evaluate(async () => {
      const { latchkey } = window as unknown as App;
      const answers = await Promise.all([latchkey.fetch("/api/customers"), latchkey.fetch("/api/customers")]);
      return answers.map(({ status }) => status);
    });
    expect(await statuses).toEqual([200, 200]);
    expect(calls).toEqual([refreshed(200), CUSTOMERS, CUSTOMERS]);
    expect(claims((await stored(page))!.token).gen).toBe(1);
  });
}

/** As in a page over plain HTTP. */
async function removeLocks(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
}

test("call that is refused with invalid_token is sent once more", async ({ page, app, server, problems }) => {
  problems.allow("401 /api/customers");
  await open(page, app, server);
  await logIn(page);
  await change(page, await damaged(page));
  const calls = recordCalls(page);
  expect(await call(page)).toBe(200);
  expect(calls).toEqual(["GET /api/customers 401", refreshed(200), CUSTOMERS]);
});

test("call that is refused again is not sent a third time", async ({ page, app, server, problems }) => {
  problems.allow("401 /api/customers");
  await open(page, app, server);
  await logIn(page);
  await page.route("**/api/customers", problem(401, "invalid_token"));
  const calls = recordCalls(page);
  expect(await call(page)).toBe(401);
  expect(calls).toEqual(["GET /api/customers 401", refreshed(200), "GET /api/customers 401"]);
  expect(await stored(page)).not.toBeNull();
});

test("refused refresh signs out and says why", async ({ page, app, server, api, problems }) => {
  problems.allow("401 /api/customers", "400 /api/token/refresh");
  await open(page, app, server);
  await logIn(page);
  await api.revoke((await stored(page))!.refreshToken);
  expect(await call(page)).toBe("400 invalid_grant logged_out");
  expect(await stored(page)).toBeNull();
  expect(await changes(page)).toEqual([JOHN.username, "logged_out"]);
});

const PASSING = {
  "503": problem(503, "unavailable"),
  "429": problem(429, "too_many_requests"),
  "a proxy's page": html(400, "invalid_grant"),
  "a proxy's page with status 200": html(200, "Welcome"),
  "invalid_grant with another status": problem(502, "invalid_grant"),
};
for (const [what, answer] of Object.entries(PASSING)) {
  test(`refresh that is answered with ${what} signs no user out`, async ({ page, app, server, problems }) => {
    problems.tolerate(...[400, 429, 502, 503].map((status) => `${status} /api/token/refresh`));
    await open(page, app, server);
    await logIn(page);
    await change(page, EXPIRED);
    const before = await stored(page);
    await page.route(REFRESH, answer);
    expect(await call(page)).not.toBe(200);
    expect(await stored(page)).toEqual(before);
    expect(await changes(page)).toEqual([JOHN.username]);
  });
}

test("Retry-After holds for every call and ends", async ({ page, context, app, server, problems }) => {
  problems.allow("503 /api/token/refresh");
  await context.clock.install();
  await open(page, app, server);
  await logIn(page);
  await change(page, EXPIRED);
  await page.route(REFRESH, problem(503, "unavailable", { headers: { "Retry-After": "60" } }), { times: 1 });
  const calls = recordCalls(page);
  expect(await call(page)).toBe("503 unavailable");
  expect(await call(page)).toBe("503 unavailable");
  expect(calls).toEqual([refreshed(503)]);
  await page.clock.fastForward(61_000);
  expect(await call(page)).toBe(200);
  expect(calls).toEqual([refreshed(503), refreshed(200), CUSTOMERS]);
});

test("token that is still valid is used if the refresh fails", async ({ page, app, server, problems }) => {
  problems.allow("503 /api/token/refresh");
  await open(page, app, server);
  await logIn(page);
  await change(page, { expiresIn: 3600, receivedAt: Date.now() - 3_590_000 });
  await page.route(REFRESH, problem(503, "unavailable"));
  const calls = recordCalls(page);
  expect(await call(page)).toBe(200);
  expect(calls).toEqual([refreshed(503), CUSTOMERS]);
});

/** Two tabs of the app, signed in, whose access token has expired. */
async function twoTabs(context: BrowserContext, app: string, server: Server): Promise<[Page, Page]> {
  const [one, other] = [await context.newPage(), await context.newPage()];
  for (const page of [one, other]) await open(page, app, server);
  await logIn(one);
  await change(one, EXPIRED);
  return [one, other];
}

test("two tabs with locks refresh once", async ({ context, app, server }) => {
  const tabs = await twoTabs(context, app, server);
  const presented = recordPresented(context);
  expect(await Promise.all(tabs.map((tab) => call(tab)))).toEqual([200, 200]);
  expect(presented).toHaveLength(1);
});

test("two tabs without locks get the same refresh token", async ({ context, app, server }) => {
  await removeLocks(context);
  const tabs = await twoTabs(context, app, server);
  const held = gate();
  const presented: string[] = [];
  const received: string[] = [];
  await context.route(REFRESH, async (route) => {
    presented.push((route.request().postDataJSON() as Tokens).refreshToken);
    if (presented.length === 2) held.open();
    await held.opened;
    const response = await route.fetch();
    received.push(((await response.json()) as Tokens).refreshToken);
    await route.fulfill({ response });
  });
  expect(await Promise.all(tabs.map((tab) => call(tab)))).toEqual([200, 200]);
  expect(presented[0]).toBe(presented[1]);
  expect(received[0]).toBe(received[1]);
  expect((await stored(tabs[0]))!.refreshToken).toBe(received[0]);
});

test("sign-in of another user during a refresh wins", async ({ context, app, server, api, problems }) => {
  problems.allow("400 /api/token/refresh");
  await api.register(JANE.username, JANE.password);
  const [one, other] = await twoTabs(context, app, server);
  const john = (await stored(one))!;
  const [asked, held] = [gate(), gate()];
  await one.route(REFRESH, async (route) => {
    asked.open();
    await held.opened;
    await route.continue();
  });
  const calls = recordCalls(one);
  const called = call(one);
  await asked.opened;
  await logIn(other, JANE);
  await expect.poll(() => reason(api, john.refreshToken)).toBe("logged_out");
  const jane = await stored(other);
  held.open();
  expect(await called, "the call is not sent as Jane's").toBe("401 invalid_token missing");
  expect(calls).toEqual([refreshed(400)]);
  expect(await stored(one)).toEqual(jane);
  expect((await changes(one)).at(-1)).toBe(JANE.username);
});

test("tab that waits for a hanging tab refreshes after five seconds", async ({ context, app, server }) => {
  await context.clock.install();
  const [one, other] = await twoTabs(context, app, server);
  await seize(other, LOCK);
  const called = call(one);
  await expectWaiting(one, LOCK, 1);
  await one.clock.runFor(5_000);
  expect(await called).toBe(200);
});

test("logout reaches the server though the page is left at once", async ({ page, app, server, api }) => {
  await open(page, app, server);
  await logIn(page);
  const { refreshToken } = (await stored(page))!;
  await page.evaluate(() => {
    (window as unknown as App).latchkey.logOut();
    location.href = "about:blank";
  });
  await expect.poll(() => reason(api, refreshToken)).toBe("logged_out");
});

async function reason(api: Api, refreshToken: string): Promise<unknown> {
  return ((await api.refresh(refreshToken)).body as { reason?: string }).reason;
}

test("tokens that arrive after a logout are revoked", async ({ page, app, server, api, problems }) => {
  problems.allow("net::ERR_FAILED /oauth/revoke");
  await open(page, app, server);
  await logIn(page);
  await change(page, EXPIRED);
  const [asked, held] = [gate(), gate()];
  await page.route(REFRESH, async (route) => {
    asked.open();
    await held.opened;
    await route.continue();
  });
  // The logout itself does not reach the server.
  await page.route("**/oauth/revoke", (route) => route.abort(), { times: 1 });
  const called = call(page);
  await asked.opened;
  await page.evaluate(() => (window as unknown as App).latchkey.logOut());
  const arrived = page.waitForResponse("**/oauth/revoke");
  const answer = page.waitForResponse("**/api/token/refresh");
  held.open();
  expect(await called).toBe("401 invalid_token missing");
  expect(await stored(page)).toBeNull();
  await arrived;
  const { refreshToken } = (await (await answer).json()) as Tokens;
  expect(await reason(api, refreshToken)).toBe("logged_out");
});

test("logout in one tab is noticed in another", async ({ context, app, server }) => {
  const [one, other] = await twoTabs(context, app, server);
  await expect.poll(() => changes(other)).toContain(JOHN.username);
  await one.evaluate(() => (window as unknown as App).latchkey.logOut());
  await expect.poll(async () => (await changes(other)).at(-1)).toBe("");
});

test.describe("from an origin that is not allowed", () => {
  test.use({ allowedOrigins: "http://localhost:1" });

  test("login fails", async ({ page, app, server, problems }) => {
    await open(page, app, server);
    await expect(logIn(page)).rejects.toThrow(/Failed to fetch/);
    expect(problems.take(/blocked by CORS policy|ERR_FAILED/)).not.toEqual([]);
  });
});
