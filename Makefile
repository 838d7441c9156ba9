# Everything is run through here; `make help` lists it. Set-up happens inside the targets that need it.
PYTHON ?= python3
AIRFLOW_PORT ?= 8080
QUICKBOOKS_PORT ?= 8091
SYNCTA_PORT ?= 8092
CUSTOMERS ?= 1000000
INVOICES ?= 20000
SEEDS ?= 50
AIRFLOW ?= 0
export AIRFLOW_PORT QUICKBOOKS_PORT SYNCTA_PORT
# Without compiled byte code every start of Airflow takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
GOAL = $(firstword $(MAKECMDGOALS) demo)
NO_PYTHON = $(PYTHON) was not found. Install Python 3.11 to 3.13, or name yours: make $(GOAL) PYTHON=/path/to/python3
SETUP = command -v $(PYTHON) >/dev/null || { echo '$(NO_PYTHON)' >&2; exit 1; }; $(PYTHON) -m deploy.setup --for $(GOAL)
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo up down status test check format constraints bench-sandbox bench-pace chaos setup clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile
	@echo 'Variables: PYTHON=$(PYTHON) AIRFLOW_PORT=$(AIRFLOW_PORT) QUICKBOOKS_PORT=$(QUICKBOOKS_PORT) SYNCTA_PORT=$(SYNCTA_PORT)'

demo: setup  ## sandbox and a real Airflow, both DAGs, a summary; then everything stops
	@$(BIN)/python -m deploy.local demo

up: setup  ## the same, left running; prints the address and login of the Airflow UI
	@$(BIN)/python -m deploy.local up

down:  ## stop what `make up` started, and whatever a killed run left behind
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m deploy.local down; else echo 'Nothing is running.'; fi

status: setup  ## what is running
	@$(BIN)/python -m deploy.local status

test:  ## checks and all tests
	@$(SETUP) --postgres --node
	@$(MAKE) check
	@$(BIN)/python -m pytest

check: setup  ## formatting, lint, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup  ## format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

constraints: setup  ## resolve requirements.txt and the dev group again into constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command 'make constraints' \
		requirements.txt --group dev --output-file constraints.txt

bench-sandbox: setup  ## how quick the sandbox is with a large company: CUSTOMERS=1000000 INVOICES=20000
	@$(BIN)/python -m tests.bench.sandbox --customers $(CUSTOMERS) --invoices $(INVOICES)

bench-pace:  ## what keeping to QuickBooks' limits costs a call, and that no limit is met
	@$(SETUP) --postgres
	@$(BIN)/python -m tests.bench.pace

chaos: setup  ## faults and kills against a control run: SEEDS=200 AIRFLOW=10 (in a real Airflow), replay one: SEED=123
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --airflow $(AIRFLOW))

setup:  ## make .venv ready (skipped when nothing changed)
	@$(SETUP)

clean: down  ## stop everything and delete what is not in git: .venv, .run, caches
	rm -rf .venv .run tests/sandbox/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
