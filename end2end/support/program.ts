// The program that the pages load: held back for as long as a test wants to see them without it.

import { expect, type Page } from "@playwright/test";
import { type Gate, gate } from "./gate.ts";

/** Waits until the program runs: before, the keys and buttons of a page do what the browser makes of them. */
export async function expectStarted(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-started");
}

/** Holds the program back until the gate is opened. */
export async function holdProgram(page: Page): Promise<Gate> {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  return program;
}
