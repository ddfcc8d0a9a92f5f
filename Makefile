# make run    everything on this machine, with sample data: Prefect, sweeps, a local mailbox
# make test   all tests, the PostgreSQL ones included
# make check  formatting, lint, types, layers, dependencies
# make coverage  what the stories show of each regulation, by mutants of the packs; writes tests/stories/coverage.json
# make bench  the benchmarks
# make year   the sample year in full (38,000 complaints, 10,000 loans): every figure against a recount from its files
# make soak   everything at work for 30 minutes (SOAK_MINUTES=2880: two days): memory and disk of each part, a day
# make reference  the page about the rule language, from its models
# make lock   renew requirements.lock (needs uv and a network)

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
STAMP := .venv/.installed
TESTS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help install run test check format coverage bench year soak reference lock clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile

install: $(STAMP)

# The stamp is younger than what it was made from: a second call does nothing and needs no network.
$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Duban needs Python 3.11, 3.12 or 3.13: install one, or name it with make PYTHON=..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP)
	@$(BIN)/duban up --demo

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist loadfile $(TESTS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: $(STAMP)
	$(BIN)/duban coverage --record tests/stories/coverage.json

bench: $(STAMP)
	$(BIN)/python -m pytest tests/benchmarks -m bench -s $(TESTS)

year: $(STAMP)
	$(BIN)/python -m pytest tests/product/test_year.py -m bench $(TESTS)

soak: $(STAMP)
	$(BIN)/python tests/soak.py

reference: $(STAMP)
	$(BIN)/python -m models.packs.reference > models/language/README.md

lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate -o requirements.lock

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
