# Two commands: `make serve` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help serve test check bench certificate monte-carlo format lock clean

help:  ## list the targets
	@grep -E '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

serve: $(VENV)/.runtime  ## install, migrate, start the demo: web and worker (PORT, DANDANG_HOME)
	@$(BIN)/dandang demo

test: $(VENV)/.dev  ## every test
	@$(BIN)/pytest -q -n auto --dist loadscope

check: $(VENV)/.dev  ## format, lint, types, rules of the house, instruments, bandit, known vulnerabilities
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/dandang instruments check
	@$(BIN)/bandit -q -r -c pyproject.toml app analysis instruments migrations
	@$(BIN)/python -m tests.security.advisories

bench: $(VENV)/.dev  ## ratios to a peer or to a bare floor, measured in the same run
	@$(BIN)/python -m benchmarks

certificate: $(VENV)/.dev  ## the engine against lavaan's reference results: docs/engine-certificate.md
	@$(BIN)/python -m tests.analysis.sem.certificate

monte-carlo: $(VENV)/.dev  ## coverage of intervals on the product's own model: docs/monte-carlo.md (long)
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.analysis.sem.coverage_study

promise-%: $(VENV)/.dev  ## the full form of one promise (make promise-D5): its result and docs/promises.md
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.promises run $*

image-check: $(VENV)/.dev  ## what the image runs, from a clean environment, against PostgreSQL (slow)
	@rm -rf build/image
	@$(PYTHON) -m venv build/image
	@build/image/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@build/image/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation .
	@DANDANG_IMAGE_BIN=$(CURDIR)/build/image/bin $(BIN)/pytest -n 0 -q tests/app/deployment

format: $(VENV)/.dev  ## let ruff format and fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.python  ## resolve the two lock files anew (hashes, no addresses)
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## remove the venv and caches; var/ (the data) stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Dandang needs Python 3.11 or later; set PYTHON=python3.12, say.")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "Installing from requirements.lock (every file checked against its hash) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
