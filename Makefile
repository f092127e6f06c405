# Two commands: `make run` and `make test`. Both need Python 3.11 and make, and nothing else.
SHELL := /bin/sh
PYTHON := $(shell sh deploy/python.sh)
BIN := .venv/bin
# Given on the command line or in the environment; the rest has its defaults in deploy/run.py.
export PORT HOST PORTAL_DATA
# Compiled once and kept: without it every process compiles all packages again.
unexport PYTHONDONTWRITEBYTECODE
TEST_PROCESSES ?= 2

.PHONY: help run stop services test check screens help-pictures papers bench soak format setup charts requirements python

help:
	@echo "make run        start the portal (PORT=8000); Ctrl+C or make stop ends it"
	@echo "make stop       end everything that was started from the data folder"
	@echo "make services   start PostgreSQL and Valkey alone"
	@echo "make test       all tests, browser and chaos included (ARGS=path or MARK=\"not browser\" for a part of them)"
	@echo "make screens    pictures of the main pages of a running demonstration into docs/screens"
	@echo "make papers     pictures of the papers it makes, first pages (needs pdftoppm and soffice)"
	@echo "make bench      every measurement in benchmarks/, as JSON and a table"
	@echo "make soak       the whole job under load while its processes are killed (MINUTES=5 SEED=1)"
	@echo "make check      style, layers, types, templates, migrations, requirement files, known faults"

run: python
	@$(PYTHON) deploy/run.py check
	@sh deploy/charts.sh & $(PYTHON) deploy/packages.py run; code=$$?; wait; exit $$code
	@exec $(BIN)/python deploy/run.py up

stop: python
	@test ! -x $(BIN)/python || $(BIN)/python deploy/run.py down

services: python
	@$(PYTHON) deploy/packages.py run
	@$(BIN)/python -m qianjiang_portal.embedded start

setup: python
	@$(PYTHON) deploy/packages.py dev

charts:
	@sh deploy/charts.sh

# Tests and checks have services of their own and never touch the portal's data. ARGS="path …" runs a part of them, and so
# does MARK="not browser and not chaos": where one half has none of it, that is no failure (5 is pytest's word for nothing to
# run), where both have none it is. A mark in ARGS would put ordinary tests among those of chaos, each file at any time.
MARKED = $(if $(MARK), and ($(MARK)))
test check: export PORTAL_TEST_SERVICES = 1

test: setup charts
	$(if $(filter -m,$(ARGS)),$(error Marks are named by MARK="...", not in ARGS))
	@browser=$$($(BIN)/python deploy/browser.py) || exit 1; export PORTAL_BROWSER="$$browser"; \
	trap '$(BIN)/python -m qianjiang_portal.embedded stop' EXIT; none=0; \
	$(BIN)/pytest -n $(TEST_PROCESSES) -m "not chaos$(MARKED)" $(ARGS) || { code=$$?; [ $$code -eq 5 ] || exit $$code; none=1; }; \
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist=loadfile -m "chaos$(MARKED)" $(ARGS) || { code=$$?; [ $$code -eq 5 ] && [ $$none -eq 0 ] || exit $$code; }

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python deploy/migration_lint.py
	$(BIN)/python deploy/requirements.py check
	$(BIN)/python deploy/known_faults.py

# From a demonstration that runs (make run, same PORT); ONLY="village dashboard" takes just those.
screens: setup
	@browser=$$($(BIN)/python deploy/browser.py) || exit 1; \
	PORTAL_BROWSER="$$browser" $(BIN)/python deploy/screens.py $(ONLY)

help-pictures: setup
	@browser=$$($(BIN)/python deploy/browser.py) || exit 1; \
	PORTAL_BROWSER="$$browser" $(BIN)/python deploy/help_pictures.py $(ONLY)

papers: setup
	@browser=$$($(BIN)/python deploy/browser.py) || exit 1; \
	PORTAL_BROWSER="$$browser" $(BIN)/python deploy/papers.py $(ONLY)

bench: setup charts
	@$(BIN)/python -m benchmarks

# SEED=1 fixes the order of the harms.
soak: setup charts
	@$(BIN)/python -m qianjiang_portal.tests.chaos.soak --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1)

format: setup
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

# Compile the requirement files anew, within what the .in files allow.
requirements: setup
	@$(BIN)/python deploy/requirements.py compile

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed."; exit 1; }
