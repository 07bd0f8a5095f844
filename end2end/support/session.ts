// The session in the browser: where it is stored, when it expires, and leaving the app until then.

import type { BrowserContext, Page, Request, Response } from "@playwright/test";
import { expect } from "@playwright/test";

/** The key of the session's record, in one of the two storages. */
export const KEY = "latchkey.session";

export interface Stored {
  /** `local` outlives the browser, `session` belongs to one tab. */
  where: "local" | "session";
  record: string;
  accessToken: string;
  refreshToken: string;
}

/** The values of {@link KEY} in the storages of the page's origin; `null` if there is none. */
export async function stored(page: Page): Promise<Stored | null> {
  const [local, session] = [await storedIn(page, "local"), await storedIn(page, "session")];
  expect(local === null || session === null, "a session lies in both storages").toBe(true);
  return local ?? session;
}

/** The value in one of them, if each may have its own session. */
export async function storedIn(page: Page, where: Stored["where"]): Promise<Stored | null> {
  const record = await page.evaluate(
    ([where, key]) => (where === "local" ? localStorage : sessionStorage).getItem(key),
    [where, KEY] as const,
  );
  if (record === null) return null;
  return {
    where,
    record,
    accessToken: /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(record)?.[0] ?? "",
    // From its beginning: by chance, the signature of an access token has `lkr_` in its middle.
    refreshToken: /(?<=")lkr_[\w-]+/.exec(record)?.[0] ?? "",
  };
}

/** Like {@link stored}, if there must be a complete session. */
export async function storedSession(page: Page): Promise<Stored> {
  const session = await stored(page);
  expect(session?.accessToken, "a stored access token").toBeTruthy();
  expect(session?.refreshToken, "a stored refresh token").toBeTruthy();
  return session!;
}

/** Asserts that this tab can see nothing of a session, nor any other secret. */
export async function expectNothingStored(page: Page): Promise<void> {
  const everything = () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  await expect.poll(() => stored(page), "the stored session").toBeNull();
  expect(await everything()).not.toMatch(/lkr_|eyJ[\w-]{10,}/);
}

/** Puts a text in the place of the session. */
export async function store(page: Page, where: "local" | "session", record: string): Promise<void> {
  await page.evaluate(
    ([where, key, record]) => (where === "local" ? localStorage : sessionStorage).setItem(key, record),
    [where, KEY, record] as const,
  );
}

/** Opens a page of the same site that runs nothing of ours: the storages are in reach and no timer refreshes. */
export async function leave(page: Page): Promise<void> {
  const away = "**/away-from-the-app";
  const body = "<!doctype html><html lang=en><title>Away</title><link rel=icon href=data:,><p>Away</p></html>";
  await page.route(away, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto("/away-from-the-app");
  await page.unroute(away);
}

/** What an access token says about itself. */
export interface Claims {
  /** The id of its session. */
  sid: string;
  /** How many times the session had been refreshed when it was made. */
  gen: number;
  /** Its end, in whole seconds. */
  exp: number;
}

export function claims(accessToken: string): Claims {
  return JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()) as Claims;
}

/** Waits until an access token has expired beyond doubt: `exp` counts whole seconds, so one more than it says. */
export async function expired(accessToken: string): Promise<void> {
  const { exp } = claims(accessToken);
  await expect
    .poll(() => Date.now() >= (exp + 1) * 1000, { message: "the access token expires", timeout: 15_000 })
    .toBe(true);
}

/** Leaves the app and waits until the stored access token has expired. Returns what is stored. */
export async function leaveUntilExpired(page: Page): Promise<Stored> {
  await leave(page);
  const session = await storedSession(page);
  await expired(session.accessToken);
  return session;
}

/** Lets the browser believe that two hours have passed: tokens of one hour have expired, and fresh ones are not due. */
export async function sleepTwoHours(context: BrowserContext): Promise<void> {
  await context.clock.setSystemTime(Date.now() + 2 * 60 * 60 * 1000);
}

/** How {@link recordCalls} notes the call by which a page shows the server that new tokens have arrived. */
export const SEEN = "GET /api/me 200";

/**
 * Notes every API call from now on as `METHOD /path status`, in the order of the answers. `GET /api/me` follows each sign-in
 * and each refresh and is left out, unless the test is about it.
 */
export function recordCalls(of: Page | BrowserContext, { withMe = false } = {}): string[] {
  const calls: string[] = [];
  const note = (request: Request, outcome: string | number) => {
    const { pathname } = new URL(request.url());
    if (pathname === "/api/me" && !withMe) return;
    if (pathname.startsWith("/api/")) calls.push(`${request.method()} ${pathname} ${outcome}`);
  };
  const emitter = of as BrowserContext; // a page has the same two events
  emitter.on("response", (response: Response) => note(response.request(), response.status()));
  emitter.on("requestfailed", (request: Request) => note(request, "failed"));
  return calls;
}

/** The refresh tokens that are presented from now on, one for each request and in their order, answered or not. */
export function recordPresented(of: Page | BrowserContext): string[] {
  const presented: string[] = [];
  const emitter = of as BrowserContext;
  emitter.on("request", (request: Request) => {
    if (new URL(request.url()).pathname !== "/api/token/refresh") return;
    presented.push((request.postDataJSON() as { refreshToken: string }).refreshToken);
  });
  return presented;
}

/** Makes the server refuse the access token of this page's next call, so the page must refresh. */
export async function refuseNextCall(page: Page): Promise<void> {
  const detail = "The access token is not valid.";
  await page.route(
    "**/api/customers",
    (route) =>
      route.fulfill({
        status: 401,
        contentType: "application/problem+json",
        headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
        body: JSON.stringify({ type: "about:blank", title: "", status: 401, detail, code: "invalid_token" }),
      }),
    { times: 1 },
  );
}
