// A device with a wrong clock: only Date is wrong. Elapsed time (performance.now, timers) is right on every device, so
// Playwright's clock, which moves all of them, cannot be used here.

import type { BrowserContext } from "@playwright/test";

interface Device extends Window {
  /** How far the clock is ahead, in milliseconds. */
  clockOffset: number;
}

/** Lets {@link setClock} set the device's clock. For a context without pages yet. */
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

/** Sets the clock ahead of the right time, or behind it: at once, and in later pages. */
export async function setClock(context: BrowserContext, offset: number): Promise<void> {
  const set = (offset: number) => void ((window as unknown as Device).clockOffset = offset);
  await context.addInitScript(set, offset);
  for (const page of context.pages()) await page.evaluate(set, offset);
}
