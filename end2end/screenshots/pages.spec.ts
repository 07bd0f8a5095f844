// Screenshots of every page in every state: npm run screenshots. SCREENSHOTS=… sets the folder.

import path from "node:path";
import { test } from "../support/fixtures.ts";
import { SCHEMES, SCREENS, show, STATES } from "../support/states.ts";

const folder = process.env.SCREENSHOTS ?? "screenshots/taken";

for (const { name, options, reach } of STATES) {
  test.describe(() => {
    test.use(options ?? {});

    test(name, async ({ page, problems, api }) => {
      await reach(page, problems, api);
      for (const screen of Object.keys(SCREENS) as (keyof typeof SCREENS)[]) {
        for (const scheme of SCHEMES) {
          await show(page, screen, scheme);
          const file = `${name.replaceAll(/\W+/g, "-")}-${screen}-${scheme}.png`;
          await page.screenshot({ path: path.join(folder, file), fullPage: true });
        }
      }
    });
  });
}
