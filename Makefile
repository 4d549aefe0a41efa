# Everything that people and CI run. `make tour` and `make test` set up what they need.
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Tests start hundreds of processes of the command line; without bytecode each would compile the whole program again.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 --dist worksteal
.DEFAULT_GOAL := help
.PHONY: help tour test check lint soak corpus bench docs clean setup

help:
	@echo "make tour    the whole main job on a sample project (sets up .venv first)"
	@echo "make test    all checks and tests, under 10 minutes on two cores"
	@echo "make check   lint, types, contracts and our own specs, without the tests"
	@echo "make soak    the full sets: every kill position, all mutations, the whole corpus"
	@echo "make corpus  the corpus tests and the accuracy bars; fails where the corpus is absent"
	@echo "make bench   figures beside the peers"
	@echo "make docs    write the generated pages again"

# What `make` itself cannot bring, said before anything else fails.
define need
	@command -v $(1) >/dev/null 2>&1 || { echo "setsquare: '$(1)' is missing. On Debian or Ubuntu: sudo apt-get install -y $(2)" >&2; exit 2; }
endef

.PHONY: needs
needs:
	$(call need,git,git)
	$(call need,$(PYTHON),python3 python3-venv)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setsquare: Python 3.11 or newer is needed; $(PYTHON) is older." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "setsquare: Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install -y python3-venv" >&2; exit 2; }

$(VENV)/.installed: pyproject.toml | needs
	@echo "setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

setup: $(VENV)/.installed-dev

tour: $(VENV)/.installed
	@$(BIN)/setsquare tour

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
check: lint
	$(BIN)/setsquare check .

test: check
	$(PYTEST) -m "not soak" --durations=15

soak: setup
	SETSQUARE_SOAK=1 $(PYTEST)

corpus: setup
	SETSQUARE_REQUIRE_CORPUS=1 $(PYTEST) -m corpus
	$(BIN)/python -m bench.accuracy

bench: setup
	$(BIN)/python -m bench

docs: setup
	$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
