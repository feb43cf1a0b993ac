"""Matching names as people type them: notes, notebooks, tags and headings, for every command and page. Pure.

Typed text matches the identical name; if there is none, names that differ only in case or letter forms (``kafka`` for
``𝗞𝗮𝗳𝗸𝗮``, composed or decomposed), and then names that also differ in accents. So an exact name is never mistaken for
another, and nobody has to type characters that are not on their keyboard.
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
ID_PREFIX = re.compile(r"[0-9a-f]{4,32}")  # a possible beginning of an id
MOST_NAMED = 5  # listed, if several match
MOST_MEANT = 3  # names offered if none matches
_BETWEEN_TITLES = re.compile(r"\s*[›/]\s*")
_ACCENTS = re.compile("[\u0300-\u036f]")  # on letters; the marks of other scripts (が, ड़) make other letters
_LIKE = 0.7  # of 1, as difflib measures: `rsut` is `rust`, and `messaging` is not `reading`
_NEAR = 0.5  # of a word, lower than the threshold for a whole name
_LONGEST = 100  # characters of a name that are compared


def folded(name: str) -> str:
    """A name without case, accents, letter forms, zero-width characters and repeated spaces.

    ``Übersicht  Straße`` and ``ubersicht strasse`` are equal. A folded name folds to itself.
    """
    if name.isascii():
        return _caseless(name)
    text = _ACCENTS.sub("", normalize("NFD", _caseless(name)))
    return normalize("NFC", " ".join(text.split()))


def matching(wanted: str, names: Sequence[str], *, parts: bool = False) -> list[int]:
    """Indexes of the matching names; with `parts`, if no whole name matches, of the names that contain it."""
    asked = folded(wanted)
    if not asked:
        return []
    found = _equal(_as_written, wanted, names) or alike(wanted, names)
    if not found and parts:
        found = [place for place, name in enumerate(names) if asked in folded(name)]
    return found


def alike(wanted: str, names: Sequence[str]) -> list[int]:
    """Indexes of all names that differ only in case, else in accents: for names that many can share, like headings."""
    return (_equal(_caseless, wanted, names) or _equal(folded, wanted, names)) if folded(wanted) else []


def plain_path(path: str) -> str:
    """A path of notebooks or headings as people type it: with ``/`` between the titles."""
    return _BETWEEN_TITLES.sub("/", path.strip())


def nearest(wanted: str, names: Iterable[str], most: int = MOST_MEANT) -> list[str]:
    """Likely intended names, best first: they contain the typed text, or similar words."""
    return nearest_folded(wanted, ((folded(name), name) for name in dict.fromkeys(names)), most)


def nearest_folded(wanted: str, names: Iterable[tuple[str, str]], most: int = MOST_MEANT) -> list[str]:
    """The same for names given by their folded forms, each once."""
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
    """A question that offers the nearest names, '' if none is near."""
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
    """Whether a character has no width: joiners, soft hyphens and variation selectors."""
    return not char.isascii() and (category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f")


class _Likeness:
    """Similarity of folded names to a typed one; words that many names share are compared only once."""

    def __init__(self, asked: str) -> None:
        self._asked = asked
        self._size = len(asked.split())
        self._whole = SequenceMatcher(None, "", asked)
        words = [word for word in asked.split() if any(map(str.isalnum, word))]
        self._words = [SequenceMatcher(None, "", word) for word in dict.fromkeys([asked, *words])]
        self._is_near: dict[str, bool] = {}

    def of(self, name: str) -> float:
        """The similarity (0 to 1) of a name, or of as many of its words as were typed, to the typed text."""
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
        """Whether a word resembles a typed one; names without such a word are not compared."""
        known = self._is_near.get(word)
        if known is None:
            known = self._is_near[word] = any(_reaches(matcher, word, _NEAR) for matcher in self._words)
        return known


def _reaches(matcher: SequenceMatcher[str], text: str, least: float) -> bool:
    matcher.set_seq1(text)
    return matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least
