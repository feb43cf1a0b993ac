"""A catalogue that was not built for so long that history may be lost says so; no other does."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from catalogues import CORPORA, EXAMPLE, make, rows
from click.testing import CliRunner
from published import served

from extractor.catalogue.overdue import overdue
from extractor.catalogue.store import open_to_read
from extractor.cli import main
from extractor.times import milliseconds

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def aged(db: Path, days: float, now: datetime = NOW) -> Path:
    """The catalogue as if its sources had been read so many days ago."""
    at = f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%S}.000Z"
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE sources SET last_built_at = ?", [at])
    return db


def found(db: Path) -> list[tuple[str, int, int, bool]]:
    with closing(open_to_read(db)) as opened:
        late = overdue(opened.conn, db, milliseconds(f"{NOW:%Y-%m-%dT%H:%M:%S}.000Z"))
    return [(one.location.rpartition("/")[2], one.days, one.kept_days, one.is_known) for one in late]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sync target that does not say how long history is kept."""
    found = tmp_path / "notes"
    shutil.copytree(EXAMPLE, found)
    (found / "info.json").write_text("{}", encoding="utf-8")
    return found


def keeping(folder: Path, days: int, *, enabled: bool = True) -> None:
    settings = {"revisionServiceEnabled": {"value": enabled}, "revisionServiceTtlDays": {"value": days}}
    (folder / "info.json").write_text(json.dumps(settings), encoding="utf-8")


@pytest.mark.parametrize(
    ("kept", "days", "late"),
    [
        (None, 44, []),
        (None, 46, [("notes", 46, 90, False)]),
        (10, 4, []),
        (10, 6, [("notes", 6, 10, True)]),
        (365, 46, []),
        (365, 200, [("notes", 200, 365, True)]),
        (999_999, 4000, []),
    ],
)
def test_half_of_the_time_that_joplin_keeps_history(
    folder: Path, tmp_path: Path, kept: int | None, days: float, late: list[tuple[str, int, int, bool]]
) -> None:
    if kept is not None:
        keeping(folder, kept)
    make(tmp_path / "c.db", folder)
    assert found(aged(tmp_path / "c.db", days)) == late


def test_where_no_history_can_be_lost(folder: Path, tmp_path: Path) -> None:
    keeping(folder, 90, enabled=False)
    make(tmp_path / "off.db", folder)
    make(tmp_path / "item.db", CORPORA / "seed.txt")
    export = tmp_path / "export"
    export.mkdir()
    (export / "resources").mkdir()
    for item in sorted(EXAMPLE.glob("*.md"))[:20]:
        shutil.copy(item, export)
    make(tmp_path / "export.db", export)
    assert rows(tmp_path / "export.db", "SELECT history_days FROM sources") == [0]
    assert [found(aged(tmp_path / name, 5000)) for name in ("off.db", "item.db", "export.db")] == [[], [], []]


def test_never_the_example(tmp_path: Path) -> None:
    db, example = tmp_path / "c.db", tmp_path / "examples" / "joplin"
    shutil.copytree(EXAMPLE, example)
    make(db, example)
    assert found(aged(db, 1000)) == []  # it says that history is kept for years
    (example / "info.json").write_text("{}", encoding="utf-8")
    make(db, example)
    assert found(aged(db, 1000)) == [("joplin", 1000, 90, False)]  # own notes may lie in a folder of that name
    (tmp_path / "c.db.sample").touch()  # as make has it
    assert found(db) == []


def test_of_several_sources_those_that_are_away(folder: Path, tmp_path: Path) -> None:
    db, other = tmp_path / "c.db", tmp_path / "other"
    shutil.copytree(folder, other)
    make(db, folder, other)
    aged(db, 60, NOW)
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE sources SET last_built_at = '2026-11-27' WHERE location LIKE '%other'")
    assert found(db) == [("notes", 60, 90, False)]


async def test_what_people_are_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = tmp_path / "catalogue.db"
    make(db, folder)
    assert "was last read on" not in (await (await served(db)).client.get("/catalogue")).text
    aged(db, 60.5, datetime.now(UTC))
    page = (await (await served(db)).client.get("/catalogue")).text
    assert "was last read on" in page
    assert "60 days ago" in page
    command = ["log", "Kafka field notes", "--db", str(db)]
    assert CliRunner().invoke(main, command).stderr == ""  # in a script
    assert "was last read 60 days ago" in CliRunner().invoke(main, ["digest", "--db", str(db)]).stderr  # cron mails it
    monkeypatch.setattr("extractor.cli.reading.is_at_terminal", lambda: True)
    said = CliRunner().invoke(main, command).stderr
    assert said == (
        f"{db}: {folder} was last read 60 days ago, and Joplin deletes its history after 90 days by "
        "default. Run `joplin-catalogue build` now; `watch` or `schedule install` keeps it up to date automatically.\n"
    )
    make(db, folder)
    assert CliRunner().invoke(main, command).stderr == ""
