// Several tabs of one browser, and how they affect each other.

import type { BrowserContext, Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { claims, storedSession } from "./session.ts";

/** The Web Lock that a tab takes before it refreshes the session of this access token. */
export function lockOf(accessToken: string): string {
  return `latchkey.refresh.${claims(accessToken).sid}`;
}

/** Takes a lock and never releases it, like a hanging tab. */
export async function seize(page: Page, lock: string): Promise<void> {
  await page.evaluate(
    (lock) => new Promise<void>((held) => void navigator.locks.request(lock, () => new Promise(() => held()))),
    lock,
  );
}

/** Waits until this many tabs wait for a lock. */
export async function expectWaiting(page: Page, lock: string, count: number): Promise<void> {
  const inLine = () =>
    page.evaluate(async (lock) => (await navigator.locks.query()).pending?.filter(({ name }) => name === lock), lock);
  await expect.poll(inLine, `tabs waiting for ${lock}`).toHaveLength(count);
}

/**
 * Two hours have passed, and from now on time stands still unless the test moves it: tokens of one hour have expired,
 * and no timeout ends early because the machine is slow.
 */
export async function stopTwoHoursLater(context: BrowserContext): Promise<void> {
  await context.clock.pauseAt(Date.now() + 2 * 60 * 60 * 1000);
}

/** Duplicates a tab: the new one begins with a copy of its session storage. */
export async function duplicate(page: Page, path: string): Promise<Page> {
  const opened = page.waitForEvent("popup");
  await page.evaluate((path) => void window.open(path), path);
  return opened;
}

/** Waits until the tab has received fresh tokens so many times, from either tab. */
export async function liveThrough(page: Page, generations: number): Promise<void> {
  const seen = new Set<string>();
  await expect
    .poll(async () => seen.add((await storedSession(page)).refreshToken).size, { timeout: 20_000 })
    .toBeGreaterThan(generations);
}

/** Every refresh token was presented once, and none of them so late that the server took it for a theft. */
export function expectNoneTwice(presented: string[]): void {
  expect(presented, "a refresh token was presented twice").toEqual([...new Set(presented)]);
}
