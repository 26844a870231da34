# make demo: install and see the bundled model explain its sequences.   make test: install and run every test.
PYTHON ?= python3
BIN := .venv/bin
INSTALL ?= $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Tests wait for browsers, servers and other processes: with one more than there are cores, none stands idle.
WORKERS = $$($(PYTHON) -c "import os; print(min(4, os.cpu_count() + 1))")

.PHONY: demo test coverage hostile lint lint-python lint-style lint-types lint-imports lint-script lint-js docs wheel bench tables clean

demo: .venv/demo.stamp
	$(BIN)/captum-dna demo

test: .venv/dev.stamp
	sh tests/browser/install.sh $(BIN)/python
	sh tests/compat/install_captum.sh $(BIN)/python
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

coverage: .venv/dev.stamp
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

# Attacks, kills, full disks and damage in their long form, and the tables of what came of them: hours, not minutes.
hostile: .venv/dev.stamp
	$(BIN)/python -m benchmarks.tables docs/security.md docs/reliability.md

lint: lint-python lint-js

# A target each, so that `make --jobs` checks several things at a time.
lint-python: lint-style lint-types lint-imports lint-script

lint-style: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

lint-types: .venv/dev.stamp
	$(BIN)/mypy

lint-imports: .venv/dev.stamp
	$(BIN)/lint-imports

# What a user writes, under the strictest rules.
lint-script: .venv/dev.stamp
	$(BIN)/pyright

lint-js:
	sh tests/js/check.sh

docs: .venv/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

# The wheel holds the browser's files and works where nothing else of the checkout is.
wheel: .venv/dev.stamp
	$(BIN)/python -m build --quiet --wheel --outdir build/wheel .
	rm -rf build/alone
	$(BIN)/python -m pip install --quiet --no-deps --target build/alone build/wheel/*.whl
	cd build/alone && PYTHONPATH=. ../../$(BIN)/python -P ../../tests/wheel_alone.py

bench: .venv/dev.stamp
	for file in benchmarks/bench_*.py; do echo "== $$file" && $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

tables: .venv/dev.stamp
	$(BIN)/python -m benchmarks.tables

clean:
	rm -rf .venv build dist *.egg-info

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "captum_dna needs Python 3.10 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/demo.stamp: setup.cfg constraints.txt | .venv/bin/python
	$(INSTALL) -c constraints.txt -e .
	touch $@

.venv/dev.stamp: setup.cfg constraints.txt | .venv/bin/python
	$(INSTALL) -c constraints.txt -e '.[dev]'
	touch $@ .venv/demo.stamp
