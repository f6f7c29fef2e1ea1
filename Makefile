# Everything works on a fresh clone with python3 (3.11 or newer), make and the package registry, and offline after that.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
PROCESSES ?= auto
ARGS ?=
SCREENSHOTS ?= screenshots

.DEFAULT_GOAL := help
.PHONY: help setup install-run install-dev install-clients run test test-sqlite test-postgres test-clients check openapi
.PHONY: bench faults screenshots css clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: install-dev  ## make .venv with everything for development

install-run:
	@$(PYTHON) tools/install.py run

install-dev:
	@$(PYTHON) tools/install.py dev

install-clients: install-dev
	@$(PYTHON) tools/install.py clients

run: install-run  ## start web, worker and card processor on 127.0.0.1:$PORT (8000), data in $TASKTRACKER_DATA (var/)
	@DEBUG="$${DEBUG-1}" exec $(BIN)/python manage.py run

test: test-sqlite test-postgres  ## the suite on SQLite, then on PostgreSQL (ARGS="-k trigger" for pytest)

test-sqlite: install-dev
	$(PYTEST) --db sqlite -n $(PROCESSES) $(ARGS)

test-postgres: install-dev  ## ... on PostgreSQL: DATABASE_URL_TEST when given, else one from its wheel
	$(PYTEST) --db postgres -n $(PROCESSES) $(ARGS)

test-clients: install-clients  ## published clients, unchanged, against a live server; needs node and npm for some
	@$(BIN)/python -m tests.clients $(ARGS)
	@$(BIN)/python -m tests.clients.stakes
	@$(BIN)/python -m tests.clients.agents

# Tools that load the settings use a data folder of their own, not somebody's var/.
check: export TASKTRACKER_DATA = $(CURDIR)/.venv/check
check: install-dev  ## lint, format, types, the five import rules, dependencies, migrations, Django's own checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(PYTEST) -q tests/architecture
	$(BIN)/deptry .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

openapi: install-dev  ## write docs/openapi/*.json, which a test compares
	$(BIN)/python tools/write_openapi.py

bench: install-dev  ## measure what BENCHMARKS.md reports
	$(BIN)/python -m benchmarks $(ARGS)

faults: install-dev  ## kill everybody, fail what is called; prints tried, killed, lost, doubled (CHARGES=10000)
	$(BIN)/python -m tests.faults $(ARGS)
	$(BIN)/python -m tests.faults.charges $(ARGS)

screenshots: install-dev  ## pictures of every page, light and dark, desktop and phone, in $SCREENSHOTS (screenshots/)
	TEST_SCREENSHOTS="$(abspath $(SCREENSHOTS))" $(PYTEST) -n $(PROCESSES) tests/browser/test_pages.py -k every_page
	@echo "The pictures are in $(SCREENSHOTS)/."

css: install-dev  ## build the pages' style sheet, which is committed
	$(BIN)/tailwindcss --minify --input tasktracker/web/assets/app.css --output tasktracker/web/static/web/app.css

clean:  ## remove the environment and what tools left behind; var/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
