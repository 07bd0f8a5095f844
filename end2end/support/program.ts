// Holds back the WebAssembly client, to test pages before it starts.

import { expect, type Page } from "@playwright/test";
import { type Gate, gate } from "./gate.ts";

/** Waits until the client runs; before, keys and buttons have only the browser's behaviour. */
export async function expectStarted(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-started");
}

/** Holds back the client until the gate is opened. */
export async function holdProgram(page: Page): Promise<Gate> {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  return program;
}
