// The table of customers: search, sort order and paging.

import { expect, type Page, test } from "../support/fixtures.ts";
import { gate } from "../support/gate.ts";
import { problem } from "../support/refresh.ts";
import { customer, expectCustomers, logIn, nav } from "../support/user.ts";

const table = (page: Page) => page.getByRole("table", { name: "Customers" });
const column = (page: Page, name: string) => table(page).getByRole("columnheader", { name });
const place = (page: Page) => page.getByRole("main").locator("p.quiet");
const search = (page: Page) => page.getByRole("searchbox", { name: "Search" });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** The names on this page of the table, from the top. */
const names = (page: Page) => table(page).locator("tbody td:last-child").allInnerTexts();

async function open(page: Page): Promise<void> {
  await logIn(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expectCustomers(page);
}

/** Opens the page with customers other than those of the demo. */
async function openWith(page: Page, customers: string[]): Promise<void> {
  await logIn(page);
  await page.route("**/api/customers", (route) => route.fulfill({ json: customers }));
  await nav(page).getByRole("link", { name: "Customers" }).click();
}

test("the table shows ten customers per page", async ({ page }) => {
  await open(page);
  await expect(place(page)).toHaveText("1–10 of 43");
  await expect(button(page, "Previous")).toHaveAttribute("aria-disabled", "true");
  const seen = new Set(await names(page));
  for (const next of ["11–20 of 43", "21–30 of 43", "31–40 of 43", "41–43 of 43"]) {
    await button(page, "Next").click();
    await expect(place(page)).toHaveText(next);
    for (const name of await names(page)) seen.add(name);
  }
  expect(seen.size).toBe(43);
  await expect(button(page, "Next")).toHaveAttribute("aria-disabled", "true");
  await button(page, "Next").click({ force: true });
  await expect(place(page), "nothing comes after the last").toHaveText("41–43 of 43");
  await expect(button(page, "Next"), "the focus stays where it was").toBeFocused();
  await button(page, "Previous").click();
  await expect(place(page)).toHaveText("31–40 of 43");
});

test("a column header sorts ascending, then descending, and announces it", async ({ page }) => {
  await open(page);
  await expect(column(page, "No.")).toHaveAttribute("aria-sort", "ascending");
  await expect(column(page, "Name")).toHaveAttribute("aria-sort", "none");
  await column(page, "No.").getByRole("button").click();
  await expect(column(page, "No.")).toHaveAttribute("aria-sort", "descending");
  await expect(table(page).locator("tbody td").first()).toHaveText("43");

  await button(page, "Next").click();
  await column(page, "Name").getByRole("button").click();
  await expect(column(page, "No.")).toHaveAttribute("aria-sort", "none");
  await expect(column(page, "Name")).toHaveAttribute("aria-sort", "ascending");
  await expect(place(page), "a new order is read from its beginning").toHaveText("1–10 of 43");
  const first = await names(page);
  expect(first.slice(0, 2), "Å is an A").toEqual(["Amara Okafor", "Åsa Bergström"]);
  await column(page, "Name").getByRole("button").click();
  await expect(column(page, "Name")).toHaveAttribute("aria-sort", "descending");
  expect(await names(page)).not.toContain("Amara Okafor");
});

test("the search filters while typing and ignores case and accents", async ({ page }) => {
  await open(page);
  await button(page, "Next").click();
  await search(page).pressSequentially("JIMENEZ");
  await expect(place(page)).toHaveText("1–1 of 1");
  expect(await names(page)).toEqual(["Rosa Jiménez"]);
  await search(page).fill("παπαδοπουλου");
  await expect(customer(page, "Ελένη Παπαδοπούλου")).toBeVisible();
  // Letters that keyboards elsewhere do not have.
  for (const [typed, name] of Object.entries({
    "soren": "Søren Lindqvist",
    "OSTERGAARD": "Lars Østergaard",
    "lucja": "Łucja Zielińska",
    "YILDIZ": "Elif Yıldız",
    "thorsson": "Magnús Þórsson",
    "weiss": "Petra Müller-Weiß",
  })) {
    await search(page).fill(typed);
    await expect(place(page), typed).toHaveText("1–1 of 1");
    expect(await names(page)).toEqual([name]);
  }
  await search(page).fill("doe");
  await expect(place(page)).toHaveText("1–2 of 2");
  expect(await names(page)).toEqual(["Jane Doe", "John Doe"]);
  await expect(button(page, "Next"), "one page needs no buttons").toBeHidden();
  await search(page).clear();
  await expect(place(page)).toHaveText("1–10 of 43");
});

test("the search ignores extra spaces and the kind of apostrophe", async ({ page }) => {
  await openWith(page, ["Maeve O’Brien", "Liam O'Neill", "Jane  Doe"]);
  for (const [typed, found] of [
    ["o'brien", "Maeve O’Brien"],
    ["O’Neill", "Liam O'Neill"],
    ["  jane   doe ", "Jane  Doe"],
  ]) {
    await search(page).fill(typed!);
    await expect(place(page)).toHaveText("1–1 of 1");
    expect(await table(page).locator("tbody td:last-child").allTextContents()).toEqual([found]);
  }
});

test("a search without a result says so and can be cleared", async ({ page }) => {
  await open(page);
  await expect(button(page, "Clear the search")).toBeHidden();
  await search(page).fill("xyz");
  await expect(place(page)).toHaveText("No customer matches “xyz”.");
  await expect(table(page)).toBeHidden();
  await button(page, "Clear the search").click();
  await expect(search(page)).toHaveValue("");
  await expect(search(page), "the focus does not go away with the button").toBeFocused();
  await expect(place(page)).toHaveText("1–10 of 43");
});

test("the search takes special characters literally", async ({ page }) => {
  await openWith(page, ["50 % off (really?)", "a.*b", "a+b"]);
  for (const [typed, found] of [
    [".*", "a.*b"],
    ["+", "a+b"],
    ["(really?)", "50 % off (really?)"],
  ]) {
    await search(page).fill(typed!);
    await expect(place(page)).toHaveText("1–1 of 1");
    expect(await names(page)).toEqual([found]);
  }
});

test("an empty table has no search field", async ({ page }) => {
  await openWith(page, []);
  await expect(page.getByRole("paragraph").filter({ hasText: "No customers yet." })).toBeVisible();
  await expect(search(page)).toHaveCount(0);
});

test("the page shows that the customers are loading", async ({ page }) => {
  await logIn(page);
  const answer = gate();
  await page.route("**/api/customers", async (route) => {
    await answer.opened;
    await route.continue();
  });
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(place(page)).toHaveText("Loading the customers…");
  answer.open();
  await expectCustomers(page);
});

test("a server error shows its request ID and can be retried", async ({ page, problems }) => {
  problems.allow("500 /api/customers");
  await logIn(page);
  await page.route("**/api/customers", problem(500, "internal", { requestId: "q7Xk2" }), { times: 1 });
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(page.getByRole("alert")).toHaveText(
    "Something went wrong on our side. It is safe to try again. If it happens again, tell the operator this number: q7Xk2",
  );
  await button(page, "Try again").click();
  await expectCustomers(page);
});
