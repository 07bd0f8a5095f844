# The versions of the tools that scripts/setup installs. Others are in lock files:
# - wasm-bindgen-cli must equal the wasm-bindgen in Cargo.lock.
# - The npm packages of the end-to-end tests are in end2end/package-lock.json, binaryen (wasm-opt) in
#   scripts/npm/package-lock.json.
# - schemathesis, which needs Python 3.11 or newer, is in scripts/schemathesis-requirements.txt.
RUST_MIN=1.96          # cargo-leptos below needs it
NODE_MIN=20
CARGO_LEPTOS=0.3.11
CARGO_DENY=0.20.2
