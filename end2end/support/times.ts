// A reporter for failed tests and for the time of a run: the ten slowest tests, and how long all tests spent on
// starting servers, opening browser contexts, loading pages, and so on. The sum is the elapsed time multiplied by the
// number of workers.

import { appendFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { FullResult, Reporter, TestCase, TestResult, TestStep } from "@playwright/test/reporter";

const SLOWEST = 10;

/** The activity of a step, by its category and title; the first match counts. */
const CATEGORIES: [string, (step: TestStep) => boolean][] = [
  ["starting servers", ({ title }) => /^Fixture "server"/.test(title)],
  ["opening contexts and pages", ({ title }) => /^(Fixture "(context|page|browser)"|Create (context|page)|Launch)/i.test(title)],
  ["closing contexts", ({ title }) => /^Close/i.test(title)],
  ["signing in", ({ title }) => title === "sign in"],
  ["axe", ({ title }) => title === "axe"],
  ["loading pages", ({ title }) => /^(Navigate|Reload|Go back|Go forward)/i.test(title)],
  ["pictures", ({ title }) => /screenshot/i.test(title)],
  ["waiting for two seconds or more", ({ category, duration }) => category === "expect" && duration >= 2_000],
  ["waiting for what pages should show", ({ category }) => category === "expect"],
  ["acting on pages", ({ category }) => category === "pw:api"],
];

/** These include the time of their nested steps. */
const WITH_NESTED_STEPS = new Set(["starting servers", "signing in", "axe"]);

export default class Times implements Reporter {
  private readonly tests: { name: string; ms: number }[] = [];
  private readonly failed: string[] = [];
  private readonly spent = new Map<string, number>();

  onTestEnd(test: TestCase, result: TestResult): void {
    const [, , file, ...titles] = test.titlePath();
    const name = `${file} › ${titles.filter(Boolean).join(" › ")}`;
    this.tests.push({ name, ms: result.duration });
    if (!test.ok()) this.failed.push(`${name}: ${firstLine(result.error?.message)}`);
    const known = sum(result.steps.map((step) => this.count(step)));
    // Parallel steps count twice, so all may be more than the test took.
    this.add("everything else", Math.max(0, result.duration - known));
  }

  onEnd({ duration }: FullResult): void {
    const all = sum(this.tests.map(({ ms }) => ms));
    if (all === 0) return;
    console.log(`\nThe ${SLOWEST} slowest of ${this.tests.length} tests (${seconds(all)} in all, ${seconds(duration)} by the clock):`);
    const slowest = this.tests.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
    for (const { name, ms } of slowest) console.log(`${seconds(ms).padStart(10)}  ${name}`);
    // scripts/test lists them once more, among those of the other areas.
    const list = process.env.E2E_SLOWEST;
    if (list) appendFileSync(list, slowest.map(({ name, ms }) => `${ms / 1000}\t${name}\n`).join(""));
    console.log("Where their time went:");
    for (const [kind, ms] of [...this.spent].toSorted(([, a], [, b]) => b - a)) {
      console.log(`${seconds(ms).padStart(10)}  ${((100 * ms) / all).toFixed(0).padStart(3)} %  ${kind}`);
    }
    // At the end, where they are seen even if a log is cut.
    for (const test of this.failed) console.log(`FAILED ${test}`);
  }

  printsToStdio(): boolean {
    return false; // the list reporter does, beside this one
  }

  /** Adds up a step and those inside it; returns how long it took. */
  private count(step: TestStep): number {
    const kind = CATEGORIES.find(([, fits]) => fits(step))?.[0];
    if (kind && WITH_NESTED_STEPS.has(kind)) this.add(kind, step.duration);
    else {
      const inside = sum(step.steps.map((inner) => this.count(inner)));
      this.add(kind ?? "everything else", Math.max(0, step.duration - inside));
    }
    return step.duration;
  }

  private add(kind: string, ms: number): void {
    this.spent.set(kind, (this.spent.get(kind) ?? 0) + ms);
  }
}

/** Without the colours of a terminal. */
const firstLine = (text = "") => stripVTControlCharacters(text).split("\n", 1)[0];
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
