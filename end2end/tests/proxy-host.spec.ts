// A proxy that changes `Host`, and the message for each refusal.

import type { IncomingHttpHeaders } from "node:http";
import { expect, JOHN, test } from "../support/fixtures.ts";
import { Proxy } from "../support/proxy.ts";
import { Server } from "../support/server.ts";
import { expectSignedIn, heading, logIn, nav, submitLogin } from "../support/user.ts";

const WRONG_ADDRESS = /not set up for the address in your address bar.*LATCHKEY_PUBLIC_URL/;

/** What nginx passes on without `proxy_set_header Host`, from a browser that does not send `Sec-Fetch-Site`. */
const withItsOwnName = (server: () => string) => (headers: IncomingHttpHeaders) => {
  headers.host = new URL(server()).host;
  for (const name of Object.keys(headers)) if (name.startsWith("sec-fetch-")) delete headers[name];
};

test("behind a proxy that changes Host, the page and the log name the setting", async ({
  page,
  server,
  problems,
}) => {
  problems.allow("403 /api/auth/login");
  const proxy = await Proxy.start(() => server.url, withItsOwnName(() => server.url));
  try {
    await page.goto(`${proxy.url}/login`);
    for (let tries = 0; tries < 2; tries++) {
      await submitLogin(page, JOHN);
      await expect(page.getByRole("alert").filter({ visible: true })).toHaveText(WRONG_ADDRESS);
    }
    await expect.poll(() => server.log).toContain(proxy.url);
    const warnings = server.log.split("\n").filter((line) => line.includes("LATCHKEY_PUBLIC_URL"));
    expect(warnings, "once a minute").toHaveLength(1);
    expect(warnings[0]).toContain("WARN");
  } finally {
    await proxy.close();
    // The proxy's address is not the one that the test is about.
    problems.take(/^request to another site: /);
  }
});

test("the login behind that proxy works with the setting that the log names", async ({ page, problems }) => {
  let target = "";
  const proxy = await Proxy.start(() => target, withItsOwnName(() => target));
  const server = await Server.start({ LATCHKEY_PUBLIC_URL: proxy.url, LATCHKEY_LOG: "info" });
  const addr = () => /"message":"ready".*"addr":"([^"]+)"/.exec(server.log)?.[1];
  try {
    // The address that it listens on; its own idea of it is the proxy's now.
    await expect.poll(addr).toBeTruthy();
    target = `http://${addr()}`;
    await page.goto(`${proxy.url}/login`);
    await submitLogin(page, JOHN);
    await expectSignedIn(page);
  } finally {
    await page.goto("about:blank"); // it may be loading still
    await proxy.close();
    await server.close();
    problems.take(/^request to another site: /);
  }
});

for (const [what, host] of [
  ["puts a name into Host that the server does not know", "latchkey:3000"],
  ["drops Host", undefined],
] as const) {
  test(`behind a proxy that ${what}, the page explains the error`, async ({ page, server, problems }) => {
    const proxy = await Proxy.start(() => server.url, (headers) => {
      if (host) headers.host = host;
      else delete headers.host;
    });
    try {
      await page.goto(`${proxy.url}/login`);
      await expect(heading(page, "This did not work")).toBeVisible();
      await expect(page.getByText(WRONG_ADDRESS)).toBeVisible();
      await expect.poll(() => server.log).toContain("set LATCHKEY_PUBLIC_URL");
    } finally {
      await proxy.close();
      problems.take(/^request to another site: |^4\d\d |^console |^net::/);
    }
  });
}

test("when a proxy drops Host after the page has loaded, the form shows the error", async ({
  page,
  server,
  problems,
}) => {
  problems.allow("400 /api/auth/login");
  let drops = false;
  const proxy = await Proxy.start(() => server.url, (headers) => {
    if (drops) delete headers.host;
  });
  try {
    await page.goto(`${proxy.url}/login`);
    await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
    drops = true;
    await submitLogin(page, JOHN);
    await expect(page.getByRole("alert").filter({ visible: true })).toHaveText(WRONG_ADDRESS);
  } finally {
    await proxy.close();
    problems.take(/^request to another site: /);
  }
});

test("behind a proxy that drops Authorization, the page names the header", async ({ page, problems }) => {
  await page.route("**/api/customers", async (route) => {
    const headers = { ...route.request().headers() };
    delete headers["authorization"];
    await route.continue({ headers });
  });
  await logIn(page);
  await nav(page).getByRole("link", { name: "Customers" }).click();
  await expect(page.getByRole("alert").filter({ visible: true })).toContainText("let the proxy pass on all headers");
  expect(problems.take(/401 /)).not.toEqual([]);
});

interface Problem {
  status: number;
  code: string;
}

/** Each problem in the API's description, one that is not in it, and one of another version. */
async function describedProblems(url: string): Promise<Problem[]> {
  const found = new Map<string, Problem>();
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("code" in value && "requestId" in value) found.set(String(value.code), value as unknown as Problem);
    else Object.values(value).forEach(collect);
  };
  collect(((await (await fetch(`${url}/api/openapi.json`)).json()) as { paths: unknown }).paths);
  const one = [...found.values()][0]!;
  return [...found.values(), { ...one, status: 405, code: "method_not_allowed" }, { ...one, status: 409, code: "new_one" }];
}

test("each problem of the API description has a text", async ({ page, server, problems }) => {
  await page.goto("/login");
  const described = await describedProblems(server.url);
  expect(described.length).toBeGreaterThan(18);
  for (const problem of described) {
    problems.allow(`${problem.status} /api/auth/login`);
    const body = JSON.stringify(problem);
    const answer = { status: problem.status, contentType: "application/problem+json", body };
    await page.route("**/api/auth/login", (route) => route.fulfill(answer), { times: 1 });
    const answered = page.waitForResponse("**/api/auth/login");
    await submitLogin(page, JOHN);
    await (await answered).finished();
    const alert = page.getByRole("alert").filter({ visible: true });
    await expect(alert, problem.code).toHaveText(/\w{3}/);
    await expect(alert, problem.code).not.toHaveText(/did not come from this site|The request was refused|`/);
    await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  }
});
