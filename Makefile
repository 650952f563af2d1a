# Needs Python 3.11 or newer and make; everything else comes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
# A case that failed beside others is run once more, alone. Both outcomes are printed, and one that changes is a bug.
tests = $(BIN)/pytest -q $(1) $(2) || $(BIN)/pytest -q $(2) --last-failed --last-failed-no-failures none --maxfail 3
IN_BROWSERS := -n 2 --dist loadscope --no-loadscope-reorder
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Settings may be given on the command line: make run PORT=3105
export PORT DATA_DIR DATABASE_URL REDIS_URL PUBLIC_URL
# Every process of Hub and of the tests would compile all modules again: half a minute of a run.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run dev demo migrate test test-all check bench screens lock fmt

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Start Hub: http://localhost:3000, or another port with PORT=3105
	@exec $(BIN)/python -m hub_app run

dev: $(VENV)/run.stamp ## Start Hub with hot reload, for working on it
	@exec $(BIN)/python -m hub_app dev

demo: $(VENV)/run.stamp ## Start Hub with example data and outside systems played on this machine
	@exec $(BIN)/python -m hub_app demo

migrate: $(VENV)/run.stamp ## Bring the database to this version's schema
	@$(BIN)/python -m hub_app migrate

test: check ## Checks, then all tests, each on SQLite or PostgreSQL, then a real browser
	@$(BIN)/python -m tools.browser
	@$(call tests,-n 4,--one-database --ignore tests/browser)
	@$(call tests,$(IN_BROWSERS),tests/browser)

test-all: check ## The same with each test on both databases
	@$(BIN)/python -m tools.browser
	@$(call tests,-n 4,--ignore tests/browser)
	@$(call tests,$(IN_BROWSERS),tests/browser)

check: $(VENV)/dev.stamp ## Format, lint, types (of the scripts too), direction of imports
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright & strict=$$!; $(BIN)/pyright -p tools/pyright-screens.json; screens=$$?; wait $$strict && exit $$screens
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tools.scripts

bench: $(VENV)/dev.stamp ## Print how fast this machine is at Hub's work
	@$(BIN)/python -m tests.benchmarks

screens: $(VENV)/dev.stamp ## Take a picture of every screen into build/screens/
	@$(BIN)/python -m tools.browser
	@$(BIN)/python -m tests.screens

lock: $(VENV)/dev.stamp ## Pin everything that requirements*.in need, with hashes, for all platforms
	@$(LOCK) requirements.in --output-file requirements.txt
	@$(LOCK) requirements-dev.in --constraints requirements.txt --output-file requirements-dev.txt

fmt: $(VENV)/dev.stamp ## Format the code and mend what can be mended
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hub needs Python 3.11 or newer.")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	@echo "Installing what Hub needs into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(BIN)/python
	@echo "Installing what Hub and its tests need into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
