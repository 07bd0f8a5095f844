// Checks before the tests that the server is built from the current sources.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function checkBuild(): void {
  if (process.env.E2E_BINARY) return; // chosen on purpose
  const bundle = fileURLToPath(new URL("../../scripts/bundle", import.meta.url));
  const { status, stderr, error } = spawnSync(bundle, ["--check"], { encoding: "utf8" });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim());
}
