// Visible and hidden tabs. Headless pages are always visible, so this simulates it.

import type { Page } from "@playwright/test";

/** Simulates a tab that goes into the background or comes back. */
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

/** Hides and shows the tab this many times, as fast as possible. */
export async function flicker(page: Page, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await setHidden(page, true);
    await setHidden(page, false);
  }
}
