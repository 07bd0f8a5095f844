// What a signed-in user sees of the home page while it loads. The server cannot know the user and renders the page for
// guests.

import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { holdProgram } from "../support/program.ts";
import { KEY, store, stored } from "../support/session.ts";
import { expectGuest, expectSignedIn, heading, logIn } from "../support/user.ts";

/** The texts for guests. Not by role, because hidden elements have none. */
const welcome = (page: Page) => page.getByText("Sign-in that stays signed in", { exact: true });
const waysIn = (page: Page) => page.getByRole("main").getByText("Create an account", { exact: true });

interface Watched extends Window {
  /** The headings that could be seen, each time the browser was about to paint. */
  headings: string[];
  /** How much of what could be seen has moved: Cumulative Layout Shift, where up to 0.1 counts as good. */
  shifted: number;
}

/** Records which heading is painted, from the next load on. */
async function watchHeadings(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.headings = [];
    const look = () => {
      const heading = document.querySelector("h1");
      if (heading?.checkVisibility({ checkVisibilityCSS: true })) watched.headings.push(heading.innerText);
      requestAnimationFrame(look);
    };
    look();
  });
}

const headings = (page: Page) => page.evaluate(() => [...new Set((window as unknown as Watched).headings)]);

for (const keep of [false, true]) {
  test(`a signed-in user never sees the guest welcome (${keep ? "remembered" : "session of the tab"})`, async ({
    page,
  }) => {
    await logIn(page, { keep });
    await watchHeadings(page);
    const program = await holdProgram(page);
    await page.reload({ waitUntil: "domcontentloaded" });
    await expect(welcome(page)).toBeAttached();
    await expect(welcome(page)).toBeHidden();
    await expect(waysIn(page)).toBeHidden();
    program.open();
    await expectSignedIn(page);
    await expect(heading(page, "Hello, John Doe")).toBeVisible();
    expect(await headings(page)).toEqual(["Hello, John Doe"]);
  });
}

test("a guest sees the welcome before the app starts", async ({ page }) => {
  await holdProgram(page);
  await page.goto("/", { waitUntil: "domcontentloaded" });
  await expect(welcome(page)).toBeVisible();
  await expect(waysIn(page)).toBeVisible();
});

test("a user who logged out in this tab sees the guest welcome despite a remembered session", async ({ page }) => {
  await logIn(page, { keep: true });
  await page.evaluate((key) => sessionStorage.setItem(key, '{"left":true}'), KEY);
  await holdProgram(page);
  await page.reload({ waitUntil: "domcontentloaded" });
  await expect(welcome(page)).toBeVisible();
});

for (const record of ['{"refreshToken":"lkr_', '{"refreshToken":1}', "garbage"]) {
  test(`a guest with ${record} in the storage sees the welcome once the app starts`, async ({ page }) => {
    await page.goto("/login");
    await store(page, "local", record);
    await page.goto("/");
    await expectGuest(page);
    await expect(welcome(page)).toBeVisible();
    await expect(waysIn(page)).toBeVisible();
    expect(await stored(page)).toBeNull();
  });
}

test("a user with stored tokens sees the welcome when the app does not load", async ({ page }) => {
  await logIn(page);
  await page.clock.install();
  await page.route("**/*.wasm", () => undefined);
  await page.reload({ waitUntil: "domcontentloaded" });
  await expect(welcome(page)).toBeHidden();
  await page.clock.runFor(6_000);
  await expect(welcome(page)).toBeVisible();
  await expect(waysIn(page)).toBeVisible();
});

for (const [screen, width, height] of [["a phone", 390, 844], ["a desktop", 1280, 800]] as const) {
  for (const [path, last] of [["/", "Session inspector"], ["/account", "Delete account"]] as const) {
    test(`late content shifts the layout of ${path} little on ${screen}`, async ({ page, api }) => {
      for (let device = 0; device < 10; device++) await api.login(JOHN.username, JOHN.password);
      await page.setViewportSize({ width, height });
      await logIn(page, { keep: true });
      await page.addInitScript(() => {
        const watched = window as unknown as Watched;
        watched.shifted = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) watched.shifted += (entry as unknown as { value: number }).value;
        }).observe({ type: "layout-shift", buffered: true });
      });
      const painted = (): Promise<unknown> =>
        page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const [part, data] = [gate(), gate()];
      await page.route("**/pkg/split_*", async (route) => (await part.opened, await route.continue()));
      await page.route(/\/api\/(sessions|account\/events)/, async (route) => (await data.opened, await route.continue()));
      await page.goto(path);
      await expect(page.getByRole("paragraph").filter({ hasText: "Loading" }).first()).toBeVisible();
      await painted();
      part.open();
      await expect(page.getByRole("heading", { name: last })).toBeVisible();
      await painted();
      data.open();
      await expect(page.getByRole("paragraph").filter({ hasText: "Loading" })).toHaveCount(0);
      await painted();
      expect(await page.evaluate(() => (window as unknown as Watched).shifted)).toBeLessThan(0.1);
    });
  }
}
