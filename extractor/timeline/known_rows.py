"""The existing rows of a note, and which of them the occurrences in its last known text belong to."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from extractor.texts import without_lone_surrogates
from extractor.timeline.rows import LONGEST_TITLE, identifier, shortened

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from extractor.markdown import SharedDocument
    from extractor.timeline.naming import Name
    from extractor.timeline.pairing import Key, Occurrence

REPLACED = "\ufffd"  # replaces a lone surrogate in a row: two different texts may look the same there


class NotContinuedError(Exception):
    """The rows of a note have to be derived from its whole history."""


class KnownRow(NamedTuple):
    """A row of `sections` or `links`: what identifies it, and the columns that a longer history does not change.

    Rows with the same key are distinguished by `details`, and by `place` if these are equal. `first_number` is the
    number of the revision with which it came; 0 if only the current note of that time had it.
    """

    id: int
    key: Key
    details: Hashable
    place: int
    first_number: int
    last_revision_id: str | None
    is_current: bool
    kept: Mapping[str, Any]


class KnownRows:
    """The sections, or the links, of a note as they are known up to the revision `last`.

    Raises NotContinuedError if they do not contain what the next text needs.
    """

    def __init__(self, table: str, note_id: str, rows: Sequence[KnownRow], last: str) -> None:
        if any(REPLACED in str(row.key) for row in rows):
            raise NotContinuedError
        self._name = table, note_id
        self._counts = Counter(row.key for row in rows)
        self._current: dict[Key, list[KnownRow]] = defaultdict(list)
        self.by_id = {row.id: row for row in rows if row.first_number}
        self.came: dict[Name, int] = {}  # by name the number of the revision with which each one in the last text came
        self.gone = {row.key for row in self.by_id.values() if row.last_revision_id != last}
        self.is_ahead = len(self.by_id) < len(rows)
        for row in self.by_id.values():
            if row.last_revision_id == last:
                self._current[row.key].append(row)
            elif row.is_current:  # it came back in the current note of that time: what it was before is unknown
                raise NotContinuedError
        self._are_placed = all(row.is_current for rows in self._current.values() for row in rows)

    def ordinals(self, occurrences: Sequence[Occurrence], details: Sequence[Hashable]) -> list[int]:
        """The ordinals of the occurrences in the last text; raises NotContinuedError."""
        places: dict[Key, list[int]] = defaultdict(list)
        for place, occurrence in enumerate(occurrences):
            places[occurrence.key].append(place)
        if {key: len(found) for key, found in places.items()} != {key: len(of) for key, of in self._current.items()}:
            raise NotContinuedError
        ordinals = [0] * len(occurrences)
        for key, found in places.items():
            rows = self._current[key]
            if len(rows) > 1:
                rows = self._distinguished(rows, [details[place] for place in found])
            of_id = {identifier(*self._name, *key, ordinal): ordinal for ordinal in range(1, self._counts[key] + 1)}
            for place, row in zip(found, rows, strict=True):
                if row.id not in of_id:
                    raise NotContinuedError
                ordinals[place] = of_id[row.id]
                self.came[key, of_id[row.id]] = row.first_number
        return ordinals

    def _distinguished(self, rows: Iterable[KnownRow], details: Iterable[Hashable]) -> list[KnownRow]:
        """The rows of some occurrences, all of one key, in the order of the occurrences.

        Rows with equal details are taken in the order of their places, which stays the same from text to text.
        """
        waiting: dict[Hashable, deque[KnownRow]] = defaultdict(deque)
        for row in sorted(rows, key=lambda row: row.place):
            waiting[row.details].append(row)
        try:
            found = [waiting[one].popleft() for one in details]
        except IndexError as error:
            raise NotContinuedError from error
        if not self._are_placed:
            raise NotContinuedError
        return found


class Before(NamedTuple):
    """What is known about a note up to the first of the versions to derive; times are in ms since 1970 UTC."""

    sections: KnownRows
    links: KnownRows
    before_now: int | None = None  # the time of the latest text from which the current note certainly comes

    @property
    def is_ahead(self) -> bool:
        """Whether the note, when its rows were derived, had something that is in no revision."""
        return self.sections.is_ahead or self.links.is_ahead

    def section_ordinals(self, occurrences: Sequence[Occurrence]) -> list[int]:
        """The ordinals of the sections of the first version."""
        return self.sections.ordinals(occurrences, [one.hints[0] for one in occurrences])

    def link_ordinals(
        self, occurrences: Sequence[Occurrence], document: SharedDocument, section_ids: Sequence[int]
    ) -> list[int]:
        """The ordinals of the links of the first version, whose sections have these ids."""
        under = [None if at < 0 else section_ids[at] for at in document.link_sections]
        details = [
            link_details(without_lone_surrogates(link.url), section, without_lone_surrogates(shortened(link.text)))
            for link, section in zip(document.links, under, strict=True)
        ]
        return self.links.ordinals(occurrences, details)


def link_details(url: str, section_id: int | None, text: str) -> Hashable:
    """What distinguishes links to the same address, as in their rows; equal to no other if not known as a whole."""
    is_whole = REPLACED not in url + text and len(text) < LONGEST_TITLE
    return (url, section_id, text) if is_whole else object()
