"""Fixtures that more than one room's tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue_of, corpus
from shared import folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def pytest_configure() -> None:
    folder()  # before pytest-xdist starts its processes, so that all have one


@pytest.fixture(scope="session")
def corpora() -> Callable[[str], Path]:
    return corpus


@pytest.fixture(scope="session")
def sync_db() -> Path:
    return catalogue_of("sync")


@pytest.fixture(scope="session")
def example_db() -> Path:
    return catalogue_of("example")
