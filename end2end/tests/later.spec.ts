// Lazy parts of the client are separate files, which may arrive late or not at all.

import { expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { logIn, nav } from "../support/user.ts";

interface Part {
  /** Its file. */
  file: string;
  /** Opens the page with the part. */
  open: (page: Page) => Promise<void>;
  /** What shows that the part has loaded. */
  sign: (page: Page) => ReturnType<Page["locator"]>;
}

const PARTS: Record<string, Part> = {
  "the account": {
    file: "split_account",
    open: (page) => nav(page).getByRole("link", { name: "John Doe" }).click(),
    sign: (page) => page.getByRole("heading", { name: "Devices" }),
  },
  "the customers": {
    file: "split_customer_list",
    open: (page) => nav(page).getByRole("link", { name: "Customers" }).click(),
    sign: (page) => page.getByRole("table", { name: "Customers" }),
  },
  "the inspector": {
    file: "split_inspector",
    open: (page) => nav(page).getByRole("link", { name: "Home", exact: true }).click(),
    sign: (page) => page.getByRole("heading", { name: "Session inspector" }),
  },
};

for (const [name, { file, open, sign }] of Object.entries(PARTS)) {
  test(`${name} can be loaded again after its file failed`, async ({ page, problems }) => {
    await page.route(`**/pkg/${file}.*`, (route) => route.abort("failed"));
    await logIn(page);
    await open(page);
    const alert = page.getByRole("alert").filter({ hasText: "is missing on the server, or was blocked" });
    await expect(alert).toBeVisible();
    await page.unroute(`**/pkg/${file}.*`);
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(sign(page)).toBeVisible();
    await expect(alert).toHaveCount(0);
    expect(problems.take(/ERR_FAILED \/pkg\/|Failed to fetch/)).not.toEqual([]);
  });
}

test("a loading part shows progress and can be left", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/pkg/split_account.*", async (route) => {
    await held;
    await route.continue();
  });
  await logIn(page);
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("paragraph").filter({ hasText: "Loading…" })).toBeVisible();
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(page.getByRole("table", { name: "Customers" })).toBeVisible();
  release();
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  await expect(page.getByRole("heading", { name: "Devices" })).toBeVisible();
});

test("a part that does not load times out after 30 seconds and appears when it arrives", async ({
  page,
}) => {
  const part = gate();
  await page.clock.install();
  await page.route("**/pkg/split_account.*", async (route) => (await part.opened, await route.continue()));
  await logIn(page, { keep: true });
  await nav(page).getByRole("link", { name: "John Doe" }).click();
  const loading = page.getByRole("paragraph").filter({ hasText: "Loading…" });
  await expect(loading).toBeVisible();
  await page.clock.runFor(31_000);
  await expect(page.getByRole("alert").filter({ hasText: "is missing on the server, or was blocked" })).toBeVisible();
  await expect(loading).toHaveCount(0);
  part.open();
  await expect(page.getByRole("heading", { name: "Devices" })).toBeVisible();
});
