"""The Data API of a running Joplin as a source.

It does not provide: the ids of note_tags (composed here from the ids of both sides), empty notebooks in the trash,
master keys (Joplin itself decrypts), and how long it keeps its history.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Final

from extractor.errors import SourceChanged, SourceEmpty, SourceUnreadable
from extractor.joplin.items import NoteTag
from extractor.sources.api_address import parse_address
from extractor.sources.data_api import (
    PAGE,
    PATIENCE,
    DataApi,
    Row,
    TooLongError,
    UnknownColumnError,
)
from extractor.sources.protocol import MAX_ITEM_SIZE, Entry, Reading, SourceKind, is_id
from extractor.sources.rows import TABLES, columns, read_row, row_entry, short_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from extractor.joplin.items import MasterKey
    from extractor.sources.protocol import Blob

MAX_ROWS: Final = 500_000
"""Rows of one table; a service that gives more pages without end."""

_PASSES: Final = 6
_SPARE_PAGES: Final = 50
_FEW: Final = 3
_LONGEST_NAME: Final = 200  # characters; Joplin's ids have 32
_NOTE_TAGS: Final = "note_tags"
_PARAMETERS: Final = {"notes": {"include_deleted": "1", "include_conflicts": "1"}}


class ApiSource:
    """The Data API at an address such as http://127.0.0.1:41184; raises ConfigError.

    Only changed rows are requested in full: by whole pages if much of a page changed, else row by row.
    """

    kind: SourceKind = "api"
    has_history = True
    history_days = None

    def __init__(self, address: str, token: str, patience: float = PATIENCE) -> None:
        where = parse_address(address)
        self.location = where.location
        self._api = DataApi(where, token, patience)
        self._found = False
        self._fields = {table: list(columns(type_)) for table, type_ in TABLES.items()}
        self._pages: dict[str, int] = {}
        self._locked: dict[str, Row] = {}

    def entries(self) -> list[Entry]:
        """The rows of all tables of items; raises SourceError."""
        self._find()
        self._pages = {}
        found: list[Entry] = []
        folders: set[str] = set()
        parents: set[str] = set()
        for table in TABLES:
            if table == _NOTE_TAGS:
                continue
            for row in self._list(table, table, short_columns):
                found.append(self._entry(table, row))
                if table == "folders":
                    folders.add(str(row["id"]))
                if table in ("folders", "notes"):
                    parents.add(str(row.get("parent_id") or ""))
        found += self._folders_in_the_trash(parents - folders - {""})
        found += self._note_tags([str(entry.item_id) for entry in found if entry.name.startswith("tags/")])
        if not found:
            raise SourceEmpty(f"Joplin at {self.location} has no notes yet.")
        return found

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Request these rows as they are now."""
        self._find()
        for table, group in groupby(entries, key=lambda entry: entry.name.partition("/")[0]):
            if table == _NOTE_TAGS:
                yield from (Reading(entry, item=_note_tag(entry.name)) for entry in group)
                continue
            pages: defaultdict[int, list[Entry]] = defaultdict(list)
            for entry in group:
                if entry.item_id is None:
                    yield Reading(entry, problem="Its id is not a Joplin id.")
                    continue
                pages[self._pages.get(entry.name, 0)].append(entry)
            before: dict[str, Row] = {}
            for page, wanted in pages.items():
                rows = self._page_of(table, page) if page and len(wanted) > _FEW else {}
                for entry in wanted:
                    row_id = str(entry.item_id)
                    # If rows were deleted meanwhile, this one already came at the end of the page before.
                    yield self._read(table, entry, rows.get(row_id) or before.get(row_id))
                before = rows

    def find_notes(self, note_ids: Iterable[str]) -> list[Entry]:
        """Request notes that were not listed.

        An older Joplin may not list notes in the trash or in conflict, a later one may not list locked notes.
        """
        self._find()
        found: list[Entry] = []
        for note_id in note_ids:
            row = self._ask_short("notes", note_id)
            if row is not None and row.get("id") == note_id:
                if row.get("is_locked"):
                    self._locked[note_id] = row  # Joplin 3.7 returns everything but the text, which it refuses
                found.append(row_entry("notes", note_id, self._short("notes", row)))
        return found

    def master_keys(self) -> tuple[MasterKey, ...]:
        """None: Joplin itself decrypts."""
        return ()

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:  # noqa: ARG002 - the protocol's
        """None: the API does not say where Joplin keeps the file."""
        return None

    def close(self) -> None:
        """Close the connection."""
        self._api.close()

    def _entry(self, table: str, row: Row) -> Entry:
        """The entry of a row; an id that cannot be a name is a problem of that row only."""
        row_id = str(row["id"])
        if _is_name(row_id):
            return row_entry(table, row_id, self._short(table, row))
        return Entry(f"{table}/{json.dumps(row_id)[:_LONGEST_NAME]}", None, "")

    def _find(self) -> None:
        if not self._found:
            self._api.find()
            self._found = True

    def _list(self, table: str, path: str, choose: Callable[[Sequence[str]], list[str]]) -> list[Row]:
        """All rows of a path, with those of the chosen columns that the table has; raises SourceChanged.

        Pages are cut from a live table: when a row is added or removed before the end of a page, the others move, and
        one may be missed. So the pages are read until two passes return the same rows. A single page is always
        complete.
        """
        before: set[str] | None = None
        for _ in range(_PASSES):
            rows, pages = self._pass(table, path, choose)
            if pages == 1 or rows.keys() == before:
                return list(rows.values())
            before = set(rows)
        raise SourceChanged(
            f"Joplin at {self.location} kept changing while it was read.",
            "Try again when it has finished synchronising.",
        )

    def _pass(self, table: str, path: str, choose: Callable[[Sequence[str]], list[str]]) -> tuple[dict[str, Row], int]:
        """Read all pages once: the rows by id, and the number of pages."""
        rows: dict[str, Row] = {}
        page, more = 0, True
        while more:
            page += 1
            listed, more = self._ask_page(table, path, page, choose)
            for row in listed:
                row_id = row.get("id")
                if isinstance(row_id, str) and row_id:
                    rows[row_id] = row
                    if path == table:
                        self._pages[f"{table}/{row_id}"] = page
            if len(rows) > MAX_ROWS or page > len(rows) // PAGE + _SPARE_PAGES:
                raise SourceUnreadable(f"Joplin at {self.location} returns pages without end.", "Restart Joplin.")
        return rows, page

    def _ask_page(
        self, table: str, path: str, page: int, choose: Callable[[Sequence[str]], list[str]]
    ) -> tuple[list[Row], bool]:
        """Request a page, without the columns that this version of Joplin lacks."""
        while True:
            fields = self._fields[table]
            try:
                return self._api.page(path, ["id", *choose(fields)], page, _PARAMETERS.get(table, {}))
            except UnknownColumnError as unknown:
                self._drop(table, unknown.name)
            except TooLongError:
                raise SourceUnreadable(f"Joplin at {self.location} returned a list that is too long.") from None

    def _page_of(self, table: str, page: int) -> dict[str, Row]:
        """The full rows of a page; none if the page is too long to be read at once."""
        try:
            rows, _ = self._api.page(table, self._fields[table], page, _PARAMETERS.get(table, {}))
        except TooLongError:
            return {}
        except UnknownColumnError as unknown:
            self._drop(table, unknown.name)
            return self._page_of(table, page)
        return {str(row.get("id")): row for row in rows}

    def _read(self, table: str, entry: Entry, row: Row | None) -> Reading:
        """Read a row that came with its page, or request it separately."""
        try:
            if row is None and table == "notes":
                row = self._locked.get(str(entry.item_id))
            if row is None:
                row = self._api.row(table, str(entry.item_id), self._fields[table])
        except TooLongError:
            return Reading(entry, problem=f"It is larger than any item ({MAX_ITEM_SIZE:,} bytes).")
        except UnknownColumnError as unknown:
            self._drop(table, unknown.name)
            return self._read(table, entry, row)
        if row is None:
            return Reading(entry.untrusted())
        if not _is_text(row):
            return Reading(entry, problem="It contains half a character, which is not valid text.")
        # It may have changed since it was listed: remember the stamp of what was read.
        return read_row(row_entry(table, str(entry.item_id), self._short(table, row)), TABLES[table], row)

    def _ask_short(self, table: str, row_id: str) -> Row | None:
        """Request the columns of one row that its stamp needs."""
        while True:
            try:
                return self._api.row(table, row_id, ["id", *short_columns(self._fields[table])])
            except UnknownColumnError as unknown:
                self._drop(table, unknown.name)
            except TooLongError:
                raise SourceUnreadable(f"Joplin at {self.location} returned a row that is too long.") from None

    def _short(self, table: str, row: Row) -> list[object]:
        return [row.get(name) for name in short_columns(self._fields[table])]

    def _drop(self, table: str, name: str) -> None:
        """Stop requesting this column; raises SourceUnreadable if it was not requested."""
        if name not in self._fields[table] or name == "id":
            raise SourceUnreadable(f"Joplin at {self.location} answered with an error.")
        self._fields[table].remove(name)

    def _folders_in_the_trash(self, missing: set[str]) -> list[Entry]:
        """Request notebooks that are referred to but not listed: Joplin does not list those in the trash."""
        found: list[Entry] = []
        asked: set[str] = set()
        while missing and len(asked) < MAX_ROWS:
            folder_id = missing.pop()
            asked.add(folder_id)
            if not _is_name(folder_id):
                continue
            row = self._ask_short("folders", folder_id)
            if row is not None:
                found.append(row_entry("folders", folder_id, self._short("folders", row)))
                missing |= {str(row.get("parent_id") or "")} - asked - {""}
        return found

    def _note_tags(self, tag_ids: Sequence[str]) -> list[Entry]:
        """The tags of notes, with one request per tag: the table itself has no route."""
        return [
            Entry(f"{_NOTE_TAGS}/{row['id']}/{tag_id}", None, "1")
            for tag_id in tag_ids
            if is_id(tag_id)
            for row in self._list("notes", f"tags/{tag_id}/notes", lambda _: [])
            if _is_name(str(row["id"]))
        ]


def _note_tag(name: str) -> NoteTag:
    """The pair named by an entry; its time is 0, so that any other source takes precedence."""
    _, note_id, tag_id = name.split("/")
    made_up = hashlib.blake2b(f"{note_id} {tag_id}".encode(), digest_size=16).hexdigest()
    return NoteTag(id=made_up, updated_time=0, note_id=note_id, tag_id=tag_id)


def _is_name(row_id: str) -> bool:
    """Whether an id can be used in an address and in the name of an entry."""
    return row_id.isprintable() and "/" not in row_id and len(row_id) <= _LONGEST_NAME


def _is_text(row: Row) -> bool:
    """Whether all texts of a row can be encoded as UTF-8."""
    try:
        for value in row.values():
            if isinstance(value, str):
                value.encode()
    except UnicodeEncodeError:
        return False
    return True
