# Paths of the build tools. Sourced by the other scripts and by the recipes of the Makefile.
# Each version of a tool has its own folder, so it does not replace another version or the user's own installation.
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
lld_home=$tools/lld

for bin in "$binaryen_home/node_modules/.bin" "$cargo_deny_home/bin" "$wasm_bindgen_home/bin" "$cargo_leptos_home/bin" "$rust_home/bin"; do
  if [ -d "$bin" ]; then PATH=$bin:$PATH; fi
done
export PATH

# Where lld is installed, scripts/setup has made a link to it under the name ld, and the C compiler looks there first for its
# linker: lld takes a fifth of the time of GNU ld. A linker that the toolchain or the user chooses is used as before. With
# RUSTFLAGS instead, Cargo would compile every crate again, and the user's own flags would be in the way.
if [ -x "$lld_home/ld" ]; then export COMPILER_PATH=$lld_home${COMPILER_PATH:+:$COMPILER_PATH}; fi

# All checkouts share the target folder, so a second clone compiles only Latchkey itself.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

# Cargo compares modification times to decide whether to compile. In the shared target folder, these sources may be older
# than a build of another checkout, so Cargo would use that. This sets their times to now if another checkout has made the
# last build of this kind. Call it directly before Cargo, with the lock of that kind of build (scripts/test, scripts/bundle).
renew_source_times() { # debug|release
  local last=$CARGO_TARGET_DIR/$1/checkout
  if [ "$(cat "$last" 2>/dev/null)" = "$root" ]; then return; fi
  mkdir -p "$CARGO_TARGET_DIR/$1"
  (cd "$root" && find crates src tests benches migrations fuzz/fuzz_targets build.rs -type f -exec touch {} +)
  printf '%s\n' "$root" >"$last"
}
