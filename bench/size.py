"""Measure the size of a catalogue, by table and index, after a full build and after twenty that change a note.

    python bench/size.py /path/to/joplin

The size of just the values in the tables that people read, without keys, indexes and search, shows how small the file
could be as long as each value is stored as text. Each of the twenty builds reads one note with one more line, and one
more revision; wall and CPU time are in seconds, memory is in MB.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from build import Cost, dated_back, measure

from extractor.catalogue.schema import HIDDEN

EDITS = 20
SHOWN = 0.005  # share of the file from which on a table or an index is listed
LATER = datetime(2030, 1, 1, tzinfo=UTC)
AT_THE_TOP = json.dumps(
    [
        {
            "diffs": [[1, "[one more](https://one.example/more)\n\n"]],
            "start1": 0,
            "start2": 0,
            "length1": 0,
            "length2": 38,
        }
    ]
)


def edited(folder: Path, note_id: str, latest: str, number: int) -> None:
    """Add a line to a note, and write the revision for that, made from its latest one."""
    at = LATER + timedelta(minutes=number)
    note = folder / f"{note_id}.md"
    body, _, fields = note.read_text(encoding="utf-8").rpartition("\n\nid: ")
    time = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fields = re.sub(r"(?m)^((?:user_)?updated_time): .*$", rf"\1: {time}", fields)
    note.write_text(f"{body}\n\n[one more](https://one.example/{number})\n\nid: {fields}", encoding="utf-8")
    new = blake2b(f"{latest} {number}".encode(), digest_size=16).hexdigest()
    revision = (folder / f"{latest}.md").read_text(encoding="utf-8").replace(latest, new)
    for name, value in (
        ("parent_id", latest),
        ("item_updated_time", str(int(at.timestamp()) * 1000)),
        ("body_diff", json.dumps(AT_THE_TOP)),
    ):
        revision = re.sub(rf"(?m)^{name}: .*$", f"{name}: {value}".replace("\\", r"\\"), revision)
    (folder / f"{new}.md").write_text(revision, encoding="utf-8")
    dated_back(note, folder / f"{new}.md")


def sizes(db: Path) -> list[tuple[str, int]]:
    """The bytes of each table and index, the largest first; none if SQLite was built without dbstat."""
    with closing(sqlite3.connect(db)) as connection:
        try:
            return connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").fetchall()
        except sqlite3.OperationalError:
            return []


def kinds(db: Path) -> dict[str, int]:
    """The bytes by purpose, and how many of them are the values in the tables that people read."""
    found = dict.fromkeys(("values that people read", "their tables", "hidden tables", "indexes", "search"), 0)
    with closing(sqlite3.connect(db)) as connection:
        indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        for name, size in sizes(db):
            kind = _kind(name, indexes)
            found[kind] += size
            if kind == "their tables":
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
                lengths = ", ".join(f"sum(length(CAST({column} AS BLOB)))" for column in columns)
                values = connection.execute(f"SELECT {lengths} FROM {name}").fetchone()  # noqa: S608 -- names from the file
                found["values that people read"] += sum(filter(None, values))
    return found


def _kind(name: str, indexes: set[str]) -> str:
    if "_fts" in name:
        return "search"
    if name in indexes:
        return "indexes"
    return "hidden tables" if name in HIDDEN or name.startswith(("sqlite_", "_")) else "their tables"


def said(what: str, db: Path, source: int) -> str:
    """A line with the size of a catalogue, and its ratio to the size of the source."""
    return f"{what:32}{db.stat().st_size / 1e6:9.1f} MB{db.stat().st_size / source:8.2f} times the source"


def main() -> None:
    """Measure the source that the command line names."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, db = Path(scratch) / "joplin", Path(scratch) / "catalogue.db"
        shutil.copytree(sys.argv[1], folder)
        source = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        build = (sys.executable, "-m", "extractor", "build", str(folder), "--db", str(db), "--quiet", "--no-backup")
        measure(*build)
        print(said("full build", db, source))
        for name, size in kinds(db).items():
            print(f"  {name:40}{size / 1e6:9.2f} MB{size / source:8.2f} times the source")
        for name, size in sizes(db):
            if size > db.stat().st_size * SHOWN:
                print(f"  {name:40}{size / 1e6:9.2f} MB")
        with closing(sqlite3.connect(db)) as connection:
            notes = connection.execute(
                "SELECT note_id, id FROM revisions JOIN (SELECT note_id, max(number) AS number FROM revisions "
                "GROUP BY note_id) USING (note_id, number) WHERE note_id IN "
                "(SELECT id FROM notes WHERE state = 'current' AND markup = 'markdown') ORDER BY note_id LIMIT ?",
                [EDITS],
            ).fetchall()
        costs: list[Cost] = []
        for number, (note_id, latest) in enumerate(notes):
            edited(folder, note_id, latest, number)
            costs.append(measure(*build))
        print(said(f"after {len(notes)} notes edited", db, source))
        for name, cost in (
            ("one note edited, median", sorted(costs)[len(costs) // 2]),
            ("nothing changed", measure(*build)),
        ):
            print(f"{name:32}{cost.wall:9.2f} wall{cost.cpu:9.2f} CPU{cost.megabytes:9.0f} MB")


if __name__ == "__main__":
    main()
