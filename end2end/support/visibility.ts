// A tab that is looked at, and one that is not. Headless pages are always in view, so this is put on.

import type { Page } from "@playwright/test";

/** What the browser tells a page when its tab goes into the background or comes back. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (hidden ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    window.dispatchEvent(new Event(hidden ? "blur" : "focus"));
  }, hidden);
}

/** Looks away and back so many times, as fast as can be. */
export async function flicker(page: Page, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await setHidden(page, true);
    await setHidden(page, false);
  }
}
