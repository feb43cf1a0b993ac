"""Measure builds, compared with a floor (the cost of reading and storing alone) and with an earlier commit.

    python bench/build.py /path/to/joplin                          a folder that Joplin synchronises with
    BENCH_AGAINST=7a5e375 python bench/build.py /path/to/joplin    the same, alternating with that commit

The floor reads every file, parses the JSON of every diff and writes as many rows as the build, each as long as an
average one; a build that finds no changes is compared with a walk over the folder. Seconds are wall time and CPU
time, including workers; memory is the peak of the build and its workers together; sizes are those of catalogue.db.
Everything that got worse by more than a tenth is listed at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.checkouts import Checkout, checkout, here
from bench.measure import Cost, dated_back, measure, size

SHARE_OF_A_ROW = "x" * 300
EDITS = 20
LONG_NOTE = Path(__file__).parent / "long_note.py"
WORSE = 1.1
LEAST_SECONDS, LEAST_MB = 0.1, 1.0  # smaller differences are noise
REVISION = "type_: 13"
WALK = "import os, sys; [one.stat() for one in os.scandir(sys.argv[1])]"


class Row(NamedTuple):
    """A kind of work, and its cost in each checkout; `floor` is the cost to compare with."""

    name: str
    costs: list[Cost]
    floor: Cost | None = None


class Bench:
    """Alternates between the checkouts, each of which has its own catalogue."""

    def __init__(self, source: Path, scratch: Path, checkouts: list[Checkout]) -> None:
        self.source = source
        self.scratch = scratch
        self.checkouts = checkouts

    def db(self, one: Checkout, of: str = "catalogue") -> Path:
        """The catalogue that one checkout builds."""
        return self.scratch / f"{of}-{one.name}.db"

    def build(self, source: Path, of: str = "catalogue") -> list[Cost]:
        """Bring each catalogue up to date; returns the costs, with the size of the catalogue afterwards."""
        costs = []
        for one in self.checkouts:
            db = self.db(one, of)
            cost = measure(*one.command("build", str(source), "--db", str(db), "--quiet"), folder=one.folder)
            costs.append(cost._replace(written=size(db)))
        return costs

    def rows(self) -> list[Row]:
        """Measure everything for a source."""
        full = self.build(self.source)
        rows = rows_of(self.db(self.checkouts[0]))
        (self.scratch / "rows").write_text(str(rows))
        floor = measure(sys.executable, __file__, "--floor", str(self.source), str(self.scratch))
        walk = measure(sys.executable, "-c", WALK, str(self.source))
        print(f"{self.source}: {rows:,} rows, {size(self.source):,.0f} MB")
        return [
            Row("floor", [floor], floor),
            Row("full build", full, floor),
            Row("walk over the folder", [walk], walk),
            Row("nothing changed", self.build(self.source), walk),
            Row("--help", [measure(*one.command("--help"), folder=one.folder) for one in self.checkouts]),
            *self.edits(),
        ]

    def edits(self) -> list[Row]:
        """Measure one more revision, and the size of a catalogue after several."""
        copy = self.scratch / "copy"
        shutil.copytree(self.source, copy)
        newest = latest_revisions(copy)
        notes = [one for one in sorted(newest) if (copy / f"{one}.md").exists()]
        if not notes:
            return []
        self.build(copy, "edited")
        costs = []
        for number in range(EDITS):
            note = notes[number * 7 % len(notes)]
            newest[note] = edit(copy / f"{note}.md", newest[note], number)
            costs.append(self.build(copy, "edited"))
        return [Row("one note edited", costs[0]), Row(f"the last of {EDITS} edits", costs[-1])]

    def long_note(self) -> list[Row]:
        """Measure a note of many long revisions, and one more of them; nothing if bench/long_note.py is missing."""
        if not LONG_NOTE.exists():
            return []
        folder, last = self.scratch / "long", self.scratch / "last"
        measure(sys.executable, str(LONG_NOTE), str(folder))
        newest = folder / f"{max(latest_revisions(folder).values()).id}.md"
        newest.rename(last)
        full = self.build(folder, "long")
        last.rename(newest)
        return [Row("a long history", full), Row("one more revision of it", self.build(folder, "long"))]


class Newest(NamedTuple):
    """The last revision of a note: its time in ms, and its id."""

    at: int
    id: str


def field(item: str, name: str) -> str:
    """A field of an item, as written."""
    return next((line.partition(": ")[2] for line in item.split("\n") if line.startswith(f"{name}: ")), "")


def latest_revisions(folder: Path) -> dict[str, Newest]:
    """The last revision of each note that has any."""
    newest: dict[str, Newest] = {}
    for file in folder.glob("*.md"):
        item = file.read_text(encoding="utf-8", errors="surrogateescape")
        if item.rstrip().endswith(REVISION) and (at := field(item, "item_updated_time")).isdecimal():
            note = field(item, "item_id")
            newest[note] = max(newest.get(note, Newest(0, "")), Newest(int(at), file.stem))
    return newest


def edit(note: Path, last: Newest, number: int) -> Newest:
    """Put a link at the start of a note, and add the revision that Joplin makes of that change."""
    text = note.read_text(encoding="utf-8", errors="surrogateescape")
    title, _, rest = text.partition("\n\n")
    link = f"[Bench {number}](https://bench.example/{number})\n\n"
    new = Newest(last.at + 600_000, f"be{number:030x}")
    at = datetime.fromtimestamp(new.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    changed = "\n".join(
        f"updated_time: {at}" if line.startswith("updated_time: ") else line for line in rest.split("\n")
    )
    note.write_text(f"{title}\n\n{link}{changed}", encoding="utf-8", errors="surrogateescape")
    hunk = {"diffs": [[1, link]], "start1": 0, "start2": 0, "length1": 0, "length2": len(link)}
    fields = {
        "id": new.id, "parent_id": last.id, "item_type": 1, "item_id": note.stem, "item_updated_time": new.at,
        "title_diff": json.dumps("[]"), "body_diff": json.dumps(json.dumps([hunk])),
        "metadata_diff": json.dumps({"new": {}, "deleted": []}), "encryption_cipher_text": "",
        "encryption_applied": 0, "updated_time": at, "created_time": at, "type_": 13,
    }  # fmt: skip
    item = "\n".join(f"{name}: {value}" for name, value in fields.items())
    revision = note.parent / f"{new.id}.md"
    revision.write_text(item, encoding="utf-8")
    dated_back(note, revision)
    return new


def floor(source: Path, db: Path, rows: int) -> None:
    """Do what every build has to do."""
    for name in os.listdir(source):  # noqa: PTH208 -- the cheapest listing there is
        if name.endswith(".md"):
            text = (source / name).read_bytes().decode()
            for line in text.split("\n"):
                if line.startswith(('title_diff: "', 'body_diff: "')):
                    diff = json.loads(line.partition(": ")[2]).replace("\\\n", "\\n").replace("\\\r", "\\r")
                    if not diff.startswith("@@"):
                        json.loads(diff or "[]")
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", ((i, SHARE_OF_A_ROW) for i in range(rows)))


def rows_of(db: Path) -> int:
    """How many rows a build wrote, without those of full-text search."""
    with sqlite3.connect(db) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "_fts" not in name
        ]
        return sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables)  # noqa: S608 -- names from the file


def table(rows: list[Row], checkouts: list[Checkout]) -> list[str]:
    """The lines of the table; with two checkouts, each row is followed by that of the other, and by the ratio."""
    lines = [f"{'':36}{'wall s':>9}{'CPU s':>9}{'MB':>8}{'db MB':>8}{'wall':>10}{'CPU':>8}"]
    for row in rows:
        for number, (cost, name) in enumerate(zip(row.costs, (one.name for one in checkouts), strict=False)):
            label = row.name if number == 0 else f"{'':4}{name}"
            line = f"{label:<36}{cost.wall:9.2f}{cost.cpu:9.2f}{cost.megabytes:8.0f}"
            line += f"{cost.written:8.0f}" if cost.written else f"{'':8}"
            if row.floor is not None:
                line += f"{cost.wall / row.floor.wall:9.2f}x{cost.cpu / max(row.floor.cpu, 0.01):7.2f}x"
            lines.append(line)
        if len(row.costs) > 1:
            now, then = row.costs
            ratios = [_ratio(one, other) for one, other in zip(now, then, strict=True)]
            lines.append(f"{'    ratio':<36}{ratios[0]:>9}{ratios[1]:>9}{ratios[2]:>8}{ratios[3]:>8}")
    return lines


def _ratio(now: float, then: float) -> str:
    return f"{now / then:.2f}" if then else ""


def worse(rows: list[Row]) -> list[str]:
    """The costs that are more than a tenth higher than in the other checkout, without noise."""
    least = Cost(LEAST_SECONDS, LEAST_SECONDS, LEAST_MB, LEAST_MB)
    return [
        f"{row.name}: {now:.2f} {unit}, was {then:.2f}"
        for row in rows
        if len(row.costs) > 1
        for now, then, noise, unit in zip(*row.costs, least, ("s", "CPU s", "MB", "MB of catalogue.db"), strict=True)
        if now > then * WORSE and now - then > noise
    ]


def main() -> None:
    """Print the figures as a table."""
    if len(sys.argv) == 4 and sys.argv[1] == "--floor":  # noqa: PLR2004 -- this script calling itself
        folder = Path(sys.argv[3])
        floor(Path(sys.argv[2]), folder / "floor.db", int((folder / "rows").read_text()))
        return
    source = Path(sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else "examples/joplin").absolute()
    against = os.environ.get("BENCH_AGAINST", "")
    with ExitStack() as stack:
        checkouts = [here()]
        if against:
            checkouts.append(stack.enter_context(checkout(against)))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = Bench(source, scratch, checkouts)
        # Without comparison, that note is measured by bench/history.py.
        rows = [*bench.rows(), *(bench.long_note() if against else [])]
        print("\n".join(table(rows, checkouts)))
    if against:
        found = worse(rows)
        print(
            "\n".join(["Worse by more than a tenth:", *found]) if found else "Nothing got worse by more than a tenth."
        )


if __name__ == "__main__":
    main()
