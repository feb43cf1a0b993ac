"""The catalogue of the same notes is the same, table by table, wherever they were read.

What a source tells differently from the sync target is listed in SOURCES, with the number of rows and the reason.
(For encrypted targets nothing is listed: test_build_sources.py.)
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
import respx
from catalogues import NAME, NOT_CONTENT, catalogue_of, content, copy_of, make, rows
from joplin_service import TOKEN, JoplinService
from shared import shared

from extractor.build import build
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = Mapping[str, Any]
Rows = dict[tuple[str, ...], Row]
NOTHING: Row = {}


class Difference(NamedTuple):
    """A row of the sync target's catalogue, and the row of the other's with the same key; {} where there is none."""

    table: str
    here: Row
    there: Row

    @property
    def columns(self) -> set[str]:
        return {column for column in self.here if self.here[column] != self.there.get(column)}

    def of_note(self, *states: str) -> bool:
        """Whether it belongs to a note that only one of the two has, in one of these states."""
        row = self.here or self.there
        return (not self.here or not self.there) and row["note's state"] in states


class Reason(NamedTuple):
    says: str
    explains: Callable[[Difference], bool]
    counts: Mapping[str, int]


CONFLICTS = Reason(
    "notes in conflict are never uploaded (BaseItem.ts:742)",
    lambda d: not d.here and d.of_note("conflict"),
    {"notes": 8, "note_bodies": 8, "sections": 198, "links": 244},
)
CONFLICT_DATES = Reason(
    "a note in conflict may have had an address before the note that it is a copy of: then no day is known",
    lambda d: d.table == "urls" and d.columns <= {"absent_at", "is_dated"},
    {"urls": 51},
)
ESCAPED = Reason(
    "a title is written raw and unescaped when it is read (BaseItem.ts:442): the target loses a backslash",
    lambda d: d.table == "notebooks" and d.there["title"] == 'Sub / folder "x" \\n',
    {"notebooks": 1},
)
NAMED = Reason(
    "what moved a note there says so with that title",
    lambda d: d.table == "revisions" and d.columns == {"summary"} and "“Sub / folder" in d.there["summary"],
    {"revisions": 2},
)
NOTE_TAGS = Reason(
    "the Data API tells which note has which tag, and not the id of that",
    lambda d: d.table == "note_tags",
    {"note_tags": 2 * 26},
)
TRASH = Reason(
    "Joplin had emptied its old trash when the answers were recorded",
    lambda d: not d.there and d.of_note("trashed"),
    {"notes": 1, "note_bodies": 1, "revisions": 7, "revision_diffs": 7, "sections": 4, "links": 2, "link_changes": 2},
)
NOT_ASKED = Reason(
    "the recorded answers do not have these columns, for nobody asked for them",
    lambda d: d.columns <= {"created_at", "updated_at"},
    {"notebooks": 13, "tags": 5, "resources": 13},
)
NOT_RECORDED = Reason("which note has which tag was not recorded", NOTE_TAGS.explains, {"note_tags": 26})

SOURCES = {
    "profile": [CONFLICTS, CONFLICT_DATES, ESCAPED, NAMED],
    "api": [CONFLICTS, CONFLICT_DATES, ESCAPED, NAMED, NOTE_TAGS],
    "recorded api": [CONFLICTS, CONFLICT_DATES, ESCAPED, NAMED, TRASH, NOT_RECORDED, NOT_ASKED],
}


def read_service(corpora: Callable[[str], Path], db: Path) -> None:
    with JoplinService(corpora("profile") / "database.sqlite").running() as address:
        read_api(address, db)


def read_recorded(corpora: Callable[[str], Path], db: Path) -> None:
    """Read the answers of a real Joplin."""
    folder = corpora("api")
    pages = {
        (httpx.URL(answer["path"]).path, httpx.URL(answer["path"]).params["page"]): folder / f"{answer['name']}.json"
        for answer in json.loads((folder / "_index.json").read_text(encoding="utf-8"))
        if "_page_" in answer["name"]
    }

    def replay(request: httpx.Request) -> httpx.Response:
        page = pages.get((request.url.path, request.url.params.get("page", "")))
        return httpx.Response(200, content=page.read_bytes() if page else b'{"items": [], "has_more": false}')

    with respx.mock(base_url="http://127.0.0.1:41184") as mock:
        mock.get("/ping").respond(text="JoplinClipperServer")
        mock.get(url__regex=r".*").mock(side_effect=replay)
        read_api("http://127.0.0.1:41184", db)


def read_api(address: str, db: Path) -> None:
    with closing(open_source(address, token=TOKEN)) as source:
        build([source], db, workers=1)


def from_service(corpora: Callable[[str], Path], _: Path) -> Path:
    return shared("catalogue-service", lambda folder: read_service(corpora, folder / NAME)) / NAME


def from_recorded(corpora: Callable[[str], Path], folder: Path) -> Path:
    read_recorded(corpora, folder / NAME)
    return folder / NAME


CATALOGUES = {"profile": lambda *_: catalogue_of("profile"), "api": from_service, "recorded api": from_recorded}


def told(db: Path) -> Rows:
    """Each row of each table by its key, with the state of the note that it belongs to."""
    found: Rows = {}
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        states = dict(connection.execute("SELECT id, state FROM notes").fetchall())
        notes = dict(connection.execute("SELECT id, note_id FROM revisions").fetchall())
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table in NOT_CONTENT or "_fts" in table:
                continue
            keys = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})") if row["pk"]]
            for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 -- names from the file itself
                fields = dict(row)
                note = fields.get("note_id") or notes.get(fields.get("revision_id")) or fields.get("id")
                found[table, *(str(row[key]) for key in keys)] = fields | {"note's state": states.get(note)}
    return found


def differences(one: Path, other: Path) -> Iterator[Difference]:
    here, there = told(one), told(other)
    for key in here.keys() | there.keys():
        if here.get(key) != there.get(key):
            yield Difference(key[0], here.get(key, NOTHING), there.get(key, NOTHING))


@pytest.mark.parametrize("name", SOURCES)
def test_it_differs_only_in_what_is_listed(
    corpora: Callable[[str], Path], sync_db: Path, tmp_path: Path, name: str
) -> None:
    db = CATALOGUES[name](corpora, tmp_path)
    explained: dict[str, Counter[str]] = {reason.says: Counter() for reason in SOURCES[name]}
    for difference in differences(sync_db, db):
        reason = next((reason for reason in SOURCES[name] if reason.explains(difference)), None)
        assert reason is not None, difference
        explained[reason.says][difference.table] += 1
    assert explained == {reason.says: reason.counts for reason in SOURCES[name]}


@pytest.mark.parametrize("order", [1, -1])
def test_the_target_and_the_api_of_one_joplin_give_each_item_once(
    corpora: Callable[[str], Path], tmp_path: Path, order: int
) -> None:
    if order > 0:
        db = copy_of(catalogue_of("sync"), tmp_path)
        read_service(corpora, db)
    else:
        db = copy_of(from_service(corpora, tmp_path), tmp_path)
        make(db, corpora("sync"))
    found, expected = content(db), content(catalogue_of("profile"))
    # Of the same age, what the source says counts that came first; that is the one notebook's title, and what names it.
    assert {table for table in found if found[table] != expected[table]} == (
        {"notebooks", "revisions"} if order > 0 else set()
    )
    assert rows(db, "SELECT count(*) FROM note_tags WHERE created_at IS NULL") == [0]


def test_exports_tell_the_same_notes_and_no_history(
    corpora: Callable[[str], Path], sync_db: Path, tmp_path: Path
) -> None:
    """JEX and RAW alike; without what is in the trash, and without the past."""
    jex, raw = tmp_path / "jex.db", tmp_path / "raw.db"
    make(jex, corpora("exports") / "export.jex")
    make(raw, corpora("exports") / "raw")
    assert content(jex) == content(raw)
    for table in ("tags", "note_tags", "resources", "notebooks"):
        assert content(jex)[table] == content(sync_db)[table]
    now = (
        "SELECT note_id, links.url, kind, text, section, line FROM links JOIN notes ON notes.id = note_id "
        "WHERE removed_at IS NULL AND state = 'current' ORDER BY note_id, line, links.url, text"
    )
    assert rows(jex, now) == rows(sync_db, now)
    for table in ("revisions", "link_changes"):
        assert rows(jex, f"SELECT count(*) FROM {table}") == [0]  # noqa: S608 -- names above
