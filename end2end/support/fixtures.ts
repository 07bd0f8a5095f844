// The `test` of every file here: Playwright's, with a separate server for each test. A test fails if the browser or the
// server reports a problem.

import { type BrowserContext, type BrowserContextOptions, test as base } from "@playwright/test";
import { Api } from "./api.ts";
import { Problems } from "./problems.ts";
import { Server } from "./server.ts";

export { expect } from "@playwright/test";
export type { BrowserContext, Page } from "@playwright/test";

export interface ServerOptions {
  /** Other origins whose pages may use the server, with commas between. */
  allowedOrigins: string;
  /** Lifetime of an access token. By default only the test causes refreshes; tests of refreshes set 3s. */
  accessTokenTtl: string;
  /** Roles of accounts that are registered; `Reader` opens nothing. The demo account has its own. */
  defaultRoles: string;
  /** Whether self-registration is allowed. */
  registration: "open" | "closed";
  /** Who may introspect tokens, as `id:secret`; empty for no client. */
  introspectionClient: string;
  /** Lifetime of a session without "Keep me signed in", used or not; empty for the defaults. */
  sessionTtl: string;
}

interface Fixtures {
  server: Server;
  api: Api;
  problems: Problems;
  /** Another browser profile: shares no storage with `context`, and is watched and closed like it. */
  newContext: (options?: BrowserContextOptions) => Promise<BrowserContext>;
}

/** The account that the demo data contains. */
export const JOHN = { username: "johndoe", password: "def@123", displayName: "John Doe" };

/** An account that a test registers first; without a display name its username is shown. */
export const JANE = { username: "jane", password: "correct horse battery staple" };

/**
 * Ignores what route handlers throw from here on. Pages go on to send requests when a test ends, such as `/api/me`; a
 * handler that is still fetching the response fails when the context closes, and Playwright would fail the test.
 */
async function ignoreRoutes(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.unrouteAll({ behavior: "ignoreErrors" });
}

export const test = base.extend<ServerOptions & Fixtures>({
  accessTokenTtl: ["1h", { option: true }],
  allowedOrigins: ["", { option: true }],
  defaultRoles: ["Manager", { option: true }],
  introspectionClient: ["", { option: true }],
  registration: ["open", { option: true }],
  sessionTtl: ["", { option: true }],

  server: async (
    { accessTokenTtl, allowedOrigins, defaultRoles, introspectionClient, registration, sessionTtl },
    use,
    testInfo,
  ) => {
    const server = await Server.start({
      LATCHKEY_ACCESS_TOKEN_TTL: accessTokenTtl,
      LATCHKEY_DEFAULT_ROLES: defaultRoles,
      LATCHKEY_REGISTRATION: registration,
      ...(sessionTtl && {
        LATCHKEY_SESSION_SHORT_IDLE_TTL: sessionTtl,
        LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL: sessionTtl,
      }),
      ...(allowedOrigins && { LATCHKEY_ALLOWED_ORIGINS: allowedOrigins }),
      ...(introspectionClient && { LATCHKEY_INTROSPECTION_CLIENT: introspectionClient }),
    });
    await use(server);
    let failed = true;
    try {
      await server.close();
      base.expect(server.log, "the server's log reports a fault").not.toMatch(/panicked at|\bERROR\b/);
      base.expect(server.log, "the server's log shows a token or a password").not.toMatch(/lkr_|eyJ[\w-]{10,}|def@123/);
      failed = testInfo.status !== testInfo.expectedStatus;
    } finally {
      if (failed && server.log) {
        await testInfo.attach("server.log", { body: server.log, contentType: "text/plain" });
      }
    }
  },

  // Playwright gives this to every context, also to those that a test makes itself.
  baseURL: async ({ server }, use) => {
    await use(server.url);
  },

  api: async ({ server }, use) => {
    await use(new Api(server.url));
  },

  problems: async ({ server }, use) => {
    const problems = new Problems(server.url);
    // It follows each sign-in and refresh by itself, and a test may have ended the session by then.
    problems.tolerate("401 /api/me");
    await use(problems);
    base.expect(problems.unexpected(), "the browser reported problems").toEqual([]);
    base.expect(problems.missing(), "problems that were announced and never came").toEqual([]);
  },

  context: async ({ context, problems }, use) => {
    problems.watch(context);
    await use(context);
    await ignoreRoutes(context);
  },

  newContext: async ({ browser, problems }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      problems.watch(context);
      opened.push(context);
      return context;
    });
    for (const context of opened) {
      await ignoreRoutes(context);
      await context.close();
    }
  },
});
