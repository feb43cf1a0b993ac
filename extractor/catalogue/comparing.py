"""Comparing the rows of the catalogue with those that follow from its memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue import derived
from extractor.catalogue.address_health import weigh
from extractor.catalogue.keyframes import KeyframeError, keyframe_text
from extractor.catalogue.stored_texts import restored
from extractor.texts import without_lone_surrogates
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from extractor.catalogue.database import Database
    from extractor.joplin.items import Note
    from extractor.timeline import NoteRows

LONGEST = 60  # characters of a value; the rest is not shown


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as it should be: its table, its key, and what is wrong."""

    table: str
    of: str
    detail: str


def compare_note(db: Database, rows_of_note: NoteRows) -> Iterator[Difference]:
    """Differences in the rows of one note: revisions, sections, links and changes of links."""
    # The row of a lost revision may belong to another note, so lost revisions are left out.
    numbered = [row for row in rows_of_note.revisions if row.number is not None]
    tables: tuple[tuple[str, str, Iterable[tuple[object, ...]], str, int], ...] = (
        (
            "revisions",
            derived.REVISION_COLUMNS,
            map(derived.revision_values, numbered),
            "note_id = ? AND number NOT NULL",
            1,
        ),
        ("sections", derived.SECTION_COLUMNS, map(derived.section_values, rows_of_note.sections), "note_id = ?", 1),
        ("links", derived.LINK_COLUMNS, map(derived.link_values, rows_of_note.links), "note_id = ?", 1),
        (
            "link_changes",
            derived.CHANGE_COLUMNS,
            rows_of_note.changes,
            "link_id IN (SELECT id FROM links WHERE note_id = ?)",
            3,
        ),
    )
    for table, columns, expected, where, key in tables:
        found = db.execute(f"SELECT {columns} FROM {table} WHERE {where}", [rows_of_note.note_id]).fetchall()
        names = columns.split(", ")
        yield from _compare(table, names, expected, found, key, _settled(names))


def _settled(names: Sequence[str]) -> frozenset[int]:
    """The columns that the end of a build may change, when it knows all notes: whether a link leads to one of them."""
    return frozenset({names.index("target")}) if "target" in names else frozenset()


def compare_health(db: Database, sample: Iterable[int] | None = None) -> Iterator[Difference]:
    """Differences between `address_health` and the result of the checks, for all addresses, or for a sample of them."""
    db.execute("CREATE TEMP TABLE address_health AS SELECT * FROM main.address_health WHERE 0")
    try:
        rows = db.execute("SELECT url_id FROM checks UNION SELECT url_id FROM main.address_health").fetchall()
        ids = [row[0] for row in rows]
        names = [column[0] for column in db.execute("SELECT * FROM main.address_health LIMIT 0").description]
        for url_id in ids if sample is None else sorted(set(sample) & set(ids)):
            db.execute(weigh(str(int(url_id))))  # into the temporary table, which has precedence
            weighed, kept = (
                db.execute(f"SELECT * FROM {schema}.address_health WHERE url_id = ?", [url_id]).fetchall()
                for schema in ("temp", "main")
            )
            yield from _compare("address_health", names, weighed, kept, 1, frozenset())
    finally:
        db.execute("DROP TABLE temp.address_health")


def compare_current(db: Database, note: Note) -> Iterator[Difference]:
    """Differences between a note in its source and in the catalogue, if they are the same version."""
    row = db.execute(
        "SELECT notes.title, body FROM notes JOIN note_bodies ON note_id = notes.id WHERE notes.id = ? "
        "AND updated_at IS ?",
        [note.id, iso(note.updated_time)],
    ).fetchone()
    if row is not None:
        expected = [(note.id, without_lone_surrogates(note.title), without_lone_surrogates(note.body))]
        yield from _compare("note_bodies", ["note", "title", "body"], expected, [(note.id, *row)], 1, frozenset())


def texts_that_differ(db: Database, rows_of_note: NoteRows) -> Iterator[Difference]:
    """Differences in rebuilt texts, which are kept because they may not be rebuilt again."""
    kept = dict(
        db.execute(
            "SELECT revision_id, seen_body FROM revision_diffs WHERE note_id = ? AND seen_body NOT NULL",
            [rows_of_note.note_id],
        ).fetchall()
    )
    for revision_id, text in rows_of_note.rebuilt.items():
        body = kept.get(revision_id)
        if body is not None and restored(body) != text.body:
            yield Difference("revision_diffs", revision_id, "the rebuilt text is different")


def compare_keyframes(db: Database, rows_of_note: NoteRows) -> Iterator[Difference]:
    """Differences in the keyframes of a long history."""
    columns = ("note_id", "revision_id", "base_id", "digest")
    expected = [row[: len(columns)] for row in rows_of_note.keyframes]
    rows = db.execute(
        "SELECT note_id, revision_id, base_id, digest, text FROM keyframes WHERE note_id = ?", [rows_of_note.note_id]
    ).fetchall()
    yield from _compare("keyframes", columns, expected, [row[: len(columns)] for row in rows], 2, frozenset())
    for _, revision_id, _, digest, text in rows:
        try:
            keyframe_text(text, digest)
        except KeyframeError as error:
            yield Difference("keyframes", revision_id, str(error))


def _compare(
    table: str,
    names: Sequence[str],
    expected: Iterable[tuple[object, ...]],
    found: Sequence[tuple[object, ...]],
    key: int,
    ignored: frozenset[int],
) -> Iterator[Difference]:
    there = {row[:key]: row for row in found}
    for row in expected:
        other = there.pop(tuple(row[:key]), None)
        of = ", ".join(map(_shown, row[:key]))
        if other is None:
            yield Difference(table, of, "is missing")
            continue
        for place, (one, two) in enumerate(zip(row, other, strict=True)):
            if one != two and not (place in ignored and two in {"note", "resource", "other"}):
                yield Difference(table, of, f"{names[place]} is {_shown(two)}, not {_shown(one)}")
    for left in there:
        yield Difference(table, ", ".join(map(_shown, left)), "should not be there")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
