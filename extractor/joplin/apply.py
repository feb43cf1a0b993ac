"""One step of a replay: the diffs of a revision, applied to the text that they were made against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from extractor.errors import PatchError
from extractor.joplin.bodies import EMPTY
from extractor.joplin.cipher_text import PREFIXES
from extractor.joplin.diff_fragments import fragments
from extractor.joplin.diffs import from_nothing, read_diffs
from extractor.joplin.hunks import DELETE, INSERT, from_units, to_units
from extractor.joplin.locked import is_locked_text
from extractor.joplin.patch import Fit, apply_patch
from extractor.joplin.rebuild import agrees
from extractor.joplin.replayed import Replayed, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.joplin.bodies import Bodies, Body
    from extractor.joplin.diffs import Diffs
    from extractor.joplin.hunks import Hunk
    from extractor.joplin.items import Revision


@dataclass(frozen=True, slots=True)
class KnownText:
    """The text, title and properties that a revision's children build on; each is None if it is lost.

    `text` is the body. `as_shown` and `title_as_shown` are what Joplin shows if that differs: the diffs of the
    children may have been made from it.
    """

    id: str | None = None
    text: Body | None = EMPTY
    exact: bool = True
    title: str | None = ""
    metadata: Mapping[str, object] | None = field(default_factory=dict)
    as_shown: Body | None = None
    title_as_shown: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the text is known to be empty."""
        return self.text is not None and not self.text.length


NOTHING = KnownText()
LOST = KnownText(None, None, exact=False, title=None, metadata=None)


def base_of(revision: Revision, parent: KnownText | None, diffs: Diffs) -> KnownText:
    """The base that the diffs of a revision apply to.

    A diff from nothing is recognisable, since Joplin's patches have context wherever there is text. Its outcome
    is known whatever the parent is.
    """
    rewritten = is_rewritten(revision)
    if _re_based(parent, diffs, is_rewritten=rewritten):
        # A revision that was not rewritten and does not set the title: its title was already lost when it was made.
        is_titled = not revision.parent_id or rewritten or from_nothing(diffs.title)
        return NOTHING if is_titled else replace(NOTHING, title=None)
    base = parent or (LOST if revision.parent_id else NOTHING)
    if not base.is_empty and from_nothing(diffs.body):
        base = replace(base, id=None, text=EMPTY, exact=True)
    return _with_title(base, diffs)


def _with_title(base: KnownText, diffs: Diffs) -> KnownText:
    """The base with the title that the diffs apply to."""
    if base.title != "" and from_nothing(diffs.title):
        return replace(base, title="")
    if base.metadata is None and diffs.metadata is not None and diffs.metadata.from_nothing:
        return replace(base, title=None)  # the properties had been lost, so the title may have been lost, too
    return base


def is_rewritten(revision: Revision) -> bool:
    """Whether Joplin's clean-up may have rewritten this revision: it then sets `updated_time` (Revision.ts:366)."""
    return not revision.created_time or revision.updated_time != revision.created_time


def _re_based(parent: KnownText | None, diffs: Diffs, *, is_rewritten: bool) -> bool:
    """Whether Joplin's clean-up made this revision the first one (Revision.ts:320).

    It then holds diffs from nothing, but keeps its parent_id. If its text is empty, only the properties show
    it: they contain an `id` again. (So do those of a child whose parent's properties were lost when the child was
    made; but such a child was not rewritten.)
    """
    if diffs.metadata is None or not diffs.metadata.from_nothing:
        return False
    alone = parent is None or (parent.metadata is not None and "id" in parent.metadata)
    return alone and ((diffs.body == () and is_rewritten) or from_nothing(diffs.body))


def re_based_version(version: Revision, diffs: Diffs, bodies: Bodies) -> KnownText | None:
    """What a revision's children build on, read from a later version of the revision that is a re-based head.

    None if that version is not a re-based head, or if the revision's own `diffs` cannot have led to its text.
    """
    later = read_diffs(version)
    if not _re_based(None, later, is_rewritten=True):
        return None
    known, _ = replay_on(NOTHING, version, later, 0, bodies)
    return known if known.text is not None and agrees(diffs.body or (), known.text.units) else None


def shown_otherwise(after: KnownText, parent: KnownText | None, diffs: Diffs, bodies: Bodies) -> KnownText:
    """Add what Joplin shows of a revision that has a parent but diffs from nothing: their text before the parent's.

    Joplin makes such a revision when it does not find the parent because several revisions have the same time
    (Revision.ts:252-301). If it does find the parent when a child is made, the diffs of the child are against both
    texts together.
    """
    if parent is None or parent.text is None or not parent.text.length or not from_nothing(diffs.body):
        return after
    title = _title(parent.title, diffs) if from_nothing(diffs.title) else None
    shown = bodies.keep(apply_patch(diffs.body or (), parent.text.units).text)
    return replace(after, as_shown=shown, title_as_shown=title)


def replay_on(
    base: KnownText, revision: Revision, diffs: Diffs, number: int, bodies: Bodies
) -> tuple[KnownText, Replayed]:
    """Apply the diffs of a revision to its base."""
    hunks = diffs.body or ()
    state, known, fits = _apply(base, revision.id, diffs, bodies)
    if known.text is not None and known.text.begins_with(PREFIXES) and is_locked_text(known.text.text):
        # A locked note: everything is known except the text, which is cipher text.
        state, hunks = State.ENCRYPTED, ()
        known = replace(known, text=None, exact=False)
    added, removed = _pieces(hunks)
    replayed = Replayed(
        id=revision.id,
        note_id=revision.item_id,
        parent_id=revision.parent_id,
        base_id=base.id if known.text is not None else None,
        number=number,
        captured_at=revision.item_updated_time,
        at_latest=revision.item_updated_time,
        recorded_at=revision.updated_time,
        state=state,
        title=known.title,
        text=None if state is State.UNREADABLE else known.text,
        fragments=fragments(hunks) if state is State.PARTIAL else (),
        metadata=known.metadata,
        hunks=len(hunks),
        hunks_failed=fits.count(Fit.FAILED),
        text_added=added,
        text_removed=removed,
        chars_added=sum(map(len, added)),
        chars_removed=sum(map(len, removed)),
        echo=False,
        problem=" ".join(diffs.problems) or None,
    )
    return known, replayed


def _pieces(hunks: Sequence[Hunk]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pieces that the hunks insert, and those that they delete."""
    pieces = [piece for hunk in hunks for piece in hunk.diffs]
    return tuple([text for op, text in pieces if op == INSERT]), tuple([text for op, text in pieces if op == DELETE])


def _apply(base: KnownText, revision_id: str, diffs: Diffs, bodies: Bodies) -> tuple[State, KnownText, tuple[Fit, ...]]:
    """The text, title and properties after a revision.

    Joplin does not show a revision whose title cannot be read, but it applies later revisions to its text.
    """
    title = _title(base.title, diffs, base.title_as_shown)
    metadata = _properties(base, diffs)
    readable = diffs.body is not None and (title is not None or (base.title is None and diffs.title is not None))
    unknown = KnownText(revision_id, None, exact=False, title=title, metadata=metadata)
    if diffs.body is None or base.text is None:
        return State.PARTIAL if readable else State.UNREADABLE, unknown, ()
    try:
        text, fits = _patched(diffs.body, base.text, base.as_shown, bodies)
    except PatchError as error:
        diffs.problems.append(f"Its text cannot be read. {error}")
        return State.UNREADABLE, unknown, ()
    exact = base.exact and set(fits) <= {Fit.EXACT}
    state = State.COMPLETE if exact else State.INEXACT
    same = NOTHING if diffs.body else base
    known = KnownText(revision_id, text, exact, title, metadata, same.as_shown, same.title_as_shown)
    return state if readable else State.UNREADABLE, known, fits


def _properties(base: KnownText, diffs: Diffs) -> Mapping[str, object] | None:
    """The properties after a revision."""
    return None if base.metadata is None or diffs.metadata is None else diffs.metadata.apply(base.metadata)


def _patched(hunks: Sequence[Hunk], base: Body, as_shown: Body | None, bodies: Bodies) -> tuple[Body, tuple[Fit, ...]]:
    """The patched text, and how each hunk fitted; the hunks may have been made from `as_shown` instead of `base`."""
    if not hunks:
        return base, ()
    applied = apply_patch(hunks, base.units)
    if as_shown is not None and not applied.is_exact:
        shown = apply_patch(hunks, as_shown.units)
        if shown.is_exact:
            return bodies.keep(shown.text), shown.fits
    return bodies.keep(applied.text, base if applied.is_exact else None, hunks), applied.fits


def _title(base: str | None, diffs: Diffs, as_shown: str | None = None) -> str | None:
    """The title after a revision; its diff may have been made from `as_shown` instead of `base`."""
    if base is None or diffs.title is None:
        return None
    if not diffs.title:
        return base
    try:
        applied = apply_patch(diffs.title, to_units(base))
        if as_shown is not None and not applied.is_exact:
            shown = apply_patch(diffs.title, to_units(as_shown))
            applied = shown if shown.is_exact else applied
        return from_units(applied.text)
    except PatchError as error:
        diffs.problems.append(f"Its title cannot be read. {error}")
        return None
