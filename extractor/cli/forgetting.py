"""`forget`: a note out of the catalogue for good."""

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
@click.option("--yes", is_flag=True, help="Do not ask.")
@DB
def forget(note: str, db: Path, *, yes: bool) -> None:
    """Take a note out of the catalogue for good.

    All its texts and links are deleted, and the checks and kept pages of addresses that no other note has. NOTE is the
    note's title, a part of it, or its id. This is the only command that deletes what the catalogue remembers, in its
    backups as well. Only the id is kept, so that no later build adds the note again, even if a source still has it.

    \b
    joplin-catalogue forget "Doctor's letters"
    """  # noqa: D301 -- \b keeps click from rewrapping
    with reading(db, backup=False) as catalogue:
        note_id = find_note(catalogue, note)
        found = forgettable(catalogue, note_id)
    click.echo(f"“{found.name}” ({note_id}): {_count(found.revisions, 'revision')}, {_count(found.links, 'link')},")
    click.echo(f"{_count(found.addresses, 'address', 'addresses')} that no other note has, with all checks of them.")
    if not yes:
        click.confirm(f"Take it out of {db} and its backups for good?", abort=True)
    reached = forget_note(db, note_id, iso(now_ms()) or "")
    click.echo("It is forgotten. Only its id is kept, so that no later build adds it again.")
    for line in _remarks(found, reached):
        click.echo(line)


def _remarks(found: Forgettable, reached: Reached) -> Iterator[str]:
    """Where else it was taken out of, and what is out of reach."""
    if reached.rewritten:
        yield f"It was taken out of {_count(len(reached.rewritten), 'older copy', 'older copies')}, too."
    for path in reached.unreached:
        yield f"Not reached: {path} cannot be opened. Delete it if the note may be in it."
    if found.linking_notes:
        yield f"Not reached: the words of {_count(found.linking_notes, 'other note')} that link to it."
    if found.attachments:
        yield (
            f"Not reached: {_count(found.attachments, 'attachment')} that only this note had, and their text in "
            "`resources`."
        )
    yield (
        "Not reached: the note in Joplin itself and where it synchronises, files that `share` and `export` wrote, "
        "other copies of the catalogue, and what the disk keeps of deleted files."
    )


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"
