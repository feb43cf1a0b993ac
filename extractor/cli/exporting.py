"""`export`: what the catalogue holds, for other programs."""

from __future__ import annotations

import contextlib
import json
import tempfile
from typing import TYPE_CHECKING, BinaryIO

import click

from extractor.catalogue.reader import encrypted_revisions, every_revision
from extractor.catalogue.store import open_to_read
from extractor.cli.main import DB, main
from extractor.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.joplin.history import Replayed


@main.group()
def export() -> None:
    """Write what the catalogue holds for other programs."""


@export.command()
@click.option(
    "--format", "format_", type=click.Choice(["jsonl"]), default="jsonl", show_default=True, help="JSON lines."
)
@click.option("-o", "--output", type=click.File("wb"), default="-", help="A file; standard output if left out.")
@DB
def revisions(format_: str, output: BinaryIO, db: Path) -> None:
    """Write every revision with its text, oldest first.

    One JSON object a line: id, note_id, parent_id, number, captured_at, state, title, body. The body of a
    revision that is known only in part is the list of its known stretches; null where nothing can be read.
    """
    del format_  # the only one there is
    with contextlib.closing(open_to_read(db)) as catalogue, tempfile.TemporaryFile() as waiting:
        # Texts of all notes together may not fit into memory: they wait in a file, only their order is kept.
        order: list[tuple[int, str, int, int, int]] = []
        for revision in every_revision(catalogue):
            line = _line(_fields(revision))
            order.append((revision.captured_at, revision.note_id, revision.number, waiting.tell(), len(line)))
            waiting.write(line)
        for *_, start, length in sorted(order):
            waiting.seek(start)
            output.write(waiting.read(length))
        for revision_id, parent_id in encrypted_revisions(catalogue):
            empty = dict.fromkeys(("number", "captured_at"))
            output.write(
                _line(
                    {"id": revision_id, "note_id": None, "parent_id": parent_id, **empty, "state": "encrypted"}
                    | dict.fromkeys(("title", "body"))
                )
            )


def _fields(revision: Replayed) -> dict[str, object]:
    body: object = revision.body
    if body is None and revision.stretches:
        body = [stretch.text for stretch in revision.stretches]
    return {
        "id": revision.id,
        "note_id": revision.note_id,
        "parent_id": revision.parent_id,
        "number": revision.number,
        "captured_at": iso(revision.captured_at),
        "state": str(revision.state),
        "title": revision.title,
        "body": body,
    }


def _line(fields: dict[str, object]) -> bytes:
    """One line; half an emoji, which UTF-8 cannot hold, as JSON's own escape."""
    try:
        return json.dumps(fields, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(fields).encode() + b"\n"
