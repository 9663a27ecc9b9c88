# What this repository can do. `make demo` to see it, `make test` to check all of it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
INSTALL := $(PIP) --require-hashes
# More threads than cores make sums slower.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# Real complaints for tests of import and triage, where the folder is at hand.
ifneq ($(wildcard ../shared/data),)
export EVENHAND_DATA ?= $(abspath ../shared/data)
endif

.PHONY: help setup demo style check test bench debian-packages
help:
	@echo "make demo    set up, fill with real public complaints, run; prints the addresses"
	@echo "make check   style, types, contracts and the quick tests"
	@echo "make test    every check: both databases, a real browser, kills, the wheel"
	@echo "make bench   the benchmarks, each beside its yardstick"
	@echo "make setup   only build .venv"

setup: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Evenhand needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version). Say which: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || tools/debian_packages.sh python3-venv
	$(PYTHON) -m venv $(VENV)

# Only what running needs. Every package is pinned by its hash; the project itself is linked, not copied.
$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	$(INSTALL) -r requirements/run.txt -r requirements/build.txt
	$(PIP) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(INSTALL) -r requirements/dev.txt
	@touch $@

# Spark comes as a source package of 490 MB; what builds it is pinned too, and there already.
$(VENV)/.spark: requirements/spark.txt $(VENV)/.dev
	$(INSTALL) --no-build-isolation -r requirements/spark.txt
	@touch $@

demo: $(VENV)/.run
	$(BIN)/evenhand demo

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

QUICK := not browser and not crash and not wheel and not spark
check: style
	$(BIN)/pytest -n 2 --dist loadfile -q -m "$(QUICK) and not long"

debian-packages:
	@command -v chromium >/dev/null || tools/debian_packages.sh chromium
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || tools/debian_packages.sh postgresql
	@command -v java >/dev/null || tools/debian_packages.sh default-jre-headless

# What asks no database anything is not asked again on the second one.
NO_DATABASE := clock demo_words fairness_parity fairness_report fairness_scale fairness_tables file_reading order \
	promises_sums stats triage ui
# Without Spark its tests are skipped; here they have to run. Properties are tried on the same examples each time, so that
# a commit passes or fails for good; "make check" looks for new ones.
SAME := --hypothesis-profile=ci
test: export EVENHAND_SPARK := 1
test: debian-packages style $(VENV)/.spark
	$(BIN)/pytest -n 2 --dist loadfile -q $(SAME) -m "$(QUICK)"
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n 2 --dist loadfile -q $(SAME) -m "$(QUICK)" $(NO_DATABASE:%=--ignore=tests/%)
	$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder -q $(SAME) -m "browser or crash or wheel or spark"

bench: setup
	$(BIN)/evenhand bench
