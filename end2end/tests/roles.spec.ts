import { expect, JANE, test } from "../support/fixtures.ts";
import { storedSession } from "../support/session.ts";
import { expectSignedIn, nav, submitLogin } from "../support/user.ts";

test.describe("without the role that a page needs", () => {
  test.use({ defaultRoles: "Reader" });

  test("a user sees a notice and no data, and stays signed in", async ({ page, api, problems }) => {
    problems.allow("403 /api/customers");
    await api.register(JANE.username, JANE.password);
    await page.goto("/login");
    await submitLogin(page, JANE);
    await expectSignedIn(page, JANE.username);

    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expect(page.getByRole("alert")).toContainText("lacks the role Manager");
    await expect(page.getByText("Jane Doe")).toHaveCount(0);
    await expect(page).toHaveURL("/customers");
    await expectSignedIn(page, JANE.username);
    await storedSession(page);
  });
});
