// A device whose clock is wrong: Date is, and nothing else. What measures spans of time, like performance.now and
// timers, is right on every device, so Playwright's clock, which moves them all, cannot be used here.

import type { BrowserContext } from "@playwright/test";

interface Device extends Window {
  /** How far the clock is ahead, in milliseconds. */
  clockOffset: number;
}

/** Makes the clock of the device one that {@link setClock} can set. For a context without pages yet. */
export async function takeClock(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const device = window as unknown as Device;
    const RealDate = Date;
    device.clockOffset = 0;
    const now = () => RealDate.now() + device.clockOffset;
    window.Date = new Proxy(RealDate, {
      construct: (_, time: []) => (time.length === 0 ? new RealDate(now()) : new RealDate(...time)),
      get: (date, name) => (name === "now" ? now : Reflect.get(date, name)),
    });
  });
}

/** Sets it that far ahead of the right time, or behind it: at once, and in every page to come. */
export async function setClock(context: BrowserContext, offset: number): Promise<void> {
  const set = (offset: number) => void ((window as unknown as Device).clockOffset = offset);
  await context.addInitScript(set, offset);
  for (const page of context.pages()) await page.evaluate(set, offset);
}
