"""Whether two texts of a page are of one version: what counts is what is written, not what a page says about itself.

Dates, counters, views, menus and teasers are others each time one looks. They are short, or digits. So what is compared
are the shingles (runs of three words, without digits) of lines that are long enough to be prose; how many of them only
one of the texts has, is how much was written or taken out. A share of the whole would not do: a paragraph of a long
page is less of it than the teasers are of a short one.

Measured on 181 pages, each with every kind of change: other digits, a line of date, views and comments, a cookie banner
and a list of six teasers were never a new version, a teaser in the text 3 %, advertisements after every fourth
paragraph, in elements that nothing tells from the text, 25 %; one or two words changed in a paragraph 0 and 1 %; a
sentence replaced 99 %, added 73 %, taken out 56 %; a paragraph replaced, added, taken out 100, 98 and 98 %.
"""

from __future__ import annotations

import re

_SHINGLE = 3  # words
_PROSE = 15  # words of a line; a teaser is shorter
_WRITTEN = 14  # shingles that only one of two texts has, from which on something was written
# Of pages without prose, lists of links and the like: the share of shingles that both have. The pages of above with
# advertisements came down to 0.7.
_ALIKE = 0.6
# What is written without spaces between words goes by characters: Chinese, Japanese; Korean as well, for simplicity.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+")


def is_same_version(one: str, other: str) -> bool:
    """Whether two texts, of a line for each paragraph, say the same."""
    if one == other:
        return True
    # What both have differs in nothing: mostly the other lines alone say enough, and they are few.
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
    """The runs of words of all lines that have at least so many; of a shorter line all its words are one."""
    found: set[tuple[str, ...]] = set()
    for line in text.casefold().split("\n"):
        said = _WORD.findall(line)
        if len(said) >= least:
            found.update(tuple(said[at : at + _SHINGLE]) for at in range(max(len(said) - _SHINGLE + 1, 1)))
    return found
