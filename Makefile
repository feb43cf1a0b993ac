# Each command is one line of words in `make help`. Variables: SOURCE, DB, PORT, BENCH_SOURCE, BENCH_AGAINST (a commit), PYTHON.

PYTHON ?=
SOURCE ?=
DB ?= catalogue.db
PORT ?=
BENCH_SOURCE ?=
BENCH_AGAINST ?=

# The shell reads them from the environment, so that a folder may have any name.
export PYTHON SOURCE DB PORT BENCH_SOURCE BENCH_AGAINST

BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install

# A catalogue that is there is brought up to date from the sources it knows; a new one is made of the example. A stamp
# beside it says so, and when own notes come, the catalogue of the example makes room for them.
.PHONY: build
build: .venv/ready ## Build catalogue.db from SOURCE=/path/to/joplin (at first: the example), and say what is in it
	@stamp="$$DB.sample"; [ -e "$$DB" ] || rm -f "$$stamp"; \
	if [ -n "$$SOURCE" ]; then \
		if $(IS_SAMPLE); then $(MAKE_ROOM); else rm -f "$$stamp"; fi; \
		set -- "$$SOURCE"; \
	elif [ ! -e "$$DB" ]; then set -- examples/joplin; else set --; fi; \
	$(BIN)/joplin-catalogue build --db "$$DB" -- "$$@" || exit; \
	if [ -z "$$SOURCE" ] && [ $$# = 1 ]; then : > "$$stamp"; fi; \
	if $(IS_SAMPLE); then echo "This is the example. From your own notes: make SOURCE=/path/to/joplin"; fi

# Whether the stamp is there and nothing but the example was ever built into the catalogue, with make or without.
IS_SAMPLE = [ -e "$$stamp" ] && $(BIN)/python -c 'import sqlite3, sys; \
	found = sqlite3.connect(sys.argv[1]).execute("SELECT location FROM sources").fetchall(); \
	sys.exit(len(found) != 1 or not found[0][0].endswith("/examples/joplin"))' "$$DB" > /dev/null 2>&1

# With what SQLite may have left beside it, and its backups.
MAKE_ROOM = room="$$(dirname -- "$$DB")/example.db"; room="$${room\#./}"; \
	if [ -e "$$room" ]; then \
		echo "$$DB holds the example, and $$room is there already: remove one of them." >&2; exit 1; \
	fi; \
	for end in -journal -wal -shm .backups ""; do \
		[ ! -e "$$DB$$end" ] || mv -- "$$DB$$end" "$$room$$end" || exit; \
	done; \
	rm -f "$$stamp"; echo "$$DB held the example, which is $$room now."

.PHONY: serve
serve: .venv/ready ## Browse it on http://127.0.0.1:8001 (or the next free port, or PORT=8002), for this computer alone
	@[ -e "$$DB" ] || $(MAKE) --no-print-directory build
	@$(BIN)/joplin-catalogue serve --db "$$DB" $${PORT:+--port "$$PORT"}

.PHONY: check-links
check-links: .venv/ready ## Find out which of its links are dead, moved or blocked
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
lint: .venv/ready-to-lint ## Check style, types, and which room may know which
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: bench
bench: .venv/ready-to-bench ## Measure builds of BENCH_SOURCE=/path/to/joplin, its pages, notes that grow, and link checks next to lychee
	@$(BIN)/python bench/build.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/size.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/pages.py "$${BENCH_SOURCE:-examples/joplin}"
	@$(BIN)/python bench/growth.py
	@$(BIN)/python bench/scale.py
	@$(BIN)/python bench/history.py
	@$(BIN)/python bench/linkcheck.py

.PHONY: torture
torture: .venv/ready-to-test ## Kill it, let its disk fail, and give it odd input, hostile notes and servers: 25 minutes
	@$(BIN)/python -m bench.torture
	@THOROUGH=1 $(PYTEST) $$(grep -l '^from thorough import' tests/*.py)

.PHONY: clean
clean: ## Remove what can be made again; catalogue.db stays, it is the memory
	rm -rf .venv .venv-datasette-1 build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find extractor tests -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

.venv/ready: pyproject.toml
	@for python in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "joplin-catalogue needs Python 3.11 or newer; none was found. If there is one: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Setting up .venv, this once ..."; \
	$(BIN)/python -c '' 2>/dev/null || "$$python" -m venv --clear .venv
	@$(PIP) --editable .
	@touch $@

.venv/ready-to-test: .venv/ready
	@echo "Setting up what the tests need, this once ..."
	@$(PIP) --editable '.[test]'
	@touch $@

.venv/ready-to-bench: .venv/ready-to-test
	@echo "Setting up what the benches need, this once ..."
	@$(PIP) --editable '.[test,bench]'
	@touch $@

.venv/ready-to-lint: .venv/ready-to-test
	@$(PIP) --editable '.[test,dev]'
	@touch $@

# It holds the alpha and what that needs more; all else it finds in .venv.
.venv-datasette-1/ready: .venv/ready-to-test
	@echo "Setting up an environment with the alpha of Datasette, this once ..."
	@$(BIN)/python -m venv --clear .venv-datasette-1
	@.venv-datasette-1/bin/python -c 'import sys, sysconfig; from pathlib import Path; \
		Path(sysconfig.get_path("purelib"), "rest.pth").write_text("import site; site.addsitedir(%r)\n" % sys.argv[1])' \
		"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	@.venv-datasette-1/bin/python -m pip -qq --disable-pip-version-check install datasette==1.0a41
	@touch $@
