"""Names as people type them: one way to look up notes, notebooks, tags and headings, for every command and page. Pure.

What is typed means the name that is written so; if there is none, the one that differs in case or in forms of letters
alone (``kafka`` for ``𝗞𝗮𝗳𝗸𝗮``, composed or decomposed), and then the one that differs in accents, too. So a name that
was given exactly is never taken for another, and nobody has to type what a keyboard does not have.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from heapq import nsmallest
from typing import TYPE_CHECKING
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SEPARATOR = " › "  # between the parts of a path of notebooks or headings: `Messaging › Kafka`
ID_PREFIX = re.compile(r"[0-9a-f]{4,32}")  # what may be the beginning of an id
MOST_NAMED = 5  # of several that are meant
MOST_MEANT = 3  # names that are offered where none is meant
_BETWEEN_TITLES = re.compile(r"\s*[›/]\s*")
_ACCENTS = re.compile("[\u0300-\u036f]")  # on letters; the marks of other scripts (が, ड़) make other letters
_LIKE = 0.7  # of 1, as difflib measures: `rsut` is `rust`, and `messaging` is not `reading`
_NEAR = 0.5  # of a word, which is less than what makes a name like another
_LONGEST = 100  # characters of a name that are compared with what was typed


def folded(name: str) -> str:
    """A name without case, accents, forms of letters, what has no width, and more than one space in a row.

    ``Übersicht  Straße`` and ``ubersicht strasse`` are one. What is folded folds to itself.
    """
    if name.isascii():
        return _caseless(name)
    text = _ACCENTS.sub("", normalize("NFD", _caseless(name)))
    return normalize("NFC", " ".join(text.split()))


def matching(wanted: str, names: Sequence[str], *, parts: bool = False) -> list[int]:
    """Places of the names that are meant, all equally; with `parts`, where no whole name is, those that contain it."""
    asked = folded(wanted)
    if not asked:
        return []
    found = _equal(_as_written, wanted, names) or alike(wanted, names)
    if not found and parts:
        found = [place for place, name in enumerate(names) if asked in folded(name)]
    return found


def alike(wanted: str, names: Sequence[str]) -> list[int]:
    """Places of all names that differ in case alone, else in accents: for what many may be called, as headings are."""
    return (_equal(_caseless, wanted, names) or _equal(folded, wanted, names)) if folded(wanted) else []


def plain_path(path: str) -> str:
    """A path of notebooks or headings as it can be typed: with ``/`` between the titles."""
    return _BETWEEN_TITLES.sub("/", path.strip())


def nearest(wanted: str, names: Iterable[str], most: int = MOST_MEANT) -> list[str]:
    """The names that may have been meant, the likeliest first: they contain what was typed, or words much like it."""
    return nearest_folded(wanted, ((folded(name), name) for name in dict.fromkeys(names)), most)


def nearest_folded(wanted: str, names: Iterable[tuple[str, str]], most: int = MOST_MEANT) -> list[str]:
    """The same of names that are given behind their folded forms, each once."""
    asked = folded(wanted)[:_LONGEST]
    if not asked:
        return []
    likeness = _Likeness(asked)
    likely = []
    for form, name in names:
        alike = likeness.of(form[:_LONGEST])
        if alike >= _LIKE:
            likely.append((-alike, abs(len(name) - len(wanted)), name))
    return [name for _, _, name in nsmallest(most, likely)]


def did_you_mean(wanted: str, names: Iterable[str]) -> str:
    """A question with the nearest names, '' where none is near."""
    found = [repr(name) for name in nearest(wanted, names)]
    if not found:
        return ""
    return f"Did you mean {' or '.join(filter(None, [', '.join(found[:-1]), found[-1]]))}?"


def _equal(form: Callable[[str], str], wanted: str, names: Sequence[str]) -> list[int]:
    asked = form(wanted)
    return [place for place, name in enumerate(names) if form(name) == asked]


def _as_written(name: str) -> str:
    return normalize("NFC", " ".join(name.split()))


def _caseless(name: str) -> str:
    """Unicode's compatibility caseless form (The Unicode Standard, section 3.13.5, D146), and nothing invisible."""
    if name.isascii():
        return " ".join(name.lower().split())
    text = normalize("NFKC", normalize("NFKC", normalize("NFD", name).casefold()).casefold())
    return " ".join("".join(char for char in text if not _is_invisible(char)).split())


def _is_invisible(char: str) -> bool:
    """What has no width of its own: joiners, soft hyphens, and the selectors of how an emoji is drawn."""
    return not char.isascii() and (category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f")


class _Likeness:
    """How much folded names are like one that was typed; words, which many names share, are compared once."""

    def __init__(self, asked: str) -> None:
        self._asked = asked
        self._size = len(asked.split())
        self._whole = SequenceMatcher(None, "", asked)
        words = [word for word in asked.split() if any(map(str.isalnum, word))]
        self._words = [SequenceMatcher(None, "", word) for word in dict.fromkeys([asked, *words])]
        self._is_near: dict[str, bool] = {}

    def of(self, name: str) -> float:
        """How much of 1 a name, or as many of its words as were typed, is like what was typed."""
        if self._asked in name:
            return 1.0
        words, size = name.split(), self._size
        if not any(map(self._near, words)):
            return 0.0
        best = 0.0
        parts = (" ".join(words[at : at + size]) for at in range(len(words) - size + 1) if size < len(words))
        for text in (name, *parts):
            self._whole.set_seq1(text)
            least = max(best, _LIKE - 0.01)
            if min(self._whole.real_quick_ratio(), self._whole.quick_ratio()) > least:
                best = max(best, self._whole.ratio())
        return best

    def _near(self, word: str) -> bool:
        """Whether a word may be one of those that were typed: without any such, names are not compared."""
        known = self._is_near.get(word)
        if known is None:
            known = self._is_near[word] = any(_reaches(matcher, word, _NEAR) for matcher in self._words)
        return known


def _reaches(matcher: SequenceMatcher[str], text: str, least: float) -> bool:
    matcher.set_seq1(text)
    return matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least
