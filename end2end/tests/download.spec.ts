// The download size of a first visit, measured in the browser: all files, compressed.

import { expect, test } from "../support/fixtures.ts";

const GOAL = { wasm: 200_000, all: 230_000 };

for (const path of ["/", "/login", "/register"]) {
  test(`a first visit to ${path} stays under the download limit`, async ({ page }) => {
    const browser = await page.context().newCDPSession(page);
    await browser.send("Network.enable");
    const types = new Map<string, string>();
    const bytes = { wasm: 0, all: 0 };
    browser.on("Network.responseReceived", ({ requestId, response }) => types.set(requestId, response.mimeType));
    browser.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      bytes.all += encodedDataLength;
      if (types.get(requestId) === "application/wasm") bytes.wasm += encodedDataLength;
    });

    await page.goto(path, { waitUntil: "networkidle" });
    await expect(page.locator("html")).toHaveAttribute("data-started");
    console.log(`first visit to ${path}: ${kilobytes(bytes.wasm)} of WebAssembly, ${kilobytes(bytes.all)} in all`);
    expect(bytes.wasm, "the WebAssembly was seen").toBeGreaterThan(0);
    expect(bytes.wasm).toBeLessThanOrEqual(GOAL.wasm);
    expect(bytes.all).toBeLessThanOrEqual(GOAL.all);
  });
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
