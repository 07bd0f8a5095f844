# The versions of everything that scripts/setup installs, and nothing else.
# wasm-bindgen-cli is not here: it must equal the wasm-bindgen of Cargo.lock, so it is read from there.
# The npm packages of the end-to-end tests are pinned by end2end/package-lock.json, binaryen (wasm-opt, for release builds)
# by scripts/npm/package-lock.json, and schemathesis (for the tests; needs Python 3.11 or newer) by
# scripts/schemathesis-requirements.txt: their versions are read from there, too.
RUST_MIN=1.96          # cargo-leptos below is the one that asks for it
NODE_MIN=20
CARGO_LEPTOS=0.3.11
CARGO_DENY=0.20.2      # licences, sources and duplicates of the crates; advisories where they can be fetched
