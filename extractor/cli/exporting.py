"""`export`: the content of the catalogue, for other programs."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from extractor.catalogue.bookmarks import bookmarks as bookmark_file
from extractor.catalogue.export_markdown import link_list
from extractor.catalogue.export_tree import saved_links, withhold_tokens
from extractor.catalogue.reader import encrypted_revisions, every_revision
from extractor.cli.choosing import choosing
from extractor.cli.options import DB
from extractor.cli.reading import reading_as_it_is
from extractor.cli.tokens import WITH_TOKENS, list_tokens
from extractor.errors import OutputError
from extractor.output import writing
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from extractor.catalogue.choice import Choice
    from extractor.catalogue.export_tree import ExportedPlace
    from extractor.joplin.history import Replayed

STANDARD_OUTPUT = Path("-")
OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=STANDARD_OUTPUT,
    help="Output file; standard output by default.",
)


@click.group()
def export() -> None:
    """Export links or revisions to a file for other programs."""


@export.command()
@click.option(
    "--format", "format_", type=click.Choice(["jsonl"]), default="jsonl", show_default=True, help="JSON lines."
)
@OUTPUT
@DB
def revisions(format_: str, output: Path, db: Path) -> None:
    """Write every revision with its text, oldest first.

    Each line is a JSON object: id, note_id, parent_id, number, captured_at, state, title, body. If a revision is known
    only in part, its body is a list of the known parts; if nothing can be read, it is null.
    """
    del format_  # there is only one
    with reading_as_it_is(db) as catalogue, tempfile.TemporaryFile() as waiting:
        # All texts together may not fit into memory: they go to a temporary file, and only their order is kept.
        order: list[tuple[int, str, int, int, int]] = []
        for revision in every_revision(catalogue):
            line = _line(_fields(revision))
            order.append((revision.captured_at, revision.note_id, revision.number, waiting.tell(), len(line)))
            waiting.write(line)
        encrypted = encrypted_revisions(catalogue)
        with _written(output, db, "revision", len(order) + len(encrypted)) as file:
            for *_, start, length in sorted(order):
                waiting.seek(start)
                file.write(waiting.read(length))
            for revision_id, parent_id in encrypted:
                empty = dict.fromkeys(("number", "captured_at"))
                file.write(
                    _line(
                        {"id": revision_id, "note_id": None, "parent_id": parent_id, **empty, "state": "encrypted"}
                        | dict.fromkeys(("title", "body"))
                    )
                )


@export.command()
@OUTPUT
@choosing
@WITH_TOKENS
@DB
def bookmarks(choice: Choice, with_tokens: bool, output: Path, db: Path) -> None:
    """Export the links in your notes as a bookmark file, for browsers and linkding.

    Notebooks, notes and sections become nested folders. Each link has the date when it was saved (or, if that is not
    known, the first date it was seen) and the tags of its note. An address that appears twice in a section is one
    bookmark. Notes in the trash, conflict copies and notes that are no longer in Joplin are left out.

    \b
    joplin-catalogue export bookmarks -o bookmarks.html
    joplin-catalogue export bookmarks --notebook Engineering --tag kafka
    """  # noqa: D301 -- \b keeps click from rewrapping
    _write(bookmark_file, choice, output, db, with_tokens=with_tokens)


@export.command()
@OUTPUT
@choosing
@WITH_TOKENS
@DB
def markdown(choice: Choice, with_tokens: bool, output: Path, db: Path) -> None:
    """Export the links in your notes as one Markdown document, by section.

    Notebooks, notes and sections become nested headings. Each link has the date when it was saved or, if that is not
    known, `by` and the first date it was seen. Leaves out the same notes as `export bookmarks`.
    """
    _write(link_list, choice, output, db, with_tokens=with_tokens)


def _write(
    form: Callable[[ExportedPlace], Iterable[str]], choice: Choice, output: Path, db: Path, *, with_tokens: bool
) -> None:
    with reading_as_it_is(db) as catalogue:
        links = saved_links(catalogue, choice)
    if not with_tokens:
        list_tokens(withhold_tokens(links))
    with _written(output, db, "bookmark", links.total) as file:
        file.writelines(line.encode() for line in form(links))


@contextlib.contextmanager
def _written(output: Path, db: Path, what: str, count: int) -> Iterator[BinaryIO]:
    """The file to write to; reports what was written, unless it is standard output.

    Like the catalogue it comes from, it is private (mode 0600). Raises OutputError.
    """
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with contextlib.suppress(OSError):  # which `writing` reports
        if output.exists() and output.samefile(db):
            raise OutputError(f"{output} is the catalogue itself and must not be overwritten.", "Choose another file.")
    with writing(output) as file:
        yield file
    click.echo(f"{output}: {count:,} {what}{'' if count == 1 else 's'}", err=True)


def _fields(revision: Replayed) -> dict[str, object]:
    body: object = revision.body
    if body is None and revision.fragments:
        body = [fragment.text for fragment in revision.fragments]
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
    """One line; half an emoji, which UTF-8 cannot encode, becomes a JSON escape."""
    try:
        return json.dumps(fields, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(fields).encode() + b"\n"
