// A program of examples/, which scripts/examples has built, on a free port and in a new folder.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function program(name: string): string {
  const target = process.env.CARGO_TARGET_DIR;
  if (!target) throw new Error("CARGO_TARGET_DIR is not set. Run the examples by: make test ONLY=examples");
  return path.join(target, "debug", name);
}

function options(name: string, folder: string): { cwd: string; env: NodeJS.ProcessEnv } {
  const env = {
    PATH: process.env.PATH,
    ADDR: "127.0.0.1:0",
    LEPTOS_OUTPUT_NAME: name,
    LEPTOS_SITE_ROOT: path.join(ROOT, "examples", name, "target/site"),
    LEPTOS_SITE_ADDR: "127.0.0.1:0",
  };
  return { cwd: folder, env };
}

export class Example {
  private constructor(
    /** Its own address. */
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** A new folder for the data of an example. */
  static folder(): Promise<string> {
    return mkdtemp(path.join(tmpdir(), "latchkey-example-"));
  }

  /** Runs examples/NAME with this on its standard input, until it ends. */
  static async run(name: string, args: string[], input: string, folder: string): Promise<void> {
    const child = spawn(program(name), args, { ...options(name, folder), stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(input);
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${name} ${args.join(" ")} ended with ${code}`);
  }

  /** Starts examples/NAME, with `more` in its environment, and waits until it says where it listens. */
  static async start(name: string, folder: string, more: Record<string, string> = {}): Promise<Example> {
    const { cwd, env } = options(name, folder);
    const child = spawn(program(name), { cwd, env: { ...env, ...more }, stdio: ["ignore", "pipe", "inherit"] });
    let greeting = "";
    const url = new Promise<string>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        greeting += text;
        const [, found] = /listening on (http:\S+)/.exec(greeting) ?? [];
        if (found) resolve(found);
      });
    });
    const ended = once(child, "close").then(([code]) => Promise.reject(new Error(`${name} ended with ${code}: ${greeting}`)));
    // After the start, its end is expected.
    ended.catch(() => undefined);
    return new Example(await Promise.race([url, ended]), folder, child);
  }

  /** Stops it, and deletes its data. */
  async close(): Promise<void> {
    const closed = once(this.process, "close");
    this.process.kill("SIGTERM");
    await closed;
    await rm(this.folder, { recursive: true, force: true });
  }
}
