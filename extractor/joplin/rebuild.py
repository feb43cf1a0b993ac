"""Texts whose base is lost, rebuilt from later texts that are known. Joplin does not do this.

Joplin makes each diff against the exact text of its parent. So a diff can also be undone: the text that it made must
be exactly where it says, and the context that it shows is in every text that still has that passage. Undoing a
diff loses nothing, so of all texts that are connected by diffs either each can be rebuilt or none. A contradiction
anywhere shows that they are not connected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.joplin.fragments import ContradictionError, Fragments
from extractor.joplin.patch import apply_patch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from extractor.joplin.bodies import Bodies, Body
    from extractor.joplin.hunks import Hunk

Key = str | tuple[str]  # a text: the id of its revision, or (id,) for the unknown text that this revision was made from


@dataclass(frozen=True, slots=True)
class Link:
    """How a lost text came from another: from that of the revision `base`, or, if that is None, from an unknown one."""

    base: str | None
    hunks: Sequence[Hunk]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Texts by id, including those of lost bases, and the ids that are connected with a contradiction."""

    texts: Mapping[str, Body]
    doubted: set[str]


def rebuild(
    links: Mapping[str, Link], whole: Mapping[str, bytes], bodies: Bodies, doubted: Collection[str] = ()
) -> Rebuilt:
    """Rebuild the texts of the revisions in `links`, which come after their bases; `bodies` keeps them.

    `whole` are texts in UTF-16-LE that are certain. Texts that are connected with a `doubted` one are not rebuilt.
    """
    bases: dict[str, Key] = {id_: link.base or (id_,) for id_, link in links.items()}
    roots = _roots(bases)
    bad = {roots[id_] for id_ in doubted if id_ in roots}
    texts = _kept(_undo_all(links, whole, bases, roots, bad), bodies)
    for id_, link in links.items():
        before = texts.get(bases[id_])
        if before is None or roots[id_] in bad:
            continue
        after = _replayed(link, before, whole.get(id_), bodies)
        if after is None:
            bad.add(roots[id_])
        else:
            texts[id_] = after
    return _believed(texts, links, roots, bad)


def _believed(texts: Mapping[Key, Body], links: Mapping[str, Link], roots: Mapping[Key, Key], bad: set[Key]) -> Rebuilt:
    """The texts, without those that are connected with something that is wrong."""
    believed = {id_: text for id_, text in texts.items() if isinstance(id_, str) and roots[id_] not in bad}
    return Rebuilt(believed, {id_ for id_ in links if roots[id_] in bad})


def _kept(fragments: Mapping[Key, Fragments], bodies: Bodies) -> dict[Key, Body]:
    """The texts that are known completely."""
    whole = {root: text.whole() for root, text in fragments.items()}
    return {root: bodies.keep(text) for root, text in whole.items() if text is not None}


def _roots(bases: Mapping[str, Key]) -> dict[Key, Key]:
    """For each text the first one of its line, which was made from no other; `bases` has bases before children."""
    roots: dict[Key, Key] = {}
    for id_, base in bases.items():
        roots[id_] = roots.setdefault(base, base)
    return roots


def _replayed(link: Link, before: Body, known: bytes | None, bodies: Bodies) -> Body | None:
    """The text that a link leads to; None if the link does not fit, or if `known` is a different text."""
    applied = apply_patch(link.hunks, before.units)
    if not applied.is_exact or (known is not None and known != applied.text):
        return None
    return bodies.keep(applied.text, before, link.hunks) if link.hunks else before


def _undo_all(
    links: Mapping[str, Link],
    whole: Mapping[str, bytes],
    bases: Mapping[str, Key],
    roots: Mapping[Key, Key],
    bad: set[Key],
) -> dict[Key, Fragments]:
    """The pieces of the text at each root that follow from everything known; contradictory roots are added to `bad`."""
    shown: dict[Key, Fragments] = {}
    for id_, link in reversed(list(links.items())):
        text = shown.pop(id_, None) or Fragments()
        if roots[id_] in bad:
            continue
        try:
            if id_ in whole:
                text.add(whole[id_])
            text.undo(link.hunks)
            if (other := shown.setdefault(bases[id_], text)) is not text:
                other.merge(text)
        except ContradictionError:
            bad.add(roots[id_])
    return {root: text for root, text in shown.items() if root not in bad}


def agrees(hunks: Sequence[Hunk], text: bytes) -> bool:
    """Whether these hunks can have made this text."""
    fragments = Fragments()
    try:
        fragments.add(text)
        fragments.undo(hunks)
    except ContradictionError:
        return False
    return True
