"""Whether two texts of a page are the same version: only prose counts, not counters, dates or menus.

Dates, counters, views, menus and teasers change every time. They are short, or digits. So the comparison uses the
shingles (runs of three words, without digits) of lines that are long enough to be prose; the number of shingles in only
one of the texts measures how much was added or removed. A share of the whole would not work: a paragraph is a smaller
share of a long page than the teasers are of a short one.

Measured on 181 pages, each with every kind of change. Different digits, a line with date, views and comments, a cookie
banner and a list of six teasers were never a new version; a teaser in the text was in 3 %, advertisements after every
fourth paragraph, in elements like those of the text, in 25 %; one or two changed words in a paragraph in 0 and 1 %; a
replaced sentence in 99 %, an added one in 73 %, a removed one in 56 %; a paragraph in 100, 98 and 98 %.
"""

from __future__ import annotations

import re

_SHINGLE = 3  # words
_PROSE = 15  # words of a line; a teaser is shorter
_WRITTEN = 14  # shingles in only one of two texts, from which on it counts as a change
# For pages without prose, such as lists of links: the share of common shingles. The pages above with advertisements
# came down to 0.7.
_ALIKE = 0.6
# Scripts without spaces between words are compared by characters: Chinese, Japanese; Korean, too, for simplicity.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+")


def is_same_version(one: str, other: str) -> bool:
    """Whether two texts, with one line per paragraph, are the same version."""
    if one == other:
        return True
    # Common lines make no difference; the few other lines are usually enough.
    lines, others = set(one.split("\n")), set(other.split("\n"))
    ours, theirs = "\n".join(lines - others), "\n".join(others - lines)
    if len(_shingles(ours, _PROSE)) + len(_shingles(theirs, _PROSE)) >= _WRITTEN:
        written = _shingles(one, _PROSE) ^ _shingles(other, _PROSE)
        if len(written) >= _WRITTEN:
            return False
    everything = _shingles(one, 1)
    if len(_shingles(ours, 1)) + len(_shingles(theirs, 1)) <= (1 - _ALIKE) * len(everything):
        return True
    all_others = _shingles(other, 1)
    return len(everything & all_others) >= _ALIKE * len(everything | all_others)


def _shingles(text: str, least: int) -> set[tuple[str, ...]]:
    """The shingles of all lines with at least this many words; a shorter line is one shingle."""
    found: set[tuple[str, ...]] = set()
    for line in text.casefold().split("\n"):
        said = _WORD.findall(line)
        if len(said) >= least:
            found.update(tuple(said[at : at + _SHINGLE]) for at in range(max(len(said) - _SHINGLE + 1, 1)))
    return found
