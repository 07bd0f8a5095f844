# Recipes that call Cargo source scripts/env.sh, which puts the tools that scripts/setup has installed into PATH.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
ENV := . scripts/env.sh;
CARGO := $(ENV) cargo

# Recipes share the target folder and the log of the setup, so they cannot run in parallel.
.NOTPARALLEL:

.PHONY: help run dev build dist test check e2e bench bundle setup setup-tests fmt clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

# Without optimization, which shares its crates with `make dev`. The old program and site are deleted first, because
# cargo-leptos reports success even if the compilation failed. The program is copied, because another checkout may
# replace it in the shared folder.
run: setup ## Install what is missing, build without optimization, and serve http://127.0.0.1:3000 in demo mode
	@$(ENV) renew_source_times debug; rm -rf "$$CARGO_TARGET_DIR/debug/latchkey" target/site; cargo leptos build; \
	  ls target/site/pkg/*.wasm >/dev/null; mkdir -p target/run; \
	  cp --remove-destination "$$CARGO_TARGET_DIR/debug/latchkey" target/run/
	@LATCHKEY_DEMO=$${LATCHKEY_DEMO:-on} exec target/run/latchkey

dev: setup ## The same while you edit: rebuilds and reloads the page (cargo leptos watch)
	@$(ENV) renew_source_times debug; LATCHKEY_DEMO=$${LATCHKEY_DEMO:-on} exec cargo leptos watch

build: setup bundle ## Build the release: the optimized server with the site embedded

dist: build ## Build target/dist/latchkey, one file that needs nothing beside it
	@mkdir -p target/dist
	@cp --remove-destination target/release/latchkey target/dist/
	@ls -lh target/dist/latchkey

test: setup-tests ## Run every check there is; ONLY=area for some of them: see scripts/test
	@scripts/test $(ONLY)

check: setup-tests ## Run the quick ones: format, lints, links, unit tests, crates (all of them: ONLY is for make test)
	@scripts/test check

e2e: setup-tests ## Build, then run the end-to-end tests alone
	@scripts/test e2e

bench: setup ## Measure the release server against its goals (BENCH=--short for one quick round)
	@$(ENV) renew_source_times release; cargo bench --locked --features ssr --bench load -- $(BENCH)

fmt: setup ## Format the code
	@$(CARGO) fmt --all

clean: ## Delete what was built here (the shared cache of compiled crates stays: see scripts/env.sh)
	rm -rf target end2end/node_modules end2end/test-results end2end/playwright-report

setup:
	@scripts/setup

setup-tests:
	@scripts/setup --tests

bundle:
	@scripts/bundle
