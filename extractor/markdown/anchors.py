"""The anchors of headings as Joplin makes them (MdToHtml.ts: @joplin/fork-uslug, markdown-it-anchor 5.3)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from extractor.markdown.emoji_names import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

_KEPT = frozenset("-_~")
_JAPANESE_PUNCTUATION = frozenset("\u3000\u3001\u3002\uff01\uff02")
_COMBINING = "[\u0300-\u036f\ufe20-\ufe2f\u20d0-\u20ff]"
_MODIFIER = f"(?:{_COMBINING}|[\U0001f3fb-\U0001f3ff])?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_VARIANT = "[\ufe0e\ufe0f]?"
# What counts as one character in lodash (_unicodeToArray.js), in code points.
_CHARACTER = re.compile(
    f"[\U0001f3fb-\U0001f3ff](?=[\U0001f3fb-\U0001f3ff])|"
    f"(?:[^\ud800-\udfff\U00010000-\U0010ffff]{_COMBINING}?|{_FLAG}|.)"
    f"{_VARIANT}{_MODIFIER}(?:\u200d(?:{_FLAG}|.){_VARIANT}{_MODIFIER})*",
    re.DOTALL,
)
_HYPHENS = re.compile("[ -]+")
_LAST_OF_BMP = "\uffff"


def slug(title: str) -> str:
    """Return the anchor for a heading with this title, without `#`; emoji are replaced by their names."""
    if not title.isascii():
        title = unicodedata.normalize("NFKC", _CHARACTER.sub(_named, title))
    kept = []
    for character in title:
        if character in _JAPANESE_PUNCTUATION:
            kept.append(" ")
        elif character in _KEPT:
            kept.append(character)
        elif character <= _LAST_OF_BMP:  # beyond it JavaScript sees two surrogates, which are not letters
            category = unicodedata.category(character)[0]
            if category in "LNM":
                kept.append(character)
            elif category == "Z":
                kept.append(" ")
    return _HYPHENS.sub("-", "".join(kept).strip(" ")).lower()


def _named(character: re.Match[str]) -> str:
    """Return the name of an emoji between colons, anything else as it is."""
    name = names().get(character[0].replace("\ufe0f", ""))
    return f":{name}:" if name else character[0]


class Slugs:
    """Gives each heading of a note its anchor; the second of equal ones gets the suffix `-2`."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._numbers: dict[str, int] = {}

    def of(self, tokens: Iterable[Token]) -> str:
        """Return the anchor of the heading with these inline tokens: from its text and code, without alt texts."""
        title = "".join(token.content for token in tokens if token.type in ("text", "text_special", "code_inline"))
        base = found = slug(title)
        while found in self._given:
            number = self._numbers[base] = self._numbers.get(base, 1) + 1
            found = f"{base}-{number}"
        self._given.add(found)
        return found
