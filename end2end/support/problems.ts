// Errors that the browser reports during a test. An unexpected one fails the test, and so does an expected one that is
// missing, because then the test did not reach its state.

import type { BrowserContext, ConsoleMessage } from "@playwright/test";

export class Problems {
  private readonly seen: string[] = [];
  private readonly announced = new Set<string>();
  private readonly tolerated = new Set<string>();

  constructor(private readonly origin: string) {}

  /**
   * Announces failures that belong to the test, written as the answer and the path: `401 /api/auth/login`, or
   * `net::ERR_CONNECTION_REFUSED /api/customers`. The browser writes such a line of its own for every failed request.
   */
  allow(...problems: string[]): void {
    for (const problem of problems) this.announced.add(problem);
  }

  /** The same for failures that depend on a race and may not occur. */
  tolerate(...problems: string[]): void {
    for (const problem of problems) this.tolerated.add(problem);
  }

  /** Takes out the problems that a test has provoked on purpose and wants to look at itself. */
  take(pattern: RegExp): string[] {
    const taken = this.seen.filter((problem) => pattern.test(problem));
    this.seen.splice(0, this.seen.length, ...this.seen.filter((problem) => !pattern.test(problem)));
    return taken;
  }

  /** What has been seen and was not announced. */
  unexpected(): string[] {
    return this.seen.filter((problem) => !this.announced.has(problem) && !this.tolerated.has(problem));
  }

  /** What was announced and has not been seen. */
  missing(): string[] {
    return [...this.announced].filter((problem) => !this.seen.includes(problem));
  }

  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      // A violated Content-Security-Policy is reported here too, as an error.
      if (message.type() === "error" || message.type() === "warning") this.seen.push(describe(message));
    });
    context.on("weberror", (error) => this.seen.push(`page error: ${error.error().stack ?? error.error().message}`));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "failed";
      // The page was left or aborted the request itself, which is not an error.
      if (reason !== "net::ERR_ABORTED") this.seen.push(`${reason} ${pathOf(request.url())}`);
    });
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      const elsewhere = /^https?:$/.test(protocol) && origin !== this.origin;
      if (elsewhere) this.seen.push(`request to another site: ${request.url()}`);
    });
  }
}

function describe(message: ConsoleMessage): string {
  const text = message.text();
  const failure = /^Failed to load resource: (?:the server responded with a status of (\d+)|(net::\S+))/.exec(text);
  const { url } = message.location();
  if (failure) return `${failure[1] ?? failure[2]} ${pathOf(url)}`;
  return `console ${message.type()}: ${text}${url ? ` (${url})` : ""}`;
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}
