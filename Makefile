PYTHON ?= python3
BIN := .venv/bin
export RHIZOME_HOME ?= $(CURDIR)/data

.PHONY: demo test test-slow check ui bench clean help
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: .venv/.installed ## set up, then everything for the simulated person `demo`, from the first fetch to the report
	$(BIN)/rhizome run demo

ui: .venv/.installed ## the Dagster UI on 127.0.0.1, over the same RHIZOME_HOME
	$(BIN)/rhizome ui

check: .venv/.installed ## ruff, mypy --strict, and whether Dagster can load the definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	DAGSTER_HOME= $(BIN)/dagster definitions validate -w workspace.yaml

test: check ## check, then all tests that guard a change, one process and one thread a core
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test-slow: .venv/.installed ## kills, long property runs, big sizes
	$(BIN)/pytest -m "slow or properties"

.venv/.bench: .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	touch $@

bench: .venv/.bench ## ratios against peers; asserts nothing
	for file in bench/bench_*.py; do $(BIN)/python $$file || exit 1; done

clean: ## forget the set-up, not the data
	rm -rf .venv
