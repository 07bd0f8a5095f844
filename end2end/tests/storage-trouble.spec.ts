// Storages that are cleared, overwritten, refused or full while a user is signed in.

import type { Tokens } from "../support/api.ts";
import { expect, JOHN, type Page, test } from "../support/fixtures.ts";
import {
  expectNothingStored,
  KEY,
  leave,
  recordCalls,
  recordPresented,
  store,
  stored,
  storedSession,
} from "../support/session.ts";
import {
  expectCustomers,
  expectGuest,
  expectLoginPage,
  expectSignedIn,
  logIn,
  logOut,
  nav,
  submitLogin,
  visitCustomersAgain,
} from "../support/user.ts";

const notice = (page: Page) => page.getByRole("status").filter({ hasText: "could not store your session" });

async function openCustomers(page: Page): Promise<void> {
  await nav(page).getByRole("link", { name: "Customers" }).click();
}

test.describe("a storage changed by hand", () => {
  for (const keep of [false, true]) {
    const where = keep ? "local" : "session";
    const ways: Record<string, (page: Page) => Promise<void>> = {
      "cleared": (page) => page.evaluate(() => (localStorage.clear(), sessionStorage.clear())),
      "overwritten": (page) => store(page, where, '{"token":1,"refreshToken":{}}'),
      "overwritten with something other than JSON": (page) => store(page, where, "lkr_eyJ"),
    };
    for (const [how, change] of Object.entries(ways)) {
      test(`${where} storage, ${how}, signs out at the next navigation and allows a login`, async ({ page }) => {
        await logIn(page, { keep });
        await openCustomers(page);
        await expectCustomers(page);
        await change(page);
        const calls = recordCalls(page);

        await nav(page).getByRole("link", { name: "Home" }).click();
        await openCustomers(page);
        await expectLoginPage(page, "/customers");
        await expectGuest(page);
        await expect(page.getByText("Jane Doe")).toHaveCount(0);
        expect(await stored(page), "the corrupt record is gone, too").toBeNull();
        expect(calls, "there is nothing to ask the server with").toEqual([]);

        await submitLogin(page, JOHN, keep);
        await expectCustomers(page);
      });
    }
  }

  for (const [how, record] of Object.entries({ cleared: null, overwritten: "[garbage]" })) {
    test(`local storage, ${how} in one tab, signs out the other tab`, async ({ page, context }) => {
      await logIn(page, { keep: true });
      const other = await context.newPage();
      await other.goto("/customers");
      await expectCustomers(other);
      const calls = recordCalls(context);

      if (record === null) await page.evaluate(() => localStorage.clear());
      else await store(page, "local", record);
      await expectLoginPage(other, "/customers");
      await expectGuest(other);
      await expect(other.getByText("Jane Doe")).toHaveCount(0);
      await openCustomers(page);
      await expectLoginPage(page, "/customers");
      expect(await stored(page)).toBeNull();
      expect(calls).toEqual([]);

      await submitLogin(page, JOHN, true);
      await expectCustomers(page);
      await expectCustomers(other); // sent on from its login page
    });
  }

  test("a storage key of another program is kept", async ({ page, context }) => {
    await logIn(page, { keep: true });
    const other = await context.newPage();
    await other.goto("/");
    await expectSignedIn(other);
    await page.evaluate((key) => localStorage.setItem(`${key}.other`, "theirs"), KEY);
    await logOut(page);
    await expectGuest(other);
    expect(await page.evaluate((key) => localStorage.getItem(`${key}.other`), KEY)).toBe("theirs");
  });
});

// Each simulates a real browser: a setting that forbids site data, an embedded view without storage, an old private
// window with a quota of zero, and a storage that discards writes.
const refusals: Record<string, () => void> = {
  "throw on access": () => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException("Access is denied for this document.", "SecurityError");
        },
      });
    }
  },
  "are missing": () => {
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { value: null });
  },
  "throw on reads and writes": () => {
    for (const name of ["getItem", "setItem", "removeItem"] as const) {
      Storage.prototype[name] = () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      };
    }
  },
  "are full": () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  },
  "discard writes": () => {
    Storage.prototype.setItem = () => undefined;
    Storage.prototype.getItem = () => null;
  },
};
test("a session of the tab is stored when only local storage is refused", async ({ page, context }) => {
  await context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      },
    });
  });
  await page.goto("/login");
  await submitLogin(page, JOHN);
  await expectSignedIn(page);
  await page.goto("/customers");
  await expectCustomers(page);
  await expect(notice(page)).toHaveCount(0);
});

/** The first record stays, and there is no room for a new one. */
function haveRoomForOneToken(): void {
  const store = Storage.prototype.setItem;
  let first: string | undefined;
  Storage.prototype.setItem = function (key, value) {
    const [held, token] = [this.getItem(key) ?? "", value].map((text) => /lkr_[\w-]+/.exec(text)?.[0]);
    first ??= held ?? token;
    if (token !== first) throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    store.call(this, key, value);
  };
}

test.describe("with access tokens of three seconds", () => {
  test.use({ accessTokenTtl: "3s" });

  for (const [how, refuse] of Object.entries(refusals)) {
    test(`the session stays in memory when the storages ${how}`, async ({ page, context }) => {
      await context.addInitScript(refuse);
      const presented = recordPresented(page);
      await page.goto("/login");
      await submitLogin(page, JOHN, true);
      await expectSignedIn(page);
      await expect(notice(page)).toBeVisible();

      // Through two generations, each of them asked for once.
      await openCustomers(page);
      await expectCustomers(page);
      await expect.poll(() => presented.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
      await visitCustomersAgain(page);
      await expectSignedIn(page);
      expect(presented).toEqual([...new Set(presented)]);

      await logOut(page);
      await expectLoginPage(page);
      await expectGuest(page);
      await expect(notice(page)).toHaveCount(0);

      await page.goto("/customers");
      await expectLoginPage(page, "/customers");
    });
  }

  for (const keep of [false, true]) {
    const where = keep ? "local" : "session";
    test(`the session stays in memory when the ${where} storage is full`, async ({
      page,
    }) => {
      await page.addInitScript(haveRoomForOneToken);
      const presented = recordPresented(page);
      const answer = page.waitForResponse("**/api/auth/login");
      await logIn(page, { keep });
      const login = (await (await answer).json()) as Tokens;

      await expect(notice(page)).toBeVisible();
      await expectNothingStored(page);
      await openCustomers(page);
      await expectCustomers(page);
      await expect.poll(() => presented.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
      await visitCustomersAgain(page);
      await expectSignedIn(page);
      expect(presented[0]).toBe(login.refreshToken);
      expect(presented, "a token is presented once and never again").toEqual([...new Set(presented)]);

      // The tokens in memory end with the page. A stale record would be a replay now.
      await leave(page);
      const calls = recordCalls(page);
      await page.goto("/customers");
      await expectLoginPage(page, "/customers");
      expect(calls).toEqual([]);
    });
  }

  test("a full local storage signs out no other tab", async ({
    page,
    context,
  }) => {
    await context.addInitScript(haveRoomForOneToken);
    // Events of the storage and messages come in any order; here the message is always the later one.
    await context.addInitScript(() => {
      const post = BroadcastChannel.prototype.postMessage;
      BroadcastChannel.prototype.postMessage = function (message) {
        setTimeout(() => post.call(this, message), 200);
      };
    });
    const presented = recordPresented(context);
    await logIn(page, { keep: true });
    const other = await context.newPage();
    await other.goto("/customers");
    await expectCustomers(other);

    await expect.poll(() => presented.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
    for (const tab of [page, other]) {
      await expectSignedIn(tab);
      await expect(notice(tab)).toBeVisible();
      await expectNothingStored(tab);
    }
    await openCustomers(page);
    for (const tab of [page, other]) {
      await expectCustomers(tab);
      await visitCustomersAgain(tab);
    }
    expect(presented, "a token is presented once and never again").toEqual([...new Set(presented)]);
  });
});

test("a storage with room again is used again", async ({ page }) => {
  await page.addInitScript(() => {
    const store = Storage.prototype.setItem;
    Object.assign(window, { makeRoom: () => (Storage.prototype.setItem = store) });
    Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  });
  await logIn(page);
  await expect(notice(page)).toBeVisible();
  await page.evaluate(() => void (window as unknown as { makeRoom: () => void }).makeRoom());
  await logOut(page);
  await expectLoginPage(page);
  await submitLogin(page, JOHN);
  await expectSignedIn(page);
  await expect(notice(page)).toHaveCount(0);
  await storedSession(page);
});
