"""Records of top-level blocks: as written, what they define for the whole document, and what was read from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from markdown_it.common.utils import normalizeReference

from extractor.markdown.records import Document, Heading, Link, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token

Reference = dict[str, str]


@dataclass(frozen=True)
class Definitions:
    """What affects other blocks: link reference definitions, the first of equal labels, and labels of footnotes."""

    references: dict[str, Reference] = field(default_factory=dict)
    footnotes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.references or self.footnotes)

    @cached_property
    def labels(self) -> list[str]:
        """The labels that a text contains if it refers to any of these definitions, as `mentions` takes them."""
        return mentioned_as(self.references, self.footnotes)


def mentioned_as(references: Iterable[str], footnotes: Iterable[str]) -> list[str]:
    """Return a word of each label, in the case in which labels are compared; those of footnotes with their caret."""
    labels = list(references)
    if "X" in labels:
        labels.append("[ ]")  # if [X] is a link, checkboxes are text
    labels += [normalizeReference(f"[^{label}]") for label in footnotes]
    return [max(label.split(" "), key=len) for label in labels]


def merged(definitions: Iterable[Definitions]) -> Definitions:
    """Combine what the blocks of a document define, in their order."""
    references: dict[str, Reference] = {}
    footnotes: set[str] = set()
    for each in definitions:
        if each is NOTHING:
            continue
        for label, reference in each.references.items():
            references.setdefault(label, reference)
        footnotes.update(each.footnotes)
    return Definitions(references, frozenset(footnotes)) if references or footnotes else NOTHING


NOTHING = Definitions()


@dataclass(eq=False, slots=True)
class Source:
    """A block as written, wherever it is: the tokens of its markup, and what it defines for the whole document.

    `line` is where it starts as its tokens count lines. `continues` tells whether it goes on with a list: an item that
    is not the first. `alone` is what was read from it where nothing that is defined elsewhere matters; None until then.
    `brackets` are its texts with brackets, in the case that labels are compared in; None until they are looked for.
    """

    line: int
    continues: bool
    tokens: list[Token]
    defines: Definitions
    alone: Block | None = None
    brackets: str | None = None

    def mentions(self, words: Sequence[str]) -> bool:
        """Return whether a block may refer to a label with one of these words, which `mentioned_as` returns.

        White space in a label can be written in many ways: single words are found in the text as it is.
        """
        if self.brackets is None:
            texts = [token.content for token in self.tokens if token.type == "inline" and "]" in token.content]
            self.brackets = "\n".join(texts).lower().upper()
        text = self.brackets
        return bool(text) and any(word in text for word in words)


class Placed(NamedTuple):
    """A block and where it starts: line and offset count from 0 at the start of the text that was split.

    `after_blank` says whether the line before is empty (or there is none): no block above looks past such a line,
    except for the indentation of the next one.
    """

    line: int
    offset: int
    after_blank: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Footnote:
    """The body of a footnote, which counts where it is written, but only if something in the document calls it."""

    label: str
    found: Found


Item = Heading | Link | Problem | Footnote | Document  # a Document is a whiteboard


Found = tuple[Item, ...]


@dataclass(slots=True)
class Block:
    """What was found in a block, its footnotes (also among `found`), and the labels of the footnotes that it calls.

    Lines count from 0 at the start of the block; headings have only their own title as path. A block `is_plain` if it
    contains only headings and links.
    """

    found: Found
    footnotes: tuple[Footnote, ...] = ()
    calls: frozenset[str] = frozenset()
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_plain = all(isinstance(item, (Link, Heading)) for item in self.found)
