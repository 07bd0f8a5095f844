// A Latchkey server of the test's own: the release binary on a free port, with an empty data directory.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const BINARY = path.resolve(process.env.E2E_BINARY ?? path.join(ROOT, "target/release/latchkey"));
const READY_WITHIN = 20_000;
const STOPPED_WITHIN = 10_000;

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
  private process: ChildProcess | undefined;

  private constructor(
    readonly url: string,
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
    const server = new Server(`http://127.0.0.1:${await freePort()}`, dataDir, settings, binary);
    try {
      await server.resume();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Starts the process again on the same address and the same data, after {@link kill}. */
  async resume(): Promise<void> {
    const child = spawn(this.binary, [], { cwd: path.dirname(this.dataDir), env: this.environment(), stdio: ["ignore", "ignore", "pipe"] });
    this.process = child;
    // What goes to standard output is the greeting, which shows the demo's password on purpose.
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    const deadline = Date.now() + READY_WITHIN;
    while (!(await this.isReady())) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended || Date.now() > deadline) {
        const what = ended ? "ended while it was starting" : `was not ready within ${READY_WITHIN / 1000} s`;
        throw new Error(`The server ${what}. Its log:\n${this.log}`);
      }
      await delay(10);
    }
  }

  /** Runs a command of the program beside the server, with the same settings; answers what it said. */
  async command(...command: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.binary, command, { cwd: ROOT, env: this.environment() });
    return stdout;
  }

  /** Ends the process at once, as a power failure would. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ends the process in an orderly way. */
  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }

  /** The same, and deletes its data. */
  async close(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  private async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const patience = new AbortController();
    const tooLate = delay(STOPPED_WITHIN, "too late", { signal: patience.signal }).catch(() => "in time");
    if ((await Promise.race([ended, tooLate])) === "too late") {
      child.kill("SIGKILL");
      throw new Error(`The server did not stop within ${STOPPED_WITHIN / 1000} s of ${signal}. Its log:\n${this.log}`);
    }
    patience.abort();
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false; // nobody listens yet
    }
  }

  // Settings of the shell that runs the tests must not change what is tested.
  private environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(LATCHKEY|LEPTOS)_/.test(name));
    return {
      ...Object.fromEntries(inherited),
      LATCHKEY_ADDR: new URL(this.url).host,
      LATCHKEY_DATA_DIR: this.dataDir,
      LATCHKEY_DEMO: "on",
      LATCHKEY_LOG: "warn",
      ...this.settings,
    };
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
