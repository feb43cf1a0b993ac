"""Texts whose base is lost, rebuilt from texts that are known later. Joplin does not do this.

Joplin makes each diff against the exact text of its parent. So a diff can be undone, too: what it made must
stand at its very place, and what it shows of its surroundings is so in every text that still has them.
Between a text and the one made from it nothing is lost by that, so of all the texts that hang together
either each can be rebuilt or none. And whatever disagrees anywhere shows that they do not hang together.
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

Key = str | tuple[str]  # a text: the id of its revision, or (id,) for an unknown one that this revision was made on


@dataclass(frozen=True, slots=True)
class Link:
    """How a lost text came from another: that of the revision `base`, or one of which nothing else is known."""

    base: str | None
    hunks: Sequence[Hunk]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Texts by id, those of lost bases among them, and the ids of which nothing can be believed."""

    texts: Mapping[str, Body]
    doubted: set[str]


def rebuild(
    links: Mapping[str, Link], whole: Mapping[str, bytes], bodies: Bodies, doubted: Collection[str] = ()
) -> Rebuilt:
    """Rebuild the texts of the revisions in `links`, which come after their bases; `bodies` keeps them.

    `whole` are texts in UTF-16-LE that are known for sure. What hangs together with a `doubted` one is left alone.
    """
    bases: dict[str, Key] = {id_: link.base or (id_,) for id_, link in links.items()}
    roots: dict[Key, Key] = {}
    for id_, base in bases.items():
        roots[id_] = roots.setdefault(base, base)
    bad = {roots[id_] for id_ in doubted if id_ in roots}
    texts: dict[Key, Body] = {}
    for root, text in _undo_all(links, whole, bases, roots, bad).items():
        if (known := text.whole()) is not None:
            texts[root] = bodies.keep(known)
    for id_, link in links.items():
        before = texts.get(bases[id_])
        if before is None or roots[id_] in bad:
            continue
        applied = apply_patch(link.hunks, before.units)
        if whole.get(id_, applied.text) == applied.text and applied.is_exact:
            texts[id_] = bodies.keep(applied.text, before, link.hunks) if link.hunks else before
        else:
            bad.add(roots[id_])
    believed = {id_: text for id_, text in texts.items() if isinstance(id_, str) and roots[id_] not in bad}
    return Rebuilt(believed, {id_ for id_ in links if roots[id_] in bad})


def _undo_all(
    links: Mapping[str, Link],
    whole: Mapping[str, bytes],
    bases: Mapping[str, Key],
    roots: Mapping[Key, Key],
    bad: set[Key],
) -> dict[Key, Fragments]:
    """What all that is known shows of the text at each root; roots where it does not agree become `bad`."""
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
    """Whether a text can be what these hunks have made."""
    fragments = Fragments()
    try:
        fragments.add(text)
        fragments.undo(hunks)
    except ContradictionError:
        return False
    return True
