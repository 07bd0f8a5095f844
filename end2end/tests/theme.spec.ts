// The theme: light or dark by the system's setting or the user's choice, without a flash of the wrong one.

import { expect, type Page, test } from "../support/fixtures.ts";
import { holdProgram } from "../support/program.ts";
import { expectGuest, heading, nav } from "../support/user.ts";

const KEY = "latchkey.theme";

interface Painted extends Window {
  /** The lightness of the page's background at each paint. */
  grounds: number[];
}

/** From 0, black, to 255, white. */
const ground = (page: Page) =>
  page.evaluate(() => Math.max(...getComputedStyle(document.body).backgroundColor.match(/\d+/g)!.map(Number)));

async function expectTheme(page: Page, theme: "light" | "dark"): Promise<void> {
  const isDark = async () => (await ground(page)) < 128;
  await expect.poll(isDark, `the ground is ${theme}`).toBe(theme === "dark");
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  // Scrollbars and lists, which the browser draws, follow the theme.
  expect(await scheme()).toContain(theme);
}

const choice = (page: Page, name: string) => page.getByRole("radiogroup", { name: "Theme" }).getByLabel(name);

const choose = (page: Page, name: string) => choice(page, name).check();

const remembered = (page: Page) => page.evaluate((key) => localStorage.getItem(key), KEY);

test("the theme follows the system until one is chosen and after “System”", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/");
  await expect(choice(page, "System")).toBeChecked();
  await expectTheme(page, "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await expectTheme(page, "light");

  await choose(page, "Dark");
  await expectTheme(page, "dark");
  await choose(page, "System");
  await expectTheme(page, "light");
  expect(await remembered(page)).toBeNull();
});

for (const [system, chosen] of [
  ["light", "Dark"],
  ["dark", "Light"],
] as const) {
  const theme = system === "light" ? "dark" : "light";

  test(`${chosen} is remembered and ${system} never flashes before it, with and without the app`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: system });
    await page.goto("/");
    await choose(page, chosen);
    await expectTheme(page, theme);

    await page.addInitScript(() => {
      const painted = window as unknown as Painted;
      painted.grounds = [];
      const look = () => {
        if (document.body) {
          const colour = getComputedStyle(document.body).backgroundColor;
          painted.grounds.push(Math.max(...colour.match(/\d+/g)!.map(Number)));
        }
        requestAnimationFrame(look);
      };
      look();
    });
    const program = await holdProgram(page);
    await page.reload({ waitUntil: "domcontentloaded" });
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
    await expectTheme(page, theme);
    await expect(choice(page, chosen)).toBeChecked();
    program.open();
    await expectGuest(page);
    await expect(choice(page, chosen)).toBeChecked();
    const grounds = await page.evaluate(() => (window as unknown as Painted).grounds);
    expect(grounds.length).toBeGreaterThan(0);
    expect(grounds.filter((ground) => ground < 128 !== (theme === "dark"))).toEqual([]);
  });
}

test("the theme is kept during navigation and applied in other tabs", async ({ page, context }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  await expectGuest(page);
  const other = await context.newPage();
  await other.emulateMedia({ colorScheme: "light" });
  await other.goto("/login");
  await choose(page, "Dark");
  await expectTheme(other, "dark");
  await expect(choice(other, "Dark")).toBeChecked();
  await nav(page).getByRole("link", { name: "Register" }).click();
  await expect(heading(page, "Create an account")).toBeVisible();
  await expectTheme(page, "dark");

  await other.evaluate(() => localStorage.clear());
  await expectTheme(page, "light");
  await expect(choice(page, "System")).toBeChecked();
});

test("the theme can be chosen with the keyboard alone", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  await expectGuest(page);
  const focused = () => choice(page, "System").evaluate((choice) => choice === document.activeElement);
  for (let presses = 0; presses < 20 && !(await focused()); presses++) await page.keyboard.press("Tab");
  await expect(choice(page, "System")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(choice(page, "Dark")).toBeFocused();
  await expectTheme(page, "dark");
  expect(await remembered(page)).toBe("dark");
});

test("the theme can be chosen before the app starts", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  const program = await holdProgram(page);
  await page.goto("/", { waitUntil: "domcontentloaded" });
  await choose(page, "Dark");
  await expectTheme(page, "dark");
  program.open();
  await expectGuest(page);
  await expect(choice(page, "Dark")).toBeChecked();
});

test("the theme can be chosen without storage while the page is open", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      },
    });
  });
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  await expectGuest(page);
  await choose(page, "Dark");
  await expectTheme(page, "dark");
  await nav(page).getByRole("link", { name: "Log in" }).click();
  await expect(heading(page, "Log in")).toBeVisible();
  await expectTheme(page, "dark");
  await expect(choice(page, "Dark")).toBeChecked();
});

test("the theme follows the system when the stored choice is invalid", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/");
  await page.evaluate((key) => localStorage.setItem(key, '"> <script>'), KEY);
  await page.reload();
  await expect(choice(page, "System")).toBeChecked();
  await expectTheme(page, "dark");
  await choose(page, "Light");
  await expectTheme(page, "light");
});

test("the theme is kept on server-rendered error pages", async ({ page, problems }) => {
  problems.allow("405 /login");
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/login");
  await choose(page, "Dark");
  await page.locator("form").evaluate((form: HTMLFormElement) => form.submit());
  await expect(heading(page, "This did not work")).toBeVisible();
  await expectTheme(page, "dark");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test.afterEach(({ problems }) => void problems.take(/^csp \/pkg\/.*\.js$/));

  test("the theme follows the system and the switch is hidden", async ({ page }) => {
    await page.goto("/");
    await expect(heading(page, /./)).toBeVisible();
    await expect(page.getByText("System", { exact: true })).toBeHidden();
  });
});

test("the page prints black on white in every theme", async ({ page }) => {
  await page.goto("/");
  await choose(page, "Dark");
  await expectTheme(page, "dark");
  await page.emulateMedia({ media: "print" });
  await expectTheme(page, "light");
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe("rgb(0, 0, 0)");
});
