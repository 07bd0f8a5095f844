// A Latchkey server for one test: the release binary on a free port, with a new data directory.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const BINARY = path.resolve(process.env.E2E_BINARY ?? path.join(ROOT, "target/release/latchkey"));
const READY_WITHIN = 20_000;
const STOPPED_WITHIN = 15_000; // the server itself gives its connections ten seconds

/**
 * A folder with the data of a demo server: the keys, the database, the account whose password must be hashed. Making them
 * takes four times as long as a start does without, so each worker makes them once, and each test gets a copy.
 */
let demoData: Promise<string> | undefined;

async function makeDemoData(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "latchkey-e2e-demo-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await (await Server.startIn(folder)).stop();
  return folder;
}

export class Server {
  /** Everything the server has written, over all its starts. */
  log = "";
  /** Its own address, with the port that its first start was given by the system. */
  url = "";
  private process: ChildProcess | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly settings: Record<string, string>,
    private readonly binary: string,
  ) {}

  /**
   * Starts a server on a copy of {@link demoData} and waits until it answers. `settings` are environment variables of the
   * server.
   */
  static async start(settings: Record<string, string>): Promise<Server> {
    demoData ??= makeDemoData();
    const data = await demoData;
    const dataDir = await mkdtemp(path.join(tmpdir(), "latchkey-e2e-"));
    await cp(data, dataDir, { recursive: true });
    return Server.startIn(dataDir, settings);
  }

  /** Starts a server in a folder that may be empty. */
  static async startIn(dataDir: string, settings: Record<string, string> = {}, binary = BINARY): Promise<Server> {
    if (!existsSync(binary)) {
      throw new Error(`There is no server to test at ${binary}. Run "make build" first, or name one with E2E_BINARY.`);
    }
    const server = new Server(dataDir, settings, binary);
    try {
      await server.resume();
    } catch (error) {
      // The first error has the cause; the exit of the process is its consequence.
      await server.close().catch(() => undefined);
      throw error;
    }
    return server;
  }

  /**
   * Starts the process, after {@link kill} on the same address and the same data. It is ready once it says so itself: an
   * answer at its address could come from another program that got the port first.
   */
  async resume(): Promise<void> {
    const child = spawn(this.binary, [], { cwd: path.dirname(this.dataDir), env: this.environment(), stdio: ["ignore", "pipe", "pipe"] });
    this.process = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    // Not part of the log: it shows the demo's password on purpose.
    let greeting = "";
    const url = new Promise<string>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        greeting += text;
        const [, url] = / is ready: open (\S+) /.exec(greeting) ?? [];
        if (url) resolve(url);
      });
    });
    const ended = once(child, "close").then(() => Promise.reject(new Error(`The server ended while it was starting. Its log:\n${this.log}`)));
    this.url = await within(READY_WITHIN, `The server was not ready within ${READY_WITHIN / 1000} s.`, Promise.race([url, ended]));
  }

  /** Runs a command of the program beside the server, with the same settings; returns its output. */
  async command(...command: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.binary, command, { cwd: ROOT, env: this.environment() });
    return stdout;
  }

  /** Ends the process at once, as a power failure would. */
  async kill(): Promise<void> {
    await this.stopWith("SIGKILL");
  }

  /** Ends the process in an orderly way. */
  async stop(): Promise<void> {
    await this.stopWith("SIGTERM");
  }

  /** Ends the process in an orderly way, and deletes its data. */
  async close(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  private async stopWith(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child) return;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The server ended by itself, with ${child.exitCode ?? child.signalCode}. Its log:\n${this.log}`);
    }
    const closed = once(child, "close"); // after the last line of its log
    child.kill(signal);
    await within(STOPPED_WITHIN, `The server did not stop within ${STOPPED_WITHIN / 1000} s of ${signal}.`, closed).catch((error) => {
      child.kill("SIGKILL");
      throw error;
    });
    if (signal === "SIGTERM" && child.exitCode !== 0) {
      throw new Error(`The server ended with ${child.exitCode ?? child.signalCode} after ${signal}. Its log:\n${this.log}`);
    }
  }

  // Settings of the shell that runs the tests must not change what is tested.
  private environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(LATCHKEY|LEPTOS)_/.test(name));
    return {
      ...Object.fromEntries(inherited),
      LATCHKEY_ADDR: this.url ? new URL(this.url).host : "127.0.0.1:0",
      LATCHKEY_DATA_DIR: this.dataDir,
      LATCHKEY_DEMO: "on",
      LATCHKEY_LOG: "warn",
      ...this.settings,
    };
  }
}

/** Waits for a promise, but not for longer than this. */
async function within<T>(ms: number, complaint: string, promise: Promise<T>): Promise<T> {
  const timeout = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(ms, undefined, { signal: timeout.signal }).then(() => Promise.reject(new Error(complaint))),
    ]);
  } finally {
    timeout.abort();
  }
}
