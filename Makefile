# Each line of a recipe is a command that a person could type. `make help` lists the targets.

PYTHON ?= $(firstword $(foreach candidate,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(if $(shell $(candidate) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(candidate))))
BIN := .venv/bin
PACKAGES := packages/datagen-core packages/datacruncher packages/datapolisher packages/datagen
EDITABLE := $(addprefix -e ,$(PACKAGES))

.DEFAULT_GOAL := demo
.PHONY: help demo test lint types unit e2e check bench golden build clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9]*\):.*## /\1	/p' Makefile | expand -t 10

demo: .venv/packages.stamp ## generate, validate, crunch and polish a real example
	$(BIN)/python docs/examples/demo.py

test: lint types unit e2e ## everything that has to hold before a change goes in

lint: .venv/dev.stamp ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp ## static types, strict
	$(BIN)/mypy

unit: .venv/dev.stamp ## each package's own tests
	$(BIN)/pytest -q -n 2 packages

e2e: .venv/dev.stamp ## contracts, walls, documents, and whole pipelines through built wheels
	$(BIN)/pytest -q -n 2 --dist loadgroup tests-e2e

check: .venv/dev.stamp ## shape of the code, walls, generated pages
	PYTHONPATH=tests-e2e $(BIN)/python -m repository.shape
	PYTHONPATH=tests-e2e $(BIN)/python -m repository.walls
	$(BIN)/pytest -q tests-e2e/repository

bench: .venv/dev.stamp ## benchmarks, as ratios to a floor of the same run
	PYTHONPATH=tests-e2e $(BIN)/python -m repository.benchmarks

golden: .venv/dev.stamp ## write golden files anew; read the difference before you commit it
	DATAGEN_GOLDEN=write $(BIN)/pytest -q packages tests-e2e/repository
	git diff --stat -- '*golden*'

build: .venv/dev.stamp ## sdists and wheels of all packages, in dist/
	rm -rf dist
	$(BIN)/hatch build --all

clean: ## remove what make has made
	rm -rf .venv dist demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Datagen needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Datagen needs Python 3.11 or newer; $(PYTHON) is older or missing. Name one: make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/packages.stamp: .venv/bin/python $(addsuffix /pyproject.toml,$(PACKAGES))
	$(BIN)/python -m pip install --quiet $(EDITABLE)
	@touch $@

.venv/dev.stamp: .venv/packages.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet $(EDITABLE) --group dev
	@touch $@
