// Third-party OAuth client libraries: they find the endpoints by the metadata document, and follow the standards.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import type { Api, Tokens } from "../support/api.ts";
import { expect, JANE, JOHN, test } from "../support/fixtures.ts";
import type { Server } from "../support/server.ts";
import { claims, expired } from "../support/session.ts";

const GATEWAY = { id: "gateway", secret: "a+secret%of=twenty&8" };

/** The tests run on loopback, without TLS. */
const INSECURE = { [oauth.allowInsecureRequests]: true };

const CLIENT: oauth.Client = { client_id: "latchkey" };
const PUBLIC = oauth.None();

test.use({ introspectionClient: `${GATEWAY.id}:${GATEWAY.secret}` });

async function logIn(api: Api): Promise<Tokens> {
  return (await api.login(JOHN.username, JOHN.password)).body as Tokens;
}

/** The server's metadata, discovered by oauth4webapi from the issuer. */
async function discover(server: Server): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.url);
  const response = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...INSECURE });
  return await oauth.processDiscoveryResponse(issuer, response);
}

async function refreshed(as: oauth.AuthorizationServer, refreshToken: string): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(as, CLIENT, PUBLIC, refreshToken, INSECURE);
  return await oauth.processRefreshTokenResponse(as, CLIENT, response);
}

async function introspected(
  as: oauth.AuthorizationServer,
  token: string,
  auth = oauth.ClientSecretBasic(GATEWAY.secret),
): Promise<oauth.IntrospectionResponse> {
  const client = { client_id: GATEWAY.id };
  const response = await oauth.introspectionRequest(as, client, auth, token, INSECURE);
  return await oauth.processIntrospectionResponse(as, client, response);
}

test.describe("oauth4webapi", () => {
  test("discovers the server and refreshes twice", async ({ server, api }) => {
    const { refreshToken } = await logIn(api);
    const as = await discover(server);
    const first = await refreshed(as, refreshToken);
    expect(first.token_type).toBe("bearer"); // as it spells it
    expect(first.expires_in).toBe(3600);
    expect((await api.customers(first.access_token)).status).toBe(200);
    const second = await refreshed(as, first.refresh_token!);
    expect(claims(second.access_token).gen).toBe(2);
  });

  test("reads the error of a replayed token", async ({ server, api }) => {
    const { refreshToken } = await logIn(api);
    const as = await discover(server);
    const first = await refreshed(as, refreshToken);
    await refreshed(as, first.refresh_token!);
    const refused = await refreshed(as, refreshToken).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(oauth.ResponseBodyError);
    expect(refused).toMatchObject({ status: 400, error: "invalid_grant", error_description: /^replayed: / });
    expect((await api.customers(first.access_token)).status).toBe(401);
  });

  test("revokes either token and reads it as inactive", async ({ server, api }) => {
    const as = await discover(server);
    for (const kind of ["token", "refreshToken"] as const) {
      const tokens = await logIn(api);
      expect((await introspected(as, tokens.token)).active).toBe(true);
      const response = await oauth.revocationRequest(as, CLIENT, PUBLIC, tokens[kind], INSECURE);
      await oauth.processRevocationResponse(response);
      expect(await introspected(as, tokens.token)).toEqual({ active: false });
      expect(await introspected(as, tokens.refreshToken)).toEqual({ active: false });
      expect((await api.refresh(tokens.refreshToken)).status).toBe(400);
    }
  });

  test("introspects with both client authentications and no other", async ({ server, api }) => {
    const { token } = await logIn(api);
    const as = await discover(server);
    const { sid, exp } = claims(token);
    for (const auth of [oauth.ClientSecretBasic(GATEWAY.secret), oauth.ClientSecretPost(GATEWAY.secret)]) {
      expect(await introspected(as, token, auth)).toMatchObject({
        active: true,
        username: JOHN.username,
        token_type: "Bearer",
        client_id: "latchkey",
        iss: server.url,
        sid,
        exp,
      });
    }
    for (const auth of [PUBLIC, oauth.ClientSecretBasic("a wrong secret"), oauth.ClientSecretPost("a wrong secret")]) {
      const refused = await introspected(as, token, auth).catch((error: unknown) => error);
      // It reads the challenge where there is one.
      expect(refused).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
      expect(refused).toMatchObject({ status: 401, cause: [{ scheme: "basic", parameters: { realm: "latchkey" } }] });
    }
  });

  test("validates RFC 9068 access tokens and reads the challenge of an ended session", async ({
    server,
    api,
  }) => {
    const { token, refreshToken } = await logIn(api);
    const as = await discover(server);
    const request = (token: string) =>
      new Request(`${server.url}/anything`, { headers: { Authorization: `Bearer ${token}` } });
    const validated = await oauth.validateJwtAccessToken(as, request(token), server.url, INSECURE);
    expect(validated).toMatchObject({ client_id: "latchkey", username: JOHN.username, sid: claims(token).sid });

    const [header, payload] = token.split(".");
    const forged = `${header}.${payload}.${"A".repeat(86)}`;
    await expect(oauth.validateJwtAccessToken(as, request(forged), server.url, INSECURE)).rejects.toThrow();
    const elsewhere = oauth.validateJwtAccessToken(as, request(token), "https://other.example", INSECURE);
    await expect(elsewhere).rejects.toThrow(/"aud"/);

    await api.revoke(refreshToken);
    const get = oauth.protectedResourceRequest(token, "GET", new URL("/api/me", server.url), undefined, undefined, INSECURE);
    await expect(get).rejects.toMatchObject({
      cause: [{ scheme: "bearer", parameters: { error: "invalid_token", error_description: "the session has ended" } }],
    });
  });
});

test.describe("openid-client", () => {
  const options: openid.DiscoveryRequestOptions = { algorithm: "oauth2", execute: [openid.allowInsecureRequests] };
  const at = (server: Server) => new URL(server.url);

  test("discovers the server, refreshes and revokes", async ({ server, api }) => {
    const { refreshToken } = await logIn(api);
    const config = await openid.discovery(at(server), "latchkey", undefined, openid.None(), options);
    expect(config.serverMetadata().issuer).toBe(server.url);
    const tokens = await openid.refreshTokenGrant(config, refreshToken);
    expect(tokens.expiresIn()).toBeGreaterThan(3500);
    expect((await api.customers(tokens.access_token)).status).toBe(200);

    await openid.tokenRevocation(config, tokens.refresh_token!);
    const refused = openid.refreshTokenGrant(config, tokens.refresh_token!);
    await expect(refused).rejects.toMatchObject({ error: "invalid_grant", error_description: /^logged_out: / });
    expect((await api.customers(tokens.access_token)).status).toBe(401);
  });

  test("introspects with its client secret", async ({ server, api }) => {
    const { token, refreshToken } = await logIn(api);
    const asGateway = (secret: string) =>
      openid.discovery(at(server), GATEWAY.id, secret, openid.ClientSecretBasic(secret), options);
    const config = await asGateway(GATEWAY.secret);
    expect(await openid.tokenIntrospection(config, token)).toMatchObject({ active: true, username: JOHN.username });
    expect(await openid.tokenIntrospection(config, refreshToken)).toMatchObject({ token_type: "refresh_token" });
    expect(await openid.tokenIntrospection(config, "garbage")).toEqual({ active: false });
    await expect(openid.tokenIntrospection(await asGateway("a wrong secret"), token)).rejects.toMatchObject({
      status: 401,
    });
  });
});

test.describe("jose", () => {
  test("verifies tokens from before and after a key rotation with one key set", async ({ server, api }) => {
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", server.url), { cooldownDuration: 0 });
    const verified = (token: string) =>
      jwtVerify(token, keys, { issuer: server.url, audience: server.url, typ: "at+jwt", algorithms: ["ES256"] });
    const before = await logIn(api);
    const oldKey = (await verified(before.token)).protectedHeader.kid;

    await server.command("key", "rotate", "--now");
    let after = before;
    const newKey = async () => {
      after = (await api.refresh(after.refreshToken)).body as Tokens;
      return (await verified(after.token)).protectedHeader.kid;
    };
    await expect.poll(newKey, "the server takes the new key up").not.toBe(oldKey);
    expect((await verified(before.token)).protectedHeader.kid).toBe(oldKey);
    expect((await verified(after.token)).payload["sid"]).toBe(claims(before.token).sid);
    expect((await api.customers(after.token)).status).toBe(200);
  });

  test.describe("with a token expired after three seconds", () => {
    test.use({ accessTokenTtl: "3s" });

    test("refuses it", async ({ server, api }) => {
      const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", server.url));
      const { token } = await logIn(api);
      await expired(token);
      await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
    });
  });
});

test.describe("the example of a resource server in docs/standards.md", () => {
  test.use({ defaultRoles: "Reader" });

  test("accepts valid tokens before and after a key rotation and no others", async ({ server, api }, testInfo) => {
    const page = await readFile(new URL("../../docs/standards.md", import.meta.url), "utf8");
    const example = /```js\n([^]*?)```/.exec(page)?.[1] ?? "";
    expect(example).toContain("createServer");
    const file = testInfo.outputPath("service.mjs");
    await writeFile(file, example);

    const port = await freePort();
    const service = spawn(process.execPath, [file], {
      env: { ...process.env, ISSUER: server.url, PORT: String(port) },
      stdio: "inherit",
    });
    try {
      const ask = async (token?: string) => {
        const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
        const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
        return [response.status, response.headers.get("WWW-Authenticate"), await response.json()];
      };
      await expect.poll(() => ask().catch(() => "not listening yet")).toEqual([401, "Bearer", {}]);

      let { token, refreshToken } = await logIn(api);
      const welcome = [200, null, { user: JOHN.username }];
      expect(await ask(token)).toEqual(welcome);
      const refused = [401, 'Bearer error="invalid_token"', { error: "invalid_token" }];
      const [header, payload] = token.split(".");
      for (const bad of ["garbage", refreshToken, `${header}.${payload}.${"A".repeat(86)}`]) {
        expect(await ask(bad)).toEqual(refused);
      }

      await server.command("key", "rotate", "--now");
      const key = (token: string) => Buffer.from(token.split(".")[0]!, "base64url").toString();
      const old = token;
      await expect
        .poll(async () => {
          ({ token, refreshToken } = (await api.refresh(refreshToken)).body as Tokens);
          return key(token);
        }, "the server takes the new key up")
        .not.toBe(key(old));
      await expect.poll(() => ask(token), "the service fetches the new key").toEqual(welcome);
      expect(await ask(old)).toEqual(welcome);

      await api.register(JANE.username, JANE.password);
      const jane = (await api.login(JANE.username, JANE.password)).body as Tokens;
      expect(await ask(jane.token)).toEqual([403, null, { error: "insufficient_scope" }]);
    } finally {
      service.kill();
    }
  });
});

/** A port that no program listens on. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
