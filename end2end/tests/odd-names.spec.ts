// Names of users and devices are plain text wherever they are shown: they run no script, break no layout on a small
// phone, and do not affect the text beside them.

import { expect, JANE, type Page, test } from "../support/fixtures.ts";
import { ODD_NAMES } from "../support/odd-names.ts";
import { expectSignedIn, heading, nav, submitLogin } from "../support/user.ts";

test.use({ viewport: { width: 320, height: 640 } });

/** Asserts that nothing overflows horizontally. */
async function expectToFit(page: Page): Promise<void> {
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(overflow, "nothing sticks out sideways").toBeLessThanOrEqual(0);
}

/** Asserts that no part of it became an element or ran. */
async function expectText(page: Page): Promise<void> {
  await expect(page.locator("main img, header img, main script, header script")).toHaveCount(0);
  await expect(page).not.toHaveTitle("run");
}

for (const [kind, name] of Object.entries(ODD_NAMES)) {
  test(`a user name of ${kind} is shown unchanged`, async ({ page, api }) => {
    expect(await api.register(JANE.username, JANE.password, name)).toMatchObject({ status: 201 });
    await page.goto("/login");
    await submitLogin(page, JANE);
    await expectSignedIn(page, name);
    await expect(heading(page, /^Hello, /)).toHaveText(`Hello, ${name}`);
    await expectToFit(page);
    await expectText(page);
    await nav(page).getByRole("link", { name, exact: true }).click();
    await expect(heading(page, "Your account")).toBeVisible();
    await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem")).toHaveCount(3);
    await expectToFit(page);
    await expectText(page);
  });

  test(`a customer name of ${kind} is shown unchanged and can be found`, async ({ page }) => {
    await page.route("**/api/customers", (route) => route.fulfill({ json: [name, "Jane Doe", name + name] }));
    await page.goto("/login?next=/customers");
    await submitLogin(page, { username: "johndoe", password: "def@123" });
    const names = page.getByRole("table").locator("tbody td:last-child");
    await expect(names).toHaveText([name, "Jane Doe", name + name]);
    await expectToFit(page);
    await expectText(page);
    await page.getByRole("searchbox", { name: "Search" }).fill(name);
    await expect(names).toHaveText([name, name + name]);
    await page.getByRole("searchbox", { name: "Search" }).fill(name.repeat(9));
    await expect(page.getByRole("main").locator("p.quiet")).toHaveText(`No customer matches “${name.repeat(9)}”.`);
    await expectToFit(page);
    await expectText(page);
  });
}

test("a right-to-left name keeps the position of the text beside it", async ({ page, api }) => {
  const name = "(שלום) Ada 3!";
  await api.register(JANE.username, JANE.password, name);
  await page.setViewportSize({ width: 1280, height: 800 }); // on a desk all of it is one line
  await page.goto("/login");
  await submitLogin(page, JANE);
  await expectSignedIn(page, name);
  const places = await heading(page, /^Hello, /).evaluate((heading) => {
    const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    const letters: Record<string, number> = {};
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      for (let at = 0; at < node.textContent!.length; at++) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        letters[node.textContent![at]!] = range.getBoundingClientRect().left;
      }
    }
    return letters;
  });
  const order = ["H", "!", "A", "3", "ם", "ש"];
  expect(order.toSorted((one, other) => places[one]! - places[other]!)).toEqual(order);
});

/** Whatever contains this is a program, which is called by the name at the front. */
const PROGRAM = "Java(TM) 2 Runtime Environment, 1.8";

const DEVICES: Record<string, string> = {
  markup: `<img src=x onerror=alert(1)> ${PROGRAM}`,
  "a long word": `${"Wurstbrot".repeat(20)}/1.0 ${PROGRAM}`,
  // A header is bytes; these are the bytes of UTF-8.
  "a right-to-left override": Buffer.from(`\u202eליידי ${PROGRAM}`).toString("latin1"),
};
for (const [kind, userAgent] of Object.entries(DEVICES)) {
  test(`a user agent of ${kind} is shown unchanged`, async ({ page, api, server }) => {
    await api.register(JANE.username, JANE.password);
    const answer = await fetch(`${server.url}/api/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": userAgent },
      body: JSON.stringify(JANE),
    });
    expect(answer.status).toBe(200);
    await page.goto("/login?next=/account");
    await submitLogin(page, JANE);
    await expect(page.getByRole("region", { name: "Devices" }).getByRole("listitem")).toHaveCount(3);
    await page.getByRole("listitem").getByRole("button", { name: /^Sign out/ }).first().click();
    await expect(page.getByRole("region", { name: "Security log" }).getByRole("listitem")).toHaveCount(4);
    expect(await page.getByRole("main").innerText()).not.toContain("\u202e");
    await expectToFit(page);
    await expectText(page);
  });
}
