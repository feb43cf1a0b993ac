"""The lost parts of a note's history, rebuilt where that is possible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from extractor.joplin.current_note import readable_title, revision_of
from extractor.joplin.hunks import to_units
from extractor.joplin.rebuild import Link, rebuild
from extractor.joplin.replayed import Replayed, State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from extractor.joplin.apply import KnownText
    from extractor.joplin.bodies import Bodies, Body
    from extractor.joplin.diffs import Diffs
    from extractor.joplin.items import Note, Revision


class Lost(NamedTuple):
    """A revision whose base is lost: the id of the revision that it was made against, if known, and its diffs."""

    base: str | None
    diffs: Diffs


class SeenText(NamedTuple):
    """The text of a revision as it was once rebuilt, with the help of a note that may have changed since."""

    title: str | None
    body: str


def made_against(revision: Revision, diffs: Diffs, cyclic: Collection[str]) -> str | None:
    """The revision whose exact text the diffs were made against; None if that is not certain.

    Joplin's clean-up sets the `updated_time` of the heads that it rewrites (Revision.ts:366). And if all properties
    are new although there is a parent, Joplin itself had lost the parent's text when it made the diffs.
    """
    rewritten = revision.created_time and revision.updated_time != revision.created_time
    if rewritten or diffs.metadata is None or diffs.metadata.from_nothing or revision.parent_id in cyclic:
        return None
    return revision.parent_id


def recover(
    replayed: Mapping[str, Replayed],
    lost: Mapping[str, Lost],
    whole: Mapping[str, KnownText],
    now: Note | None,
    seen: Mapping[str, SeenText],
    bodies: Bodies,
) -> dict[str, Replayed]:
    """Rebuild texts and titles of revisions, and of their lost parents where the texts of those follow.

    `lost` has parents first; `whole` is what later versions of some of them give, `seen` what was rebuilt earlier. The
    answer has, by id, only the revisions of which more is known now.
    """
    texts, names = _rebuild(lost, *_known_for_sure(replayed, lost, whole, now, seen), bodies)

    answer: dict[str, Replayed] = {}
    for id_, (base, _) in lost.items():
        one = replayed[id_]
        if one.state is State.UNREADABLE:
            continue
        if one.title is None and id_ in names:
            one = answer[id_] = replace(one, title=names[id_])
        if id_ in texts:
            if base is not None and base not in replayed and base not in answer:
                answer[base] = _lost_parent(base, one.note_id, names.get(base), texts[base])
            state = State.RECOVERED if one.text is None else one.state
            answer[id_] = replace(one, base_id=base, state=state, text=texts[id_], fragments=())
    return answer


def _known_for_sure(
    replayed: Mapping[str, Replayed],
    lost: Mapping[str, Lost],
    whole: Mapping[str, KnownText],
    now: Note | None,
    seen: Mapping[str, SeenText],
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The bodies and titles of lost revisions that are known from elsewhere, in UTF-16-LE by id."""
    bodies = {id_: one.text.units for id_, one in whole.items() if one.text is not None}
    titles = {id_: to_units(one.title) for id_, one in whole.items() if one.title is not None}
    history = sorted(replayed.values(), key=lambda one: one.number)
    if now is not None and (same := revision_of(now, history, lost)) is not None:
        bodies.setdefault(same, to_units(now.body))
        if (title := readable_title(now)) is not None:
            titles.setdefault(same, to_units(title))
    for id_, text in seen.items():
        if id_ in lost:
            bodies.setdefault(id_, to_units(text.body))
            if text.title is not None:
                titles.setdefault(id_, to_units(text.title))
    return bodies, titles


def _rebuild(
    lost: Mapping[str, Lost], known: Mapping[str, bytes], titles: Mapping[str, bytes], bodies: Bodies
) -> tuple[Mapping[str, Body], dict[str, str]]:
    """Bodies and titles by id; titles that contradict each other cast doubt on the bodies, too."""
    of_body = {id_: Link(one.base, one.diffs.body) for id_, one in lost.items() if one.diffs.body is not None}
    of_title = {id_: Link(one.base, one.diffs.title) for id_, one in lost.items() if one.diffs.title is not None}
    texts = rebuild(of_body, known, bodies)
    names = rebuild(of_title, titles, bodies, texts.doubted)
    if not texts.doubted >= names.doubted:
        texts = rebuild(of_body, known, bodies, names.doubted)
        names = rebuild(of_title, titles, bodies, texts.doubted)
    return texts.texts, {id_: name.text for id_, name in names.texts.items()}


def _lost_parent(id_: str, note_id: str, title: str | None, text: Body) -> Replayed:
    """A revision that no longer exists, but whose text is known."""
    return Replayed(
        id=id_,
        note_id=note_id,
        parent_id="",
        base_id=None,
        number=0,
        captured_at=0,
        at_latest=0,
        recorded_at=0,
        state=State.RECOVERED,
        title=title,
        text=text,
    )
