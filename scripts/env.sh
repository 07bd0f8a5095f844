# Where the build tools live, sourced by scripts/setup and by every recipe of the Makefile.
# Each tool has a folder of its own, named by its version, so a new version never overwrites an old one,
# and none of them touches what the user has installed.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/versions.sh"
WASM_BINDGEN=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' "$root/Cargo.lock")
BINARYEN=$(awk -F'"' '$2 == "binaryen" { print $4; exit }' "$root/scripts/npm/package.json")
SCHEMATHESIS=$(sed -n 's/^schemathesis==\([0-9.]*\).*/\1/p' "$root/scripts/schemathesis-requirements.txt")

cache=${XDG_CACHE_HOME:-$HOME/.cache}/latchkey
tools=$cache/tools
rust_home=$tools/rust-$RUST_MIN
cargo_leptos_home=$tools/cargo-leptos-$CARGO_LEPTOS
wasm_bindgen_home=$tools/wasm-bindgen-$WASM_BINDGEN
cargo_deny_home=$tools/cargo-deny-$CARGO_DENY
binaryen_home=$tools/binaryen-$BINARYEN
schemathesis_home=$tools/schemathesis-$SCHEMATHESIS

for bin in "$binaryen_home/node_modules/.bin" "$cargo_deny_home/bin" "$wasm_bindgen_home/bin" "$cargo_leptos_home/bin" "$rust_home/bin"; do
  if [ -d "$bin" ]; then PATH=$bin:$PATH; fi
done
export PATH

# Compiled crates outlive a checkout: a second clone compiles only Latchkey itself.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

# Two checkouts share the target folder, and Cargo decides by the times of the files whether to compile. After a build of
# another checkout, these sources would look older than what was built, though it was built from others. So they are given
# the present time when the last build of the same kind was another checkout's. Call it directly before Cargo compiles,
# where no other checkout can build in between: each kind of build has a lock (scripts/test, scripts/bundle).
renew_source_times() { # debug|release
  local last=$CARGO_TARGET_DIR/$1/checkout
  if [ "$(cat "$last" 2>/dev/null)" = "$root" ]; then return; fi
  mkdir -p "$CARGO_TARGET_DIR/$1"
  (cd "$root" && find crates src tests benches migrations fuzz/fuzz_targets build.rs -type f -exec touch {} +)
  printf '%s\n' "$root" >"$last"
}
