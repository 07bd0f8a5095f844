# Every recipe first sources scripts/env.sh, which finds the tools that scripts/setup has installed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
ENV := . scripts/env.sh;
CARGO := $(ENV) cargo
SSR := --features ssr
HYDRATE := --lib --features hydrate --target wasm32-unknown-unknown

# Recipes share the compiled crates and the log of the setup; -j would only make them trip over each other.
.NOTPARALLEL:

.PHONY: help run dev build dist test check server-tests e2e bench bundle setup setup-tests fmt clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: build ## Install what is missing, build, and serve http://127.0.0.1:3000 in demo mode
	@LATCHKEY_DEMO=$${LATCHKEY_DEMO:-on} exec target/release/latchkey

dev: setup ## The same while you edit: rebuilds and reloads the page (cargo leptos watch)
	@$(ENV) LATCHKEY_DEMO=$${LATCHKEY_DEMO:-on} exec cargo leptos watch

build: setup bundle ## Build the release server and the WebAssembly client

dist: build ## Build target/dist/latchkey, one file that needs nothing beside it
	@mkdir -p target/dist
	@cp --remove-destination target/release/latchkey target/dist/
	@ls -lh target/dist/latchkey

test: setup-tests check server-tests bundle schemathesis e2e-run ## Run every check there is

e2e: setup-tests bundle e2e-run ## Build, then run the end-to-end tests alone

bench: setup ## Measure the release server against its goals (BENCH=--short for one quick round)
	@$(CARGO) bench --locked $(SSR) --bench load -- $(BENCH)

fmt: setup ## Format the code
	@$(CARGO) fmt

clean: ## Delete what was built here (the shared cache of compiled crates stays: see scripts/env.sh)
	rm -rf target end2end/node_modules end2end/test-results end2end/playwright-report

setup:
	@scripts/setup

setup-tests:
	@scripts/setup --tests

check:
	@echo "check: formatting"
	@$(CARGO) fmt --check
	@echo "check: clippy, server"
	@$(CARGO) clippy --locked --all-targets $(SSR) -- -D warnings
	@echo "check: clippy, browser"
	@$(CARGO) clippy --locked $(HYDRATE) -- -D warnings
	@echo "check: the crates that we build on"
	@$(ENV) scripts/deny
	@echo "check: types of the end-to-end tests"
	@cd end2end && npm run --silent check

server-tests:
	@$(CARGO) test --locked $(SSR)

# The site is built first and goes into the binary. That is copied out of the shared target folder, so that a build of
# another checkout cannot replace it while it runs.
bundle:
	@echo "build: WebAssembly client and server, release"
	@$(CARGO) leptos build --release --precompress --split --lib-features split --bin-features embed
	@$(ENV) mkdir -p target/release
	@$(ENV) if ! [ "$$CARGO_TARGET_DIR/release/latchkey" -ef target/release/latchkey ]; then \
	  cp --remove-destination "$$CARGO_TARGET_DIR/release/latchkey" target/release/; fi

.PHONY: schemathesis
schemathesis:
	@echo "schemathesis: the API against its own description"
	@scripts/schemathesis

.PHONY: e2e-run
e2e-run:
	@cd end2end && npm test
