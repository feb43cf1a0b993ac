"""Catalogues for tests: building them from folders and single items, and reading them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joplin_items import serialize
from shared import shared

from extractor.build import Report, build
from extractor.keys import Keys
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.joplin.items import Item

NAME = "catalogue.db"
CORPORA = Path(__file__).parent / "corpora"
EXAMPLE = Path(__file__).parents[1] / "examples" / "joplin"

# Tables and columns that say when something was built or seen in a build, and nothing about the notes.
NOT_CONTENT = {
    *("builds", "derivation", "sources", "source_items"),
    *("sqlite_stat1", "sqlite_sequence", "_sqlite_migrations"),
}
BUILD_TIMES = {"problems": {"id", "source", "first_seen_at", "last_seen_at"}}


def corpus(name: str) -> Path:
    """The folder that tests/corpora/NAME.tar.xz unpacks to, or `example`; a test that writes must copy it first.

    If an archive has one entry at its top, it is that entry; if it has several (`exports`), the folder around them.
    """

    def unpack(folder: Path) -> None:
        with tarfile.open(CORPORA / f"{name}.tar.xz") as archive:
            # The first releases of Python 3.11 have no filters; the archives are the project's own.
            archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202

    if name == "example":
        return EXAMPLE
    folder = shared(f"corpus-{name}", unpack)
    top = list(folder.iterdir())
    return top[0] if len(top) == 1 else folder


def catalogue_of(name: str, password: str | None = None) -> Path:
    """The catalogue of a corpus, or of a part of it (`exports/raw`), built once for all tests; read only."""

    def build_it(folder: Path) -> None:
        archive, _, inside = name.partition("/")
        make(folder / NAME, corpus(archive) / inside, keys=Keys([password]) if password else None)

    return shared(f"catalogue-{name.replace('/', '-')}{'-opened' if password else ''}", build_it) / NAME


def copy_of(catalogue: Path, folder: Path) -> Path:
    """A copy to write into."""
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(catalogue, folder / NAME))


def make(db: Path, *sources: Path, workers: int = 1, **options: Any) -> Report:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(contextlib.closing(open_source(str(source)))) for source in sources]
        return build(opened, db, workers=workers, **options)


def built(folder: Path) -> Path:
    """The catalogue of the notes in a folder, built beside it."""
    make(folder.with_name(NAME), folder)
    return folder.with_name(NAME)


def rows(db: Path, sql: str, *parameters: object) -> list[Any]:
    with contextlib.closing(sqlite3.connect(db)) as connection:
        found = connection.execute(sql, parameters).fetchall()
    return [row[0] for row in found] if found and len(found[0]) == 1 else found


def content(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table about the notes, after the names of the columns."""
    told: dict[str, list[tuple[Any, ...]]] = {}
    with contextlib.closing(sqlite3.connect(db)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            if table in NOT_CONTENT or "_fts" in table:
                continue
            left_out = BUILD_TIMES.get(table, set())
            columns = connection.execute(f"PRAGMA table_xinfo('{table}')").fetchall()
            kept = [name for _, name, *_, hidden in columns if hidden != 1 and name not in left_out]
            by = ", ".join(map(repr, range(1, len(kept) + 1)))
            quoted = ", ".join(f'"{name}"' for name in kept)
            found = connection.execute(f"SELECT {quoted} FROM '{table}' ORDER BY {by}").fetchall()  # noqa: S608 -- names from the file itself
            told[table] = [tuple(kept), *found] if found else []
    return told


def truth(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def updated_time(item: Path) -> str:
    found = re.search(rb"^updated_time: (\S+)$", item.read_bytes(), re.MULTILINE)
    return found[1].decode() if found else ""


def catalogue(folder: Path, *items: Item) -> Path:
    source, db = folder / "joplin", folder / "catalogue.db"
    source.mkdir()
    for item in items:
        (source / f"{item.id}.md").write_text(serialize(item), encoding="utf-8")
    make(db, source)
    return db
