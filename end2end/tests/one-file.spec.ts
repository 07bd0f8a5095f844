// The program is one file: copied into an empty folder, it serves the whole site and stores its data there.

import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "../support/fixtures.ts";
import { BINARY, Server } from "../support/server.ts";

/** GET without the headers and decompression of `fetch`: status, headers and the number of bytes. */
function raw(url: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; bytes: number }>((resolve, reject) => {
    const asking = request(url, { headers }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
      answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, bytes }));
      answer.on("error", reject);
    });
    asking.on("error", reject).end();
  });
}

const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

test("the single binary serves the site from an empty folder and restarts with its data", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "latchkey-one-"));
  const binary = path.join(folder, "latchkey");
  await copyFile(BINARY, binary);
  const data = path.join(folder, "data");
  const server = await Server.startIn(data, {}, binary);
  try {
    expect(await mode(data)).toBe("700");
    expect(await mode(path.join(data, "latchkey.db"))).toBe("600");
    expect(await mode(path.join(data, "keyring.json"))).toBe("600");

    const page = await (await fetch(server.url)).text();
    const files = [...page.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|wasm|svg))"/g)].map(([, file]) => file!);
    expect(files.map((file) => path.extname(file)).sort()).toEqual([".css", ".js", ".svg", ".wasm"]);
    for (const file of files) {
      const [plain, brotli, gzip] = await Promise.all(
        ["identity", "gzip, br", "gzip"].map((encoding) => raw(server.url + file, { "accept-encoding": encoding })),
      );
      for (const answer of [plain!, brotli!, gzip!]) {
        expect(answer.status).toBe(200);
        expect(answer.headers["vary"]).toBe("accept-encoding");
        expect(answer.headers["content-length"]).toBe(String(answer.bytes));
        expect(answer.headers["content-type"]).toBe(plain!.headers["content-type"]);
        const lasting = file.startsWith("/pkg/") ? "public, max-age=31536000, immutable" : "no-cache";
        expect(answer.headers["cache-control"]).toBe(lasting);
      }
      const encodings = [plain, brotli, gzip].map((answer) => answer!.headers["content-encoding"]);
      expect(encodings).toEqual([undefined, "br", "gzip"]);
      expect(brotli!.bytes).toBeLessThan(gzip!.bytes);
      expect(gzip!.bytes).toBeLessThan(plain!.bytes);

      const tag = brotli!.headers["etag"] as string;
      expect(new Set([plain, brotli, gzip].map((answer) => answer!.headers["etag"])).size).toBe(3);
      const again = await raw(server.url + file, { "accept-encoding": "br", "if-none-match": tag });
      expect([again.status, again.bytes, again.headers["etag"]]).toEqual([304, 0, tag]);
    }
    for (const outside of ["/pkg/../../Cargo.toml", "/pkg/..%2f..%2fdata/keyring.json", "/data/keyring.json", "/pkg"]) {
      expect((await raw(server.url + outside)).status, outside).toBe(404);
    }

    const account = { username: "ada", password: "correct horse battery staple" };
    const post = (endpoint: string) =>
      fetch(`${server.url}/api/auth/${endpoint}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(account),
      });
    expect((await post("register")).status).toBe(201);
    await server.kill();
    await server.resume();
    expect((await post("login")).status).toBe(200);
    expect((await readdir(folder)).sort(), "nothing but its data").toEqual(["data", path.basename(binary)].sort());
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
});

test("the binary shows version and help without settings", async () => {
  const { stdout } = await promisify(execFile)(BINARY, ["--help"], { env: {} });
  expect(stdout).toContain("latchkey serve");
});
