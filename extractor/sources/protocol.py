"""The protocol of every source: entries to compare with the last build, and items to read.

A source is read in two steps, so that a build with nothing changed costs one listing::

    entries() -> what may be an item, each with a stamp -> read(those whose stamp is new) -> items

Nothing is ever written to a source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, runtime_checkable

from extractor.errors import ItemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from extractor.joplin.items import Item, MasterKey

SourceKind = Literal["folder", "archive", "profile", "api", "file"]

MAX_ITEM_SIZE: Final = 128 * 1024 * 1024
"""Bytes; a longer item is a problem and not read (the largest that a Joplin server takes by default is 10 MB)."""

ID_LENGTH: Final = 32
DATABASE: Final = "database.sqlite"
"""What Joplin calls the database of a profile."""

_ID = re.compile(r"[0-9a-f]{32}")
_NAMED_BY_ID = re.compile(r"[0-9a-f]{32}\.md")
_EXTENSION = re.compile(r"[A-Za-z0-9_+-]{0,40}")


class Entry(NamedTuple):
    """One thing in a source that may be an item.

    `name` is the file name or the key of the row, for messages. `item_id` is set if the name contains it.
    `stamp` changes whenever the content may have changed; '' means unknown, so that every build reads the entry.
    """

    name: str
    item_id: str | None
    stamp: str

    def untrusted(self) -> Entry:
        """Return the same entry with a stamp that makes the next build read it again."""
        return self._replace(stamp="")


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading one entry: an item, a problem, or neither if it was skipped as irrelevant.

    Both are set if the item could be read except for minor fields, which the problem describes. `entry` is the entry
    to remember: its stamp is '' if the content is not reliable.
    """

    entry: Entry
    item: Item | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of an attachment: a file, an offset and a length; by default the whole file."""

    path: Path
    offset: int = 0
    size: int = -1

    def read(self, most: int = -1) -> bytes:
        """Read them, or the first of them; raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size if most < 0 else most if self.size < 0 else min(most, self.size))


class Source(Protocol):
    """A place where Joplin keeps notes."""

    @property
    def kind(self) -> SourceKind:
        """The kind of source."""

    @property
    def location(self) -> str:
        """The canonical absolute path or address, without credentials: always the same text for the same place."""

    @property
    def has_history(self) -> bool:
        """Whether a source of this kind can hold revisions; exports cannot."""

    @property
    def history_days(self) -> int | None:
        """How many days Joplin keeps revisions, 0 if it keeps none, None if the source does not say."""

    def entries(self) -> list[Entry]:
        """Everything that may be an item; raises SourceError."""

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Read these entries, in any order; raises SourceError only if the whole source fails.

        Each yields one reading; a remote item that another device changed meanwhile yields a second one, which counts.
        """

    def master_keys(self) -> tuple[MasterKey, ...]:
        """The encryption keys stored with the items."""

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:
        """An attachment, if it is on this computer; on an encrypted target it is JED01 text."""

    def close(self) -> None:
        """Close whatever is open."""


@runtime_checkable
class NoteLookup(Protocol):
    """A source that may have notes it does not list, and that can be asked for a note by id."""

    def find_notes(self, note_ids: Iterable[str]) -> list[Entry]:
        """The entries of those notes that exist, each requested once; raises SourceError."""


def is_item_name(name: str) -> bool:
    """Whether Joplin takes a file with this name for an item: 32 characters and `.md` (BaseItem.isSystemPath)."""
    stem, dot, extension = name.partition(".")
    # A name that is not valid UTF-8 on the disk reaches Python with lone surrogates: Joplin never writes one,
    # and it could neither be printed nor stored.
    return dot == "." and extension == "md" and len(stem) == ID_LENGTH and stem.isprintable()


def is_named_by_id(name: str) -> bool:
    """Whether the name of an item file is the id of the item, as in all that Joplin writes."""
    return _NAMED_BY_ID.fullmatch(name) is not None


def is_id(text: str) -> bool:
    """Whether a text is a Joplin id: 32 lower-case hexadecimal digits."""
    return _ID.fullmatch(text) is not None


def item_entry(name: str, stamp: str) -> Entry:
    """The entry of an item file."""
    return Entry(name, name[:ID_LENGTH] if is_named_by_id(name) else None, stamp)


def read_item(entry: Entry, content: bytes) -> Reading:
    """Read the bytes of an item file; errors in them become the problem of the reading."""
    from extractor.joplin.item_reader import parse_item  # noqa: PLC0415 -- most builds read nothing

    if not content.strip():
        return Reading(entry, problem="It is empty.")
    odd: list[str] = []
    try:
        # Strict, because a replaced byte would get into the texts, and every later patch would fail.
        # Newlines are not translated: patches count CR LF in a body.
        item = parse_item(content.decode("utf-8"), odd)
    except UnicodeDecodeError as error:
        return Reading(entry, problem=f"It is not valid UTF-8: see byte {error.start}.")
    except ItemError as error:
        return Reading(entry, problem=str(error))
    if item is not None and item.id != entry.item_id:
        entry = entry._replace(item_id=item.id)  # Joplin also uses what the item says
    return Reading(entry, item=item, problem=" ".join(odd) or None)


def too_large(entry: Entry, size: int) -> Reading:
    """Skip an item that is larger (in bytes) than any item."""
    return Reading(entry, problem=f"It has {size:,} bytes and is larger than any item ({MAX_ITEM_SIZE:,}).")


def resource_names(resource_id: str, extension: str = "") -> tuple[str, ...]:
    """The possible names of a resource's blob, relative to a target, an export or a profile.

    Ids and extensions come from items and cannot be trusted: () if a name could lead out of the folder.
    """
    if not is_id(resource_id) or not _EXTENSION.fullmatch(extension):
        return ()
    with_extension = f"{resource_id}.{extension}" if extension else resource_id
    return (f".resource/{resource_id}", f"resources/{with_extension}")
