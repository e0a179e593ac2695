# Everything runs in .venv, which is made from requirements.lock on first use; nothing but Python 3.11+ is needed.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PARTS := instrumentation collector store scoring_workers evals deploy

.PHONY: help install check format test bench demo lock

help:
	@echo 'make demo   watch real spans become scores, flags and a dataset (KEEP=1: leave it running)'
	@echo 'make test   run all tests'
	@echo 'make bench  measure, beside rotel, Phoenix and MLflow, and write BENCHMARKS.md (ARGS=--help)'
	@echo 'make check  lint, types, architecture'
	@echo 'make lock   resolve the dependencies anew into requirements.lock'

$(INSTALLED): requirements.lock pyproject.toml
	@echo 'making $(VENV) …'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m compileall -q $(PARTS) # eight processes start at once: none should compile what it imports
	@touch $@

install: $(INSTALLED)

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(INSTALLED)
	$(BIN)/python -m pytest

bench: $(INSTALLED)
	PYTHONPATH=tests:examples/support_bot $(BIN)/python -m benchmarks $(ARGS)

demo: $(INSTALLED)
	@$(BIN)/python examples/support_bot/demo.py $(if $(KEEP),--keep)

# `uv` comes through the environment it resolves for, and the file it writes names versions and hashes, no addresses.
lock:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --upgrade --output-file requirements.lock
