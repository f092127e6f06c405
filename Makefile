PYTHON := $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python

.PHONY: setup
setup:
	@$(PYTHON) deploy/packages.py dev
