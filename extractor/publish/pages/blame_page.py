"""The page of a current note line by line, each with the revision that it came with, and the date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, overload

from datasette.utils.asgi import NotFound, Response

from extractor.catalogue.keyframes import stored_patches
from extractor.catalogue.stored_texts import restored
from extractor.joplin.hunks import to_units
from extractor.joplin.patch import parse_patch
from extractor.markdown import Markup, parse
from extractor.publish.html.blame import blame
from extractor.publish.html.rendering import OF_A_RECORD, in_parts
from extractor.publish.pages.note_reading import ShownNote, history_of, moment_at, moments_of, note_shown
from extractor.publish.plugin.cache import remembered_if_slow
from extractor.publish.plugin.page import pages_of
from extractor.timeline.bounds import within_a_day
from extractor.timeline.derive import created_at
from extractor.timeline.versions import EXACT, old_states

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.catalogue.reader import NoteHistory
    from extractor.joplin.history import Replayed
    from extractor.joplin.hunks import Hunk
    from extractor.publish.html.history_strip import Moment
    from extractor.publish.plugin.page import PageRequest

NONE: Mapping[str, str | bytes] = {}
LINES = 2000  # on a page
NEAR = 8  # revisions at the end of the history that are searched first
AGES = 5  # shades, from the oldest lines to the newest


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive lines that came together; `first` is the number of the first, from 1.

    They came at that moment if it `is_dated`, else by then.
    """

    moment: Moment
    is_dated: bool
    age: int
    first: int
    lines: tuple[str, ...]


async def blame_page(visit: PageRequest) -> Response:
    """`/-/note/ID/blame?page=PAGE`."""

    def reading(connection: Connection) -> tuple[ShownNote, tuple[Moment, ...], list[Passage], set[int], bool]:
        note = note_shown(connection, visit.vars["note"])
        history = history_of(connection, note.id)
        moments = moments_of(connection, note, history)
        all_written = written(history, stored_patches(connection, note.id))
        lost = (moment_at(connection, text.id) for text in history.texts if not text.number)
        found = passages(all_written, (*moments, *lost))
        headings = _lines_of_headings(all_written.texts[-1][1], note.facts.markup) if found else set()
        return note, moments, found, headings, all_written.is_sure

    name = f"{visit.vars['note']} line by line"
    note, moments, found, headings, is_sure = await remembered_if_slow(visit, name, reading, size_of=_size)
    if not found:
        raise NotFound("No complete text of this note is known.")
    lines = found[-1].first + len(found[-1].lines) - 1
    pages = pages_of(visit.args.get("page"), lines, LINES)
    return await visit.show(
        "blame.html",
        data={"note": note, "passages": found, "is_sure": is_sure},
        note=note.facts,
        title=note.title,
        moments=moments,
        passages=list(between(found, pages.skipped + 1, pages.skipped + LINES)),
        lines=lines,
        pages=pages,
        page_at=lambda change: visit.paths.blame(note.id, change["page"]),
        headings=headings,
        is_sure=is_sure,
    )


def _lines_of_headings(text: str, markup: str) -> set[int]:
    """The lines of headings."""
    parts = in_parts(text, markup)
    form: Markup = "html" if markup == "html" else "markdown"
    return {heading.line for heading in (parts or parse(text, form)).headings}


def between(found: Sequence[Passage], first: int, last: int) -> Iterator[Passage]:
    """The parts of some passages that are on these lines."""
    for one in found:
        start, end = max(first, one.first), min(last + 1, one.first + len(one.lines))
        if start < end:
            yield replace(one, first=start, lines=one.lines[start - one.first : end - one.first])


def _size(answer: tuple[ShownNote, tuple[Moment, ...], list[Passage], set[int], bool]) -> int:
    """About how many bytes an answer takes."""
    _, moments, found, _, _ = answer
    return OF_A_RECORD * (len(moments) + len(found)) + sum(60 + len(line) for one in found for line in one.lines)


@dataclass(frozen=True, slots=True)
class Written:
    """The whole texts of a note in the order of time, up to the current note, with the indexes of their bases.

    `dated` are those that were certainly written at their time, as the texts that they were made from are known, too.
    `is_sure` says whether all texts from the first one to the current note are known.
    """

    texts: Sequence[tuple[str, str]]  # id of the revision, '' for the current note, and text
    ids: tuple[str, ...]
    bases: tuple[int | None, ...]
    dated: frozenset[str]
    is_sure: bool
    edits: Callable[[int], tuple[str, Sequence[Hunk]] | None] | None = None


class _Texts(Sequence[tuple[str, str]]):
    """The texts of revisions, and the current note; each is read only when it is accessed."""

    def __init__(self, whole: Sequence[Replayed], now: str | None) -> None:
        self._whole, self._now = whole, now

    def __len__(self) -> int:
        return len(self._whole) + (self._now is not None)

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[str, str]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, str] | Sequence[tuple[str, str]]:
        if isinstance(index, slice):
            return [self[at] for at in range(len(self))[index]]
        at = range(len(self))[index]
        if at == len(self._whole):
            return "", self._now or ""
        return self._whole[at].id, self._whole[at].body or ""


def written(history: NoteHistory, patches: Mapping[str, str | bytes] = NONE) -> Written:
    """The texts that were written, in order; echoes are left out, as nobody wrote them.

    `patches` are the diffs of some of these texts, as they are stored.

    If the base of a text is lost, the text counts as made from an equal one, or else from the latest whole text
    before it: a gap does not make lines younger that were there before.
    """
    body = history.note.body if history.note else None
    whole, ends_now = _whole_texts(history, body)
    bases, is_known = _bases(history, whole)
    ids = [text.id for text in whole]
    if body is not None and not ends_now:
        ids.append("")
        bases.append(len(whole) - 1 if whole else None)
        is_known.append(bool(whole))
    texts = _Texts(whole, None if ends_now else body)

    def edits(at: int) -> tuple[str, Sequence[Hunk]] | None:
        """The patch that makes a text from its base, if it is stored and the base is the text's own parent."""
        text, base = whole[at] if at < len(whole) else None, bases[at]
        if text is None or base is None or whole[base].id != text.parent_id or text.id not in patches:
            return None
        return text.id, parse_patch(restored(patches[text.id]))

    is_sure = _is_sure(bases, is_known)
    return Written(texts, tuple(ids), tuple(bases), _dated(history), is_sure, edits if patches else None)


def _whole_texts(history: NoteHistory, body: str | None) -> tuple[Sequence[Replayed], bool]:
    """The whole texts, up to the last revision that equals the current note, and whether there is such a revision."""
    whole = [text for text in history.texts if text.text is not None and not (text.echo and text.base_id)]
    same = None if body is None else _last_with(whole, to_units(body))
    return (whole, False) if same is None else (whole[: same + 1], True)


def _last_with(whole: Sequence[Replayed], units: bytes) -> int | None:
    """The index of the last revision with this text, in UTF-16-LE; usually it is among the very last ones."""
    for places in (range(max(len(whole) - NEAR, 0), len(whole)), range(len(whole) - NEAR)):
        # Forwards, as each text is made from the one before.
        same = [at for at in places if whole[at].number and (text := whole[at].text) and text.is_text(units)]
        if same:
            return same[-1]
    return None


def _bases(history: NoteHistory, whole: Sequence[Replayed]) -> tuple[list[int | None], list[bool]]:
    """The index of the text that each was made from, or counts as made from; and whether that is known."""
    by_id = {text.id: text for text in history.texts}
    place = {text.id: at for at, text in enumerate(whole)}
    bases: list[int | None] = []
    is_known: list[bool] = []
    for at, text in enumerate(whole):
        found = _made_from(text, by_id, place)
        is_known.append(found is not None or (not text.parent_id and bool(text.number)))
        # If clocks differ, a base may come later.
        bases.append(found if found is not None and found <= at else _instead(whole, at))
    return bases, is_known


def _made_from(text: Replayed, by_id: Mapping[str, Replayed], place: Mapping[str, int]) -> int | None:
    """The index of the whole text that a text was made from, skipping echoes; None if that is lost."""
    base = by_id.get(text.base_id or "")
    while base is not None and base.echo:
        base = by_id.get(base.base_id or "")
    return None if base is None else place.get(base.id)


def _instead(whole: Sequence[Replayed], at: int) -> int | None:
    """The replacement for a lost base: the latest equal text, else the one before; None for the first."""
    equal = next((earlier for earlier in reversed(range(at)) if whole[earlier].text == whole[at].text), None)
    return equal if equal is not None or not at else at - 1


def _is_sure(bases: Sequence[int | None], is_known: Sequence[bool]) -> bool:
    """Whether every step from the first text to the last one is known."""
    step = len(bases) - 1 if bases else None
    while step is not None:
        if not is_known[step]:
            return False
        step = bases[step]
    return True


def _dated(history: NoteHistory) -> frozenset[str]:
    """The ids of the revisions made at their time from a known text, or within a day of their base or the creation."""
    by_id = {text.id: text for text in history.texts}
    created = created_at(history.note, history.texts)
    keep_old_state = old_states(history.texts)
    found = []
    for text in history.texts:
        base = by_id.get(text.base_id or "")
        since = base.captured_at if base is not None else 0 if text.parent_id else created
        is_known = base is not None and base.state in EXACT and base.text is not None
        if (is_known and text.id not in keep_old_state) or within_a_day(since, text.captured_at):
            found.append(text.id)
    return frozenset(found)


def passages(all_written: Written, moments: Sequence[Moment]) -> list[Passage]:
    """The lines of the current note; consecutive lines that came together are one passage."""
    by_id = {moment.revision_id or "": moment for moment in moments}
    order = {revision_id: place for place, revision_id in enumerate(all_written.ids)}
    found: list[Passage] = []
    line = 1
    lines = blame(all_written.texts, all_written.bases, all_written.edits)
    for revision_id, group in groupby(lines, key=lambda owned: owned[0]):
        together = tuple(text for _, text in group)
        age = AGES * (order[revision_id] + 1) // len(order)
        found.append(Passage(by_id[revision_id], revision_id in all_written.dated, age, line, together))
        line += len(together)
    return found
