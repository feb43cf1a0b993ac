"""`forget`: remove a note from the catalogue for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from extractor.catalogue.forgetting import Forgettable, Reached, forget_note, forgettable
from extractor.catalogue.reader import find_note
from extractor.catalogue.store import reading
from extractor.cli.options import DB
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@click.command()
@click.argument("note")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@DB
def forget(note: str, db: Path, *, yes: bool) -> None:
    """Remove a note from the catalogue for good.

    Deletes all its texts and links, and the checks and kept pages of addresses that no other note has, also from the
    backups. NOTE is the note's title, a part of it, or its id. This is the only command that deletes anything the
    catalogue remembers. Only the id is kept, so that no later build adds the note again, even if a source still has it.

    \b
    joplin-catalogue forget "Doctor's letters"
    """  # noqa: D301 -- \b keeps click from rewrapping
    with reading(db, backup=False) as catalogue:
        note_id = find_note(catalogue, note)
        found = forgettable(catalogue, note_id)
    click.echo(f"“{found.name}” ({note_id}): {_count(found.revisions, 'revision')}, {_count(found.links, 'link')},")
    click.echo(f"{_count(found.addresses, 'address', 'addresses')} that no other note has, with all checks.")
    if not yes:
        click.confirm(f"Remove it from {db} and its backups for good?", abort=True)
    reached = forget_note(db, note_id, iso(now_ms()) or "")
    click.echo("The note is removed. Only its id is kept, so that no later build adds it again.")
    for line in _remarks(found, reached):
        click.echo(line)


def _remarks(found: Forgettable, reached: Reached) -> Iterator[str]:
    """Where else it was removed from, and what could not be reached."""
    if reached.rewritten:
        yield f"Also removed from {_count(len(reached.rewritten), 'older copy', 'older copies')}."
    for path in reached.unreached:
        yield f"Not reached: {path} cannot be opened. Delete it if it may contain the note."
    if found.linking_notes:
        yield f"Not reached: the text of {_count(found.linking_notes, 'other note')} that link to it."
    if found.attachments:
        yield (
            f"Not reached: {_count(found.attachments, 'attachment')} that only this note had, and the text in "
            "`resources`."
        )
    yield (
        "Not reached: the note in Joplin itself and on its sync target, files written by `share` and `export`, other "
        "copies of the catalogue, and remains of deleted files on the disk."
    )


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"
