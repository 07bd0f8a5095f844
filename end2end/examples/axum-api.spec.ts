// examples/axum-api: an API without Leptos, over HTTP.

import { expect, test as base } from "@playwright/test";
import { Example } from "../support/example.ts";

const PASSWORD = "correct horse battery staple";

const test = base.extend<{ api: Example }>({
  api: async ({}, use) => {
    const folder = await Example.folder();
    await Example.run("axum-api", ["add", "ada", "editor"], PASSWORD, folder);
    await Example.run("axum-api", ["add", "bob", ""], PASSWORD, folder);
    const api = await Example.start("axum-api", folder);
    await use(api);
    await api.close();
  },
});

test("sign-in under the prefix, routes by user, role and claim", async ({ api, request }) => {
  const logIn = async (username: string) => {
    const answer = await request.post(`${api.url}/auth/api/auth/login`, { data: { username, password: PASSWORD } });
    expect(answer.status()).toBe(200);
    return (await answer.json()) as { token: string; refreshToken: string };
  };
  const get = (path: string, token?: string) =>
    request.get(`${api.url}${path}`, token ? { headers: { authorization: `Bearer ${token}` } } : {});

  expect((await get("/articles")).status()).toBe(401);
  const [ada, bob] = [await logIn("ada"), await logIn("bob")];
  expect(await (await get("/articles", bob.token)).json()).toEqual(["Welcome, bob"]);
  expect((await get("/drafts", ada.token)).status()).toBe(200);
  const refused = await get("/drafts", bob.token);
  expect([refused.status(), (await refused.json()).code]).toEqual([403, "insufficient_scope"]);

  expect(await (await get("/initial", ada.token)).json()).toBe("a");
  const [, claims] = ada.token.split(".");
  expect(JSON.parse(Buffer.from(claims ?? "", "base64url").toString())).toMatchObject({ initial: "a" });

  const refreshed = await request.post(`${api.url}/auth/api/token/refresh`, { data: { refreshToken: bob.refreshToken } });
  expect(refreshed.status()).toBe(200);
});

test("registration is left out, and metadata name the prefix", async ({ api, request }) => {
  const register = await request.post(`${api.url}/auth/api/auth/register`, { data: { username: "eve", password: PASSWORD } });
  expect(register.status()).toBe(404);
  const metadata = await (await request.get(`${api.url}/.well-known/oauth-authorization-server/auth`)).json();
  expect(metadata.issuer).toBe(`${api.url}/auth`);
  expect(metadata.token_endpoint).toBe(`${api.url}/auth/oauth/token`);
});
