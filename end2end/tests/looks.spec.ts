// Compares pages that look the same every time with the pictures in ../looks, pixel by pixel.
//
// A picture is valid only for machines that draw text in the same way, with the same browser and fonts. The folders are
// named by a hash of that, so a machine of another kind compares nothing, and says so. `npm run looks` takes new
// pictures for this kind of machine; review them before you commit them.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BrowserContext, expect, test } from "../support/fixtures.ts";
import { show, STATES } from "../support/states.ts";

/** States without times, request IDs or progress. */
const STEADY = [
  "home of a guest",
  "login",
  "login with an error",
  "register with errors",
  "register, advice",
  "register, closed",
  "customers",
  "customers, none found",
  "customers, not allowed",
  "not found",
];

/** One screen in each theme; colours and sizes are the same tokens everywhere. */
const VIEWS = [
  ["phone", "light"],
  ["desktop", "dark"],
] as const;

/** A hash of the way in which this browser draws text. */
async function handwriting(context: BrowserContext): Promise<string> {
  const page = await context.newPage();
  await page.setContent(
    `<p style="font: 16px system-ui, sans-serif">Sign-in <b>that stays</b> signed in. Zoë, ليلى, 王芳 🗝</p>
     <p style="font: 14px ui-monospace, monospace">lkr_0123456789</p><input type="checkbox" checked><input>`,
  );
  const picture = await page.screenshot();
  await page.close();
  return createHash("sha256").update(picture).digest("hex").slice(0, 12);
}

for (const name of STEADY) {
  const state = STATES.find((state) => state.name === name);
  if (!state) throw new Error(`there is no state ${name}`);
  const { options, reach } = state;

  test.describe(() => {
    test.use(options ?? {});

    test(`matches its screenshot: ${name}`, async ({ page, context, problems, api }, { config }) => {
      const folder = await handwriting(context);
      const known = existsSync(fileURLToPath(new URL(`../looks/${folder}`, import.meta.url)));
      await reach(page, problems, api);
      for (const [screen, scheme] of VIEWS) {
        await show(page, screen, scheme);
        if (known || config.updateSnapshots === "all") {
          const file = `${name.replaceAll(/\W+/g, "-")}-${screen}-${scheme}.png`;
          await expect.soft(page).toHaveScreenshot([folder, file], { fullPage: true });
        } else {
          console.log(`NOT COMPARED: ${name}: there are no pictures from a machine like this one (${folder})`);
        }
      }
    });
  });
}
