// The program that the pages load: held back for as long as a test wants to see them without it.

import type { Page } from "@playwright/test";
import { type Gate, gate } from "./gate.ts";

/** Holds the program back until the gate is opened. */
export async function holdProgram(page: Page): Promise<Gate> {
  const program = gate();
  await page.route("**/*.wasm", async (route) => {
    await program.opened;
    await route.continue();
  });
  return program;
}
