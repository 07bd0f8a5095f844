// Every page in every state on screens of all sizes, with large text, right to left, and in print.

import { expect, type Page, test } from "../support/fixtures.ts";
import { STATES } from "../support/states.ts";
import { expectCustomers, logIn } from "../support/user.ts";

/** Viewports by their size in CSS pixels, and whether the test presses Tab there, which is slow. */
const PANES = [
  { name: "a small phone", width: 320, height: 568, tab: true },
  { name: "a tablet", width: 768, height: 1024 },
  { name: "a large screen", width: 1440, height: 900 },
  { name: "a laptop at 200 % zoom", width: 640, height: 400 },
  { name: "a phone with text twice as large", width: 390, height: 844, text: "200%" },
  { name: "a small phone with text twice as large", width: 320, height: 568, text: "200%" },
  { name: "a small phone, right to left", width: 320, height: 568, direction: "rtl" },
  { name: "a large screen, right to left", width: 1440, height: 900, direction: "rtl", tab: true },
];

/** Elements that Tab can reach. */
const FOCUSABLE = ":is(a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex^='-'])):not(:disabled)";

/** Elements that overflow the page horizontally, by tag and class. */
const sticksOut = (page: Page) =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = [...document.body.querySelectorAll("*")].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < 0 || right > clientWidth;
    });
    return [`${scrollWidth} of ${clientWidth}`, ...out.map(({ tagName, className }) => `${tagName}.${className}`)];
  });

/** Targets smaller than 24 by 24 px. A link within a text may be as low as its line (WCAG 2.5.8). */
const smallTargets = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("a, button, input, select, summary")]
      .filter((target) => target.checkVisibility({ checkVisibilityCSS: true }))
      .filter((target) => !(target.matches("p > a") && getComputedStyle(target).display === "inline"))
      .map((target) => ({ target, box: (target.closest("label") ?? target).getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ target, box }) => `${target.outerHTML.slice(0, 80)}: ${box.width} × ${box.height}`),
  );

/** Words on buttons, badges and in headings that are broken for want of room. */
const brokenWords = (page: Page) =>
  page.evaluate(() => {
    const broken: string[] = [];
    for (const element of document.querySelectorAll("button, .button, .badge, h1, h2, th")) {
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        // What people call themselves may be as long as they like.
        if (text.parentElement?.closest("[dir=auto], .unseen")) continue;
        for (const { 0: word, index } of (text.textContent ?? "").matchAll(/[^\s-]+-?/g)) {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
          if (lines.size > 1) broken.push(word);
        }
      }
    }
    return broken;
  });

/** Gives the focus to everything that takes it; returns how many elements do, and those that have it without being seen. */
const focusEach = (page: Page) =>
  page.evaluate((focusable) => {
    const hidden: string[] = [];
    let count = 0;
    for (const target of document.querySelectorAll<HTMLElement>(focusable)) {
      target.blur();
      target.focus();
      if (document.activeElement !== target) continue; // it is not displayed
      count++;
      const { left, top, width, height } = target.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const inView = x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
      const there = document.elementFromPoint(x, y);
      const seen = inView && there !== null && (target.contains(there) || there.contains(target));
      if (!seen) hidden.push(target.outerHTML.slice(0, 80));
    }
    return { count, hidden };
  }, FOCUSABLE);

/** Goes through the page with the Tab key; returns how many elements get the focus, and those that {@link focusEach} misses. */
async function pressTab(page: Page): Promise<{ count: number; missed: string[] }> {
  const missed: string[] = [];
  // From the beginning: the browser goes on from where the focus was last.
  await page.evaluate((focusable) => {
    const first = document.querySelector<HTMLElement>(focusable);
    first?.focus();
    first?.blur();
  }, FOCUSABLE);
  // The longest page has sixty links, and at its end the browser may go round once more.
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate((focusable) => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return null;
      return focused.matches(focusable) ? "" : focused.outerHTML.slice(0, 80);
    }, FOCUSABLE);
    if (found === null) return { count: presses, missed };
    if (found) missed.push(found);
  }
  throw new Error("the focus never leaves the page");
}

for (const { name, options, reach } of STATES) {
  test.describe(() => {
    test.use(options ?? {});

    test(`content fits, targets are large enough and the focus is visible: ${name}`, async ({
      page,
      problems,
      api,
    }) => {
      test.slow(); // the longest page has sixty links, and the Tab key goes to each
      await reach(page, problems, api);
      for (const { name, width, height, text, direction, tab } of PANES) {
        await page.setViewportSize({ width, height });
        await page.evaluate(
          ([text, direction]) => {
            document.documentElement.style.fontSize = text ?? "";
            document.dir = direction ?? "";
          },
          [text, direction] as const,
        );
        expect.soft(await sticksOut(page), `${name}: nothing sticks out sideways`).toEqual([]);
        expect.soft(await brokenWords(page), `${name}: words are whole`).toEqual([]);
        expect.soft(await smallTargets(page), `${name}: what can be pressed is large enough`).toEqual([]);
        const { count, hidden } = await focusEach(page);
        expect.soft(hidden, `${name}: the focus is always seen`).toEqual([]);
        if (!tab) continue;
        const tabbed = await pressTab(page);
        expect.soft(tabbed.missed, `${name}: the Tab key leads to nothing else`).toEqual([]);
        expect.soft(count, `${name}: as many elements take the focus as the Tab key reaches`).toBeGreaterThanOrEqual(tabbed.count);
        // It starts behind the first element, which is the only one of a page with a single link.
        expect.soft(tabbed.count, `${name}: the Tab key reaches something`).toBeGreaterThanOrEqual(Math.min(1, count - 1));
      }
    });
  });
}

test("a printed page has its text and no buttons", async ({ page }) => {
  await logIn(page);
  await page.goto("/customers");
  await expectCustomers(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByText("Jane Doe")).toBeVisible();
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(page.getByRole("contentinfo")).toBeHidden();
  // The heads of the columns are buttons, and print as what they say.
  await expect(page.getByRole("columnheader", { name: "Name" })).toBeVisible();
  for (const button of await page.locator("button:not(th > button)").all()) await expect(button).toBeHidden();
});

test("a printed account page has its data and no forms", async ({ page }) => {
  await logIn(page);
  await page.goto("/account");
  const section = (name: string) => page.getByRole("region", { name });
  await expect(section("Security log").getByRole("listitem")).toHaveCount(1);
  await page.emulateMedia({ media: "print" });
  for (const name of ["Profile", "Devices", "Security log"]) await expect(section(name)).toBeVisible();
  const [printed, exact] = await page
    .locator("time")
    .first()
    .evaluate((time: HTMLElement) => [getComputedStyle(time, "::after").content, time.title]);
  expect(printed, "on paper “just now” has no meaning").toBe(JSON.stringify(exact));
  for (const heading of ["Password", "Delete account"]) {
    await expect(page.locator("h2", { hasText: heading })).toBeHidden();
  }
});
