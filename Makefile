# Every task in one screen: `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN_STAMP := $(VENV)/.installed-runtime
NODE_STAMP := sdk/javascript/node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint types walls format calibrate oracles fuzz-api bench bench-javascript lighthouse screenshots glossary vendor clean

help: ## List the tasks
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Netlift needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(BIN)/python pyproject.toml constraints.txt sdk/python/pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e sdk/python -e .
	@touch $@

$(STAMP): $(BIN)/python pyproject.toml constraints.txt sdk/python/pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e sdk/python -e '.[dev]'
	@touch $@ $(RUN_STAMP)

$(NODE_STAMP): sdk/javascript/package-lock.json
	@if command -v npm >/dev/null; then npm --prefix sdk/javascript ci --ignore-scripts --no-audit --no-fund && touch $@; \
	else echo "No node: the tests of the JavaScript SDK are skipped."; fi

demo: $(RUN_STAMP) ## Install, seed the demo telecom and serve it
	$(BIN)/netlift demo

# Tests start some two hundred Python processes: where the environment forbids bytecode, each would compile all of ours anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(STAMP) $(NODE_STAMP) ## Install and run all checks and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(STAMP) ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Check types
	$(BIN)/mypy

walls: $(STAMP) ## Check that imports run one way
	$(BIN)/lint-imports

format: $(STAMP) ## Format the code
	$(BIN)/ruff check --fix -q . || true
	$(BIN)/ruff format .

calibrate: $(STAMP) ## Simulate error rates and coverage, write docs/calibration.md (slow)
	$(BIN)/python -m tests.calibration

oracles: $(STAMP) ## Compare with the numbers of other people's software
	$(BIN)/python -m tests.oracles

fuzz-api: $(STAMP) ## Ask the management API what nobody thought of, for long (slow)
	$(BIN)/python -m tests.contracts.management --phases coverage,fuzzing,stateful --max-examples 100 --suppress-health-check all

bench: $(STAMP) ## Time the aggregate query, the ingest and reports
	$(BIN)/python tests/benchmarks/moments.py
	$(BIN)/python tests/benchmarks/ingest/below_http.py
	$(BIN)/python tests/benchmarks/ingest/over_http.py
	$(BIN)/python tests/benchmarks/report_speed.py
	$(BIN)/python tests/benchmarks/sdk_python.py

bench-javascript: $(STAMP) $(NODE_STAMP) ## Time and weigh the browser SDK beside its peers (needs node)
	npm --prefix tests/benchmarks/javascript ci --ignore-scripts --no-audit --no-fund
	npm --prefix tests/benchmarks/javascript run bench
	$(BIN)/python -m tests.benchmarks.javascript.page

lighthouse: $(STAMP) ## Let a pinned Lighthouse rate the main pages of a fresh demo (needs node and Chromium)
	npm --prefix tests/benchmarks/lighthouse ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python tests/benchmarks/lighthouse/measure.py

screenshots: $(STAMP) ## Photograph a running demo for the docs: NETLIFT_PASSWORD=… make screenshots URL=… EMAIL=…
	$(BIN)/python scripts/screenshots.py $(URL) --email $(EMAIL)

glossary: $(STAMP) ## Write docs/glossary.md and docs/how-to-read.md from web/understanding
	$(BIN)/python -m web.understanding

vendor: ## Re-create web/static/vendor from the lock files (needs node)
	npm ci --ignore-scripts
	npm --prefix sdk/javascript ci --ignore-scripts
	npm run vendor

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis node_modules sdk/javascript/node_modules tests/benchmarks/javascript/node_modules tests/benchmarks/lighthouse/node_modules sdk/javascript/dist sdk/javascript/build
