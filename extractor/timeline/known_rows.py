"""The rows that are there of a note, and which of them its last known text goes on with."""

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

REPLACED = "\ufffd"  # what stands in a row for a lone surrogate, and perhaps for two that differ


class NotContinuedError(Exception):
    """The rows of a note have to be derived from its whole history."""


class KnownRow(NamedTuple):
    """A row of `sections` or `links`: by what it is known, and the columns that a longer history leaves as they are.

    Rows of one key are told apart by `details`, and by `place` where these are equal. `first_number` is that of the
    revision with which it came, 0 where only the note as it was then has it.
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

    Raises NotContinuedError where they do not tell what the next text needs.
    """

    def __init__(self, table: str, note_id: str, rows: Sequence[KnownRow], last: str) -> None:
        if any(REPLACED in str(row.key) for row in rows):
            raise NotContinuedError
        self._name = table, note_id
        self._counts = Counter(row.key for row in rows)
        self._current: dict[Key, list[KnownRow]] = defaultdict(list)
        self.by_id = {row.id: row for row in rows if row.first_number}
        self.came: dict[Name, int] = {}  # by name the revision with which each of the last text came
        self.gone = {row.key for row in self.by_id.values() if row.last_revision_id != last}
        self.is_ahead = len(self.by_id) < len(rows)
        for row in self.by_id.values():
            if row.last_revision_id == last:
                self._current[row.key].append(row)
            elif row.is_current:  # it came back in the note as it was: how it had been before is not known
                raise NotContinuedError
        self._are_placed = all(row.is_current for rows in self._current.values() for row in rows)

    def ordinals(self, occurrences: Sequence[Occurrence], details: Sequence[Hashable]) -> list[int]:
        """The ordinals of the occurrences of the last text."""
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
        """Of rows with one key those of some occurrences, in their order: equal ones keep theirs from text to text."""
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
    """What is known of a note up to the first of the versions that are derived; times in ms since 1970 UTC."""

    sections: KnownRows
    links: KnownRows
    before_now: int | None = None  # the time of the latest text that the note as it is surely comes from

    @property
    def is_ahead(self) -> bool:
        """Whether the note, as it was when they were derived, had something that no revision has."""
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
    """What tells links to one address apart, as their rows have it; such as are not known whole are equal to none."""
    is_whole = REPLACED not in url + text and len(text) < LONGEST_TITLE
    return (url, section_id, text) if is_whole else object()
