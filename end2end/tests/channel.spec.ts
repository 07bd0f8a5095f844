// A browser without BroadcastChannel: each tab still works.

import { JOHN, test } from "../support/fixtures.ts";
import { expectNothingStored, recordPresented } from "../support/session.ts";
import { expectNoneTwice, liveThrough } from "../support/tabs.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  logIn,
  logOut,
  nav,
  submitLogin,
} from "../support/user.ts";

test.use({ accessTokenTtl: "3s" });

const silent: Record<string, () => void> = {
  "is missing": () => void Object.defineProperty(window, "BroadcastChannel", { value: undefined }),
  "cannot be opened": () => {
    window.BroadcastChannel = class {
      constructor() {
        throw new DOMException("Not here.", "SecurityError");
      }
    } as unknown as typeof BroadcastChannel;
  },
  "sends nothing": () => {
    BroadcastChannel.prototype.postMessage = () => {
      throw new DOMException("Closed.", "InvalidStateError");
    };
  },
};
for (const [how, breakIt] of Object.entries(silent)) {
  test(`a tab works when its BroadcastChannel ${how}`, async ({ page, context }) => {
    await context.addInitScript(breakIt);
    await logIn(page);
    const presented = recordPresented(context);
    await nav(page).getByRole("link", { name: "Customers" }).click();
    await expectCustomers(page);
    await liveThrough(page, 1);
    expectNoneTwice(presented);
    await page.reload();
    await expectCustomers(page);
    await logOut(page);
    await expectLoginPage(page);
    await expectNothingStored(page);

    // A session of the whole browser still reaches every tab by storage events.
    const other = await context.newPage();
    await other.goto("/");
    await expectGuest(other);
    await submitLogin(page, JOHN, true);
    await expectSignedIn(other);
    await logOut(page);
    await expectGuest(other);
  });
}
