// Every page in every state, on both screens and in both colour schemes, must pass axe and fit its screen.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, JOHN, test } from "../support/fixtures.ts";
import { SCHEMES, SCREENS, show, STATES } from "../support/states.ts";
import { expectSignedIn } from "../support/user.ts";

test.describe("axe finds nothing on", () => {
  for (const { name, options, reach } of STATES) {
    test.describe(() => {
      test.use(options ?? {});

      test(name, async ({ page, problems, api }) => {
        await reach(page, problems, api);
        for (const screen of Object.keys(SCREENS) as (keyof typeof SCREENS)[]) {
          for (const scheme of SCHEMES) {
            await show(page, screen, scheme);
            const { violations } = await new AxeBuilder({ page }).analyze();
            const findings = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ html }) => html) }));
            expect.soft(findings, `${screen}, ${scheme}`).toEqual([]);
          }
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect.soft(overflow, `${screen}: nothing sticks out sideways`).toBeLessThanOrEqual(0);
        }
      });
    });
  }
});

test("one can log in with the keyboard alone", async ({ page }) => {
  await page.goto("/login");
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  await page.getByLabel("Username").focus();
  await page.keyboard.type(JOHN.username);
  await page.keyboard.press("Tab");
  await page.keyboard.type(JOHN.password);
  const keep = page.getByLabel("Keep me signed in");
  const focused = () => keep.evaluate((control) => control === document.activeElement);
  // Other controls may lie between, but not many.
  for (let presses = 0; presses < 5 && !(await focused()); presses++) await page.keyboard.press("Tab");
  await expect(keep).toBeFocused();
  await page.keyboard.press("Space");
  await expect(keep).toBeChecked();
  await page.keyboard.press("Enter");
  await expectSignedIn(page);
});

test("after a failed login the message is announced and the form can be used again", async ({ page, problems }) => {
  problems.allow("401 /api/auth/login");
  await page.goto("/login");
  await page.getByLabel("Username").fill(JOHN.username);
  await page.getByLabel("Password", { exact: true }).fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("Wrong username or password.");
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
});

test("password managers are told what the fields are for", async ({ page }) => {
  await page.goto("/login");
  await expect(page.getByLabel("Username")).toHaveAttribute("autocomplete", /\busername\b/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("autocomplete", "current-password");
  await page.goto("/register");
  await expect(page.getByLabel("Username")).toHaveAttribute("autocomplete", /\busername\b/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("autocomplete", "new-password");
});
