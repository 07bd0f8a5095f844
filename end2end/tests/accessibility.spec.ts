// Every page in every state, on both screens and in both colour schemes, passes axe and fits its screen.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { expectStarted } from "../support/program.ts";
import { SCHEMES, SCREENS, show, STATES } from "../support/states.ts";
import { storedSession } from "../support/session.ts";
import { expectCustomers, expectLoginPage, expectSignedIn, expectWholeHome, logIn, nav } from "../support/user.ts";

test.describe("axe reports no violation on", () => {
  for (const { name, options, reach } of STATES) {
    test.describe(() => {
      test.use(options ?? {});

      test(name, async ({ page, problems, api }) => {
        test.slow(); // axe checks every element, and one page has many
        await reach(page, problems, api);
        for (const screen of Object.keys(SCREENS) as (keyof typeof SCREENS)[]) {
          for (const scheme of SCHEMES) {
            await show(page, screen, scheme);
            // Legacy mode stays in the page, which suits pages without frames; the other mode opens a page for each result.
            expect(page.frames()).toHaveLength(1);
            const axe = new AxeBuilder({ page }).setLegacyMode(true);
            // All rules run on each screen and in each scheme. The two other combinations need only the rules about colours.
            if ((screen === "phone") !== (scheme === "light")) axe.withRules(["color-contrast", "link-in-text-block"]);
            const { violations } = await test.step("axe", () => axe.analyze());
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

test("the login form works with the keyboard alone", async ({ page }) => {
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
  await expect(keep).not.toBeChecked();
  await page.keyboard.press("Enter");
  await expectSignedIn(page);
});

test("a failed login is announced and leaves the form usable", async ({ page, problems }) => {
  problems.allow("401 /api/auth/login");
  await page.goto("/login");
  await page.getByLabel("Username").fill(JOHN.username);
  await page.getByLabel("Password", { exact: true }).fill("wrong");
  await expectStarted(page);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("Wrong username or password.");
  await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
});

test("login fields have autocomplete attributes for password managers", async ({ page }) => {
  await page.goto("/login");
  await expect(page.getByLabel("Username")).toHaveAttribute("autocomplete", /\busername\b/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("autocomplete", "current-password");
  await page.goto("/register");
  await expect(page.getByLabel("Username")).toHaveAttribute("autocomplete", /\busername\b/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("autocomplete", "new-password");
});

test.describe("screen readers announce", () => {
  /** Marks the live regions that exist now: a screen reader ignores a text that appears together with its region. */
  async function markPlaces(page: Page): Promise<void> {
    await page.getByRole("status").evaluateAll((places) => places.forEach((place) => (place.dataset.known = "")));
  }

  const heard = (page: Page) => page.locator("[role=status][data-known]").filter({ hasText: /./ });

  test("a loading part of the app, the loaded customers and the search result", async ({ page }) => {
    const [program, answer] = [gate(), gate()];
    await page.route("**/pkg/split_customer_list.*", async (route) => {
      await program.opened;
      await route.continue();
    });
    await page.route("**/api/customers", async (route) => {
      await answer.opened;
      await route.continue();
    });
    await logIn(page);
    await markPlaces(page);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(heard(page)).toHaveText("Loading…");
    program.open();
    await expect(heard(page)).toHaveText("Loading the customers…");
    answer.open();
    await expectCustomers(page);
    await expect(heard(page)).toHaveText("1–10 of 43");
    const search = page.getByRole("searchbox", { name: "Search" });
    await search.fill("doe");
    await expect(heard(page)).toHaveText("1–2 of 2");
    await search.fill("xyz");
    await expect(heard(page)).toHaveText("No customer matches “xyz”.");
    await nav(page).getByRole("link", { name: "Home" }).click();
    await expect(heard(page), "nothing is left of a page that was left").toHaveCount(0);
  });

  test("that the network is lost", async ({ page, context }) => {
    await logIn(page);
    await expectWholeHome(page);
    await markPlaces(page);
    await context.setOffline(true);
    await expect(heard(page)).toHaveText("You are offline. You are still signed in.");
    await context.setOffline(false);
    await expect(heard(page)).toHaveCount(0);
  });

  test("that the session has ended", async ({ page, api, problems }) => {
    problems.allow("401 /api/customers", "400 /api/token/refresh");
    await logIn(page);
    await markPlaces(page);
    await api.revoke((await storedSession(page)).refreshToken);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectLoginPage(page, "/customers");
    await expect(heard(page)).toContainText("Your session was ended");
  });
});
