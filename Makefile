# `make help` shows one line for each command. Variables: SOURCE, DB, PORT, BENCH_SOURCE, BENCH_AGAINST (a commit), PYTHON.

PYTHON ?=
SOURCE ?=
DB ?= catalogue.db
PORT ?=
BENCH_SOURCE ?=
BENCH_AGAINST ?=

# The shell reads them from the environment, so a folder can have any name.
export PYTHON SOURCE DB PORT BENCH_SOURCE BENCH_AGAINST

BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install

# An existing catalogue is updated from its known sources; a new one is built from the example. A stamp beside it marks
# the example, and when you build your own notes, its catalogue is moved out of the way.
.PHONY: build
build: .venv/ready ## Build catalogue.db from SOURCE=/path/to/joplin (at first: the example), and print a summary
	@stamp="$$DB.sample"; [ -e "$$DB" ] || rm -f "$$stamp"; \
	if [ -n "$$SOURCE" ]; then \
		if $(IS_SAMPLE); then $(MAKE_ROOM); else rm -f "$$stamp"; fi; \
		set -- "$$SOURCE"; \
	elif [ ! -e "$$DB" ]; then set -- examples/joplin; else set --; fi; \
	$(BIN)/joplin-catalogue build --db "$$DB" -- "$$@" || exit; \
	if [ -z "$$SOURCE" ] && [ $$# = 1 ]; then : > "$$stamp"; fi; \
	if $(IS_SAMPLE); then echo "This is the example. To build your own notes: make SOURCE=/path/to/joplin"; fi

# True if the stamp exists and only the example was ever built into the catalogue, with or without make.
IS_SAMPLE = [ -e "$$stamp" ] && $(BIN)/python -c 'import sqlite3, sys; \
	found = sqlite3.connect(sys.argv[1]).execute("SELECT location FROM sources").fetchall(); \
	sys.exit(len(found) != 1 or not found[0][0].endswith("/examples/joplin"))' "$$DB" > /dev/null 2>&1

# Including what SQLite may have left beside it, and its backups.
MAKE_ROOM = room="$$(dirname -- "$$DB")/example.db"; room="$${room\#./}"; \
	if [ -e "$$room" ]; then \
		echo "$$DB is the example, and $$room already exists: remove one of them." >&2; exit 1; \
	fi; \
	for end in -journal -wal -shm .backups ""; do \
		[ ! -e "$$DB$$end" ] || mv -- "$$DB$$end" "$$room$$end" || exit; \
	done; \
	rm -f "$$stamp"; echo "$$DB was the example, which is now $$room."

.PHONY: serve
serve: .venv/ready ## Browse it on http://127.0.0.1:8001 (or the next free port, or PORT=8002), on this computer only
	@[ -e "$$DB" ] || $(MAKE) --no-print-directory build
	@$(BIN)/joplin-catalogue serve --db "$$DB" $${PORT:+--port "$$PORT"}

.PHONY: check-links
check-links: .venv/ready ## Find out which links are dead, moved or blocked
	@$(BIN)/joplin-catalogue check-links --db "$$DB"

.PHONY: test
test: .venv/ready-to-test ## Run the tests
	@$(PYTEST)

.PHONY: test-datasette-1
test-datasette-1: .venv-datasette-1/ready ## Run the tests of the pages with the 1.0 alpha of Datasette
	@$(subst $(BIN),.venv-datasette-1/bin,$(PYTEST)) $(TESTS_OF_PAGES)

# Its processes, and those that tests start, read modules that are compiled once, even where people want none kept.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal
TESTS_OF_PAGES = tests/test_guest.py tests/test_publish_pages.py tests/test_publish_safety.py tests/test_publish_tables.py

.PHONY: lint
lint: .venv/ready-to-lint ## Check style, types, and the import rules between packages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: bench
bench: .venv/ready-to-bench ## Measure builds of BENCH_SOURCE=/path/to/joplin, its pages, finding things, growing notes, and link checks next to lychee
	@$(BIN)/python bench/build.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/size.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/pages.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/finding.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/growth.py
	@$(BIN)/python bench/scale.py
	@$(BIN)/python bench/history.py
	@$(BIN)/python bench/linkcheck.py

.PHONY: torture
torture: .venv/ready-to-test ## Test resilience: kills, disk failures, odd input, hostile notes and servers (25 minutes)
	@$(BIN)/python -m bench.torture
	@THOROUGH=1 $(PYTEST) $$(grep -l '^from thorough import' tests/*.py)

.PHONY: clean
clean: ## Remove everything that can be rebuilt; catalogue.db stays
	rm -rf .venv .venv-datasette-1 build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find extractor tests -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

.venv/ready: pyproject.toml
	@for python in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "joplin-catalogue needs Python 3.11 or newer, and none was found. If you have one: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Setting up .venv (only once) ..."; \
	$(BIN)/python -c '' 2>/dev/null || "$$python" -m venv --clear .venv
	@$(PIP) --editable .
	@touch $@

.venv/ready-to-test: .venv/ready
	@echo "Setting up the tests (only once) ..."
	@$(PIP) --editable '.[test]'
	@touch $@

.venv/ready-to-bench: .venv/ready-to-test
	@echo "Setting up the benchmarks (only once) ..."
	@$(PIP) --editable '.[test,bench]'
	@touch $@

.venv/ready-to-lint: .venv/ready-to-test
	@$(PIP) --editable '.[test,dev]'
	@touch $@

# It holds the alpha and what that needs more; all else it finds in .venv.
.venv-datasette-1/ready: .venv/ready-to-test
	@echo "Setting up an environment with the Datasette alpha (only once) ..."
	@$(BIN)/python -m venv --clear .venv-datasette-1
	@.venv-datasette-1/bin/python -c 'import sys, sysconfig; from pathlib import Path; \
		Path(sysconfig.get_path("purelib"), "rest.pth").write_text("import site; site.addsitedir(%r)\n" % sys.argv[1])' \
		"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	@.venv-datasette-1/bin/python -m pip -qq --disable-pip-version-check install datasette==1.0a41
	@touch $@
