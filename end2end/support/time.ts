// A clock that a test moves, for Date, performance.now, timers and AbortSignal.timeout.

import { type BrowserContext, expect, type Page } from "@playwright/test";

/** Shorter steps would take longer: each is a round trip to the browser. */
const STEP = 5_000;

interface Watched extends Window {
  /** Requests of the page's program that have not been answered to their end. */
  pendingRequests: number;
}

/** For a context without pages yet. Time runs normally until {@link stop}, and {@link pass} adds to it. */
export async function simulateTime(context: BrowserContext): Promise<void> {
  await context.clock.install();
  await context.addInitScript(() => {
    const page = window as unknown as Watched;
    const send = window.fetch;
    page.pendingRequests = 0;
    window.fetch = async (...request) => {
      page.pendingRequests++;
      try {
        const answer = await send(...request);
        await answer.clone().arrayBuffer();
        return answer;
      } finally {
        page.pendingRequests--;
      }
    };
  });
}

/**
 * From now on time passes by {@link pass} alone, so that a slow machine is as quick as any other. A page that is to be
 * left needs time of its own: `page.clock.resume()` gives it back.
 */
export async function stop(page: Page): Promise<void> {
  // The clock is set to a moment that must not have passed when it gets there.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 10_000));
  await settle(page);
}

/**
 * Lets time pass for the page, a step at a time. After each it stands still until all answers are there: a network that
 * seems to need minutes would run into time limits, and would hide a page that asks every second.
 */
export async function pass(page: Page, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP) {
    await page.clock.runFor(Math.min(left, STEP));
    await settle(page);
  }
}

/**
 * Lets a second pass, for what is to happen at once: a page may ask its sibling tabs first. In small steps, because
 * where time is stopped a timer that is set too late for one of them would never run out.
 */
export async function passMoment(page: Page): Promise<void> {
  for (let time = 0; time < 10; time++) {
    await settle(page);
    await pass(page, 100);
  }
}

/** Waits until the page has sent what it is about to send, and has been answered. */
export async function settle(page: Page): Promise<void> {
  const pendingRequests = () =>
    page.evaluate(async () => {
      // By the time of this answer, a tab that asked for a free lock before has it, and has sent its request.
      await navigator.locks?.query();
      return (window as unknown as Watched).pendingRequests;
    });
  await expect.poll(pendingRequests, { message: "all requests are answered", intervals: [10, 20, 50, 100] }).toBe(0);
}
