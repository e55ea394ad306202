# Each target sets up what it needs, then is one line of `python -m`, which works without make too.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Whether the environment is the locked one: keyed by content, for a checkout gives files new dates.
STAMP := $(VENV)/.locked-$(shell cat requirements-dev.txt pyproject.toml | cksum | tr ' ' '-')

.PHONY: demo test bench lint build clean

demo: $(STAMP)
	$(RUN) -m cli.main demo

test: $(STAMP)
	$(RUN) -m tests.run

bench: $(STAMP)
	$(RUN) -m tests.bench

lint: $(STAMP)
	$(RUN) -m tests.run --lint

build: $(STAMP)
	$(RUN) -m hatchling build

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "turnaround needs Python 3.11 or later; make PYTHON=... chooses another than $(PYTHON)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	rm -f $(VENV)/.locked-*
	touch $@
