"""A file for others: the chosen notes with the sections and links that are in them now, and nothing else.

The file is made anew from rows that are chosen column by column (`shared_schema`). It is never a copy from which
things are deleted: freed pages keep what was in them, and a column added to the catalogue later would go along.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlite_utils import Database

from extractor.catalogue import shared_rows
from extractor.catalogue.choice import Choice, choose
from extractor.catalogue.journal import journals
from extractor.catalogue.schema import APPLICATION_ID
from extractor.catalogue.shared_schema import SHARED_APPLICATION_ID, complete, create_tables
from extractor.catalogue.sql import insert
from extractor.catalogue.store import application_id
from extractor.errors import ConfigError, NotFound, OutputError
from extractor.output import ANYBODY, cannot_write, placing
from extractor.redaction import has_token, without_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Shared:
    """How much is in the file; `links_left_out` are in the same notes and lead elsewhere than to the web."""

    notebooks: int
    notes: int
    sections: int
    links: int
    images: int
    addresses: int
    tags: int
    links_left_out: int
    links_withheld: int


def share(
    db: Database,
    path: Path,
    choice: Choice,
    *,
    with_tags: bool = False,
    with_context: bool = False,
    on_tokens: Callable[[Sequence[str]], None] | None = None,
    overwrite: bool = False,
) -> Shared:
    """Write the current notes of a choice to a new file at `path`, whole or not at all.

    Tags that were chosen by name go along, the other tags of the notes only `with_tags`; the text around each link
    only `with_context`. What looks like a token is left out if there is `on_tokens`, which is given the addresses
    before anything is written. Raises NotFound, and OutputError where the file cannot, or must not, be written.
    """
    if not choice:
        raise ConfigError("Nothing was chosen to be shared.", "Name notebooks, tags or notes.")
    chosen = choose(db, choice, to_share=True)
    if not chosen.notes:
        raise NotFound("No current note is in this choice; no file was written.", "Choose other notebooks or tags.")
    _refuse(path, overwrite=overwrite)
    notebooks = shared_rows.notebooks(db, chosen)
    notes = shared_rows.notes(db, chosen, notebooks)
    tags, note_tags = shared_rows.tags(db, chosen, with_tags=with_tags)
    sections = shared_rows.sections(db, chosen)
    links, left_out = shared_rows.links(db, chosen, sections, with_context=with_context)
    withheld: list[str] = []
    if on_tokens is not None:
        withheld = [without_tokens(link.url) for link in links if has_token(link.url)]
        on_tokens(withheld)
        links = shared_rows.without_tokens_of(link for link in links if not has_token(link.url))
        notebooks = shared_rows.without_tokens_of(notebooks)
        notes = shared_rows.without_tokens_of(notes)
        sections = shared_rows.without_tokens_of(sections)
    urls = shared_rows.urls(links, notes)
    tables: Mapping[str, Sequence[NamedTuple]] = {
        "notebooks": notebooks,
        "notes": notes,
        "tags": tags,
        "note_tags": note_tags,
        "sections": sections,
        "urls": urls,
        "links": links,
        "link_health": shared_rows.health(db, urls),
    }
    with _fresh(path) as shared:
        create_tables(shared)
        for table, rows in tables.items():
            if rows:
                shared.conn.executemany(insert(table, ", ".join(rows[0]._fields)), rows)
        complete(shared)
    return Shared(
        notebooks=len(notebooks),
        notes=len(notes),
        sections=len(sections),
        links=sum(link.kind == "link" for link in links),
        images=sum(link.kind == "image" for link in links),
        addresses=len(urls),
        tags=len(tags),
        links_left_out=left_out,
        links_withheld=len(withheld),
    )


def _refuse(path: Path, *, overwrite: bool) -> None:
    """Refuse a place where something is that must stay, or where nothing can be written."""
    if path.is_dir() or not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written.", "Name a file in a folder that is there.")
    if not path.exists():
        return
    try:
        application = application_id(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}.", "Name another file.") from error
    if application == APPLICATION_ID:
        raise OutputError(f"{path} is a catalogue: nothing else has what is in it.", "Name another file.")
    if application not in {None, SHARED_APPLICATION_ID}:
        raise OutputError(f"{path} is a database of another program.", "Name another file.")
    if journals(path.resolve()):
        # SQLite would play what is there into the new file.
        raise OutputError(f"Another program has {path} open.", "Close it there, or name another file.")
    if not overwrite:
        raise OutputError(f"{path} is there already and was left as it is.", "Name another file, or use --force.")


@contextlib.contextmanager
def _fresh(path: Path) -> Iterator[Database]:
    """A new database that takes its place at `path` when it is whole."""
    with placing(path, ANYBODY, replace_database=True) as growing:
        connection = sqlite3.connect(growing, isolation_level=None)
        try:
            # Nothing of it is to outlive a failure, so there is no journal.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON")
            yield Database(connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
                raise cannot_write(path, error) from error
            raise
        finally:
            connection.close()
