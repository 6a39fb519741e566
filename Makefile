# Needs Python 3.11 to 3.13 and make; everything else comes into .venv by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo run test test-foreign foreign-packages check bench model lock clean

demo: $(VENV)/.run
	$(BIN)/marac-broker demo

run: $(VENV)/.run
	$(BIN)/marac-broker serve --state var $(if $(COUNTY),--county)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

# What only system packages can check, so it needs root or sudo on Debian or Ubuntu.
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
FOREIGN := golang-go golang-golang-x-mod-dev golang-gopkg-square-go-jose.v2-dev jose softhsm2 \
	openssl tesseract-ocr
test-foreign: $(VENV)/.dev
	$(SUDO) apt-get install --yes --no-install-recommends $(FOREIGN)
	$(BIN)/python -m pytest tests/foreign/*/checks.py

foreign-packages:
	@echo $(FOREIGN)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.guards

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else "marac-broker needs Python 3.11 to 3.13: try make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what requirements.lock pins (once, about a minute)..."
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --no-index --editable .
	$(BIN)/python -m broker.demo.systems.node
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what requirements-dev.lock pins (once)..."
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# Trains the domain model anew, on one core. What to do then is in redaction/model/MODEL_CARD.md.
model: $(VENV)/.dev
	$(BIN)/python -m redaction.training train

# Locks hold versions and hashes only: no line may say where a package comes from.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
lock:
	$(LOCK) --group demo --output-file requirements.lock
	$(LOCK) --group demo --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis
