"""Fixtures that more than one room's tests use."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogues import EXAMPLE, make

if TYPE_CHECKING:
    from collections.abc import Callable

ARCHIVES = Path(__file__).parent / "corpora"


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`corpora("sync")` is the folder that tests/corpora/sync.tar.xz unpacks to, once a session.

    An archive with one thing at its top gives that thing, one with several (`exports`) the folder around
    them. The folder is shared: a test that writes copies it first.
    """
    unpacked: dict[str, Path] = {}

    def unpack(name: str) -> Path:
        if name not in unpacked:
            folder = tmp_path_factory.mktemp(name)
            with tarfile.open(ARCHIVES / f"{name}.tar.xz") as archive:
                # The first releases of Python 3.11 know no filters; the archives are our own.
                archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202
            top = list(folder.iterdir())
            unpacked[name] = top[0] if len(top) == 1 else folder
        return unpacked[name]

    return unpack


@pytest.fixture(scope="session")
def sync_db(corpora: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("built") / "sync.db"
    make(db, corpora("sync"))
    return db


@pytest.fixture(scope="session")
def example_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("built") / "example.db"
    make(db, EXAMPLE)
    return db
