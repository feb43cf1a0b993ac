"""Fixtures for several rooms' tests, and the distribution of tests among processes."""

from __future__ import annotations

import gc
import importlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import first_tables
import pytest
from catalogues import catalogue_of, corpus
from shared import folder
from thorough import use_profile

from extractor.catalogue import migrating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


HERE = Path(__file__).resolve().parent

# The files with which the first processes begin: those with long tests, so that none is waited for at the end.
# One process has all that need a browser, which it starts once, one those that wait for clocks, one those that compute.
FIRST = (
    sorted(path.name for path in (HERE / "browser").glob("test_*.py")),
    [
        *("test_watch.py", "test_check_links.py", "test_package.py", "test_cli.py", "test_torture.py"),
        *("test_kept_pages.py", "test_check_runs.py", "test_faults.py", "test_serve.py", "test_linkcheck_loopback.py"),
    ],
    [
        *("test_long_histories.py", "test_build.py", "test_build_sources.py", "test_publish_pages.py"),
        *("test_continuing.py", "test_same_content.py", "test_markdown_plain.py", "test_verify.py"),
    ],
)


def pytest_xdist_auto_num_workers() -> int:
    """One and a half times the number of cores, as tests often wait for servers, browsers and commands."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def pytest_configure() -> None:
    folder()  # before pytest-xdist starts its processes, so that all have the same one
    use_profile()
    migrating.apply_migrations = first_tables.apply


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[object]:
    """Collect without garbage collection: collected tests stay until the end, and scanning them repeatedly is slow."""
    gc.disable()
    if HERE in [Path(given).resolve() for given in session.config.args]:
        _import_beginning_with_its_own()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)  # builds make many objects, but hardly any reference cycles
        gc.enable()


def _import_beginning_with_its_own() -> None:
    """Let each process begin with different modules, so that the others find them compiled and rewritten by pytest."""
    count, number = (int(os.environ.get(f"PYTEST_XDIST_WORKER{end}", "0").removeprefix("gw")) for end in ("_COUNT", ""))
    names = sorted(path.stem for path in HERE.glob("test_*.py")) if count > 1 else []
    first = len(names) * number // max(count, 1)
    for name in names[first:] + names[:first]:
        with suppress(Exception, pytest.skip.Exception):  # it is reported when the module is collected
            importlib.import_module(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each process equally many consecutive tests; later it takes some from the end of another's."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    begins = {name: (at % count, place) for at, names in enumerate(FIRST) for place, name in enumerate(names)}
    by_process: list[list[pytest.Item]] = [[] for _ in range(count)]
    rest = []
    for item in sorted(items, key=lambda item: begins.get(item.path.name, (count, 0))):
        into = by_process[begins[item.path.name][0]] if item.path.name in begins else rest
        into.append(item)
    every = len(items)
    items.clear()
    for at, first in enumerate(by_process, 1):
        room = max(every * at // count - len(items) - len(first), 0) if at < count else len(rest)
        items += [*first, *rest[:room]]
        del rest[:room]


@pytest.fixture(scope="session")
def corpora() -> Callable[[str], Path]:
    return corpus


@pytest.fixture(scope="session")
def sync_db() -> Path:
    return catalogue_of("sync")


@pytest.fixture(scope="session")
def example_db() -> Path:
    return catalogue_of("example")
