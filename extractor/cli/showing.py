"""`show`, `log` and `diff`: the text of a note, now or at any time, its history, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from extractor.catalogue.queries.revisions import revisions_of
from extractor.catalogue.reader import NOTHING, NoteHistory, Text, find_note, note_history
from extractor.cli.options import DB
from extractor.cli.reading import reading_as_it_is
from extractor.errors import NotFound
from extractor.textdiff import unified
from extractor.texts import without_lone_surrogates
from extractor.times import iso

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("note")
@click.option("--at", metavar="REVISION|DATE", help="A revision's number or id, or a time, day, month or year (UTC).")
@DB
def show(note: str, at: str | None, db: Path) -> None:
    """Print the Markdown of a note, as it is now or as it was.

    NOTE is the note's title, a part of it, or its id.

    \b
    joplin-catalogue show "Reading list"
    joplin-catalogue show "Reading list" --at 2024-11-01
    joplin-catalogue show b388f35b --at 14
    """  # noqa: D301 -- \b keeps click from rewrapping
    history = _history(note, db)
    text = history.at(at) if at else history.now()
    if text.body is None and not text.fragments:
        raise NotFound(f"The text at {text.name} cannot be read: it is {text.state}.", "Try another revision.")
    if text.body is None:
        click.echo(
            f"The text at {text.name} is known only in part: {len(text.fragments)} parts, separated by [...].",
            err=True,
        )
        click.echo(without_lone_surrogates("\n[...]\n".join(["", *text.fragments, ""])))
    else:
        if text.state == "inexact":
            click.echo(f"The text at {text.name} is inexact: Joplin's own patches do not apply cleanly.", err=True)
        click.echo(without_lone_surrogates(text.body), nl=not text.body.endswith("\n"))


@click.command()
@click.argument("note")
@DB
def log(note: str, db: Path) -> None:
    """List the revisions of a note, newest first.

    Shows the number, time (UTC) and changes of each. Use the numbers with `show --at` and `diff`.

    \b
    joplin-catalogue log "Reading list"
    """  # noqa: D301 -- \b keeps click from rewrapping
    with reading_as_it_is(db) as catalogue:
        note_id = find_note(catalogue, note)
        history = revisions_of(catalogue.conn, note_id)
    if not history:
        click.echo(
            "No revisions of this note are known: exports contain none, and Joplin creates none before an edit.",
            err=True,
        )
    width = len(str(len(history))) + 1
    for step in reversed(history):
        time = (step.captured_at or "").replace("T", " ")[:16]
        state = "" if step.state == "complete" else f"  ({step.state})"
        click.echo(without_lone_surrogates(f"{f'#{step.number}':>{width}}  {time:16}  {step.summary}{state}"))


@click.command()
@click.argument("note")
@click.argument("from_", metavar="[FROM]", required=False)
@click.argument("to", metavar="[TO]", required=False)
@DB
def diff(note: str, from_: str | None, to: str | None, db: Path) -> None:
    """Print what changed in a note, as a unified diff.

    FROM and TO are a revision's number or id, a time, a day, month or year (UTC; its end), or `now`. Without TO, shows
    what changed until now. Without both, shows the latest change.

    \b
    joplin-catalogue diff "Reading list" 2025-01-01
    joplin-catalogue diff "Reading list" 3 7
    """  # noqa: D301 -- \b keeps click from rewrapping
    history = _history(note, db)
    new = history.at(to) if to else history.now()
    old = history.since(from_) if from_ else _before(history, new)
    if from_ and old is NOTHING:
        click.echo(f"Nothing is known about this note before {from_}: all of it counts as new.", err=True)
    before, after = _lines(old), _lines(new)
    if before == after:
        click.echo(without_lone_surrogates(f"There is no difference between {_name(old)} and {_name(new)}."), err=True)
    for line in unified(before, after, _dated(old), _dated(new)):
        click.echo(without_lone_surrogates(line))


def _history(note: str, path: Path) -> NoteHistory:
    with reading_as_it_is(path) as db:
        return note_history(db, find_note(db, note))


def _before(history: NoteHistory, new: Text) -> Text:
    """The latest text that differs from this one."""
    for revision in reversed(history.revisions):
        text = history.text(revision)
        if text.body is not None and (text.body, text.title) != (new.body, new.title):
            return text
    return NOTHING


def _lines(text: Text) -> list[str]:
    r"""Lines with their ends, the title as the first; only "\\n" ends a line, as Joplin has it."""
    if text is NOTHING:
        return []
    if text.body is None:
        raise NotFound(f"The text at {text.name} is not completely known: it is {text.state}.", "Try another revision.")
    lines = f"{text.title}\n\n{text.body}".split("\n")
    return lines if lines[-1] else lines[:-1]


def _name(text: Text) -> str:
    return f"{text.title} {text.name}".lstrip()


def _dated(text: Text) -> str:
    """The name and time of a text, as in the header of a unified diff."""
    return "\t".join(filter(None, (_name(text), iso(text.captured_at))))
