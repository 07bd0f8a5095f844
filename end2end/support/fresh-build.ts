// Before the tests: is the server that they start built from the sources beside them?

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function checkBuild(): void {
  if (process.env.E2E_BINARY) return; // chosen on purpose
  const bundle = fileURLToPath(new URL("../../scripts/bundle", import.meta.url));
  const { status, stderr, error } = spawnSync(bundle, ["--check"], { encoding: "utf8" });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim());
}
