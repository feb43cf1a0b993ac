"""Whiteboards: fenced blocks of `jsoncanvas` with JSON Canvas 1.0 (Joplin 3.7; https://jsoncanvas.org/spec/1.0/).

Cards are read in the order in which people look at them: from the top down, from left to right, those of a group
together. Edges between them are ignored.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Literal

from extractor.markdown.addresses import is_allowed, target_of
from extractor.markdown.characters import SPACES

CardKind = Literal["text", "link", "file"]

LANGUAGE = "jsoncanvas"
_MOST_COMPARED = 1_000_000  # pairs of a card and a group; if there are more, all cards are read as if in no group


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its Markdown, or its address."""

    kind: CardKind
    content: str

    def address(self) -> str:
        """Return the address of a link or file card, of a file only one of the web or of a Joplin item; else ''."""
        url = self.content.strip(SPACES)
        leads = url and is_allowed(url) and (self.kind == "link" or target_of(url, "link") in ("web", "note"))
        return url if leads else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards in order, with the label of the group that they are in; '' if they are in none."""

    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of the canvas, with invalid values replaced."""

    kind: str
    content: str
    x: float
    y: float
    width: float
    height: float

    def holds(self, other: _Node) -> bool:
        """Return whether the middle of another node is in this one."""
        x, y = other.x + other.width / 2, other.y + other.height / 2
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


def is_whiteboard(info: str) -> bool:
    """Return whether a fence with this info string is meant to be a whiteboard."""
    return info.split(maxsplit=1)[:1] == [LANGUAGE]


def groups_of(content: str) -> tuple[Group, ...] | None:
    """Read a whiteboard; None if it is not one, but just a block of code. Never raises."""
    try:
        canvas = json.loads(content)
    except (ValueError, RecursionError):
        return None
    given = canvas.get("nodes", []) if isinstance(canvas, dict) else None
    if not isinstance(given, list):
        return None
    return _grouped(sorted(filter(None, map(_node, given)), key=lambda node: (node.y, node.x)))


def _grouped(nodes: list[_Node]) -> tuple[Group, ...]:
    """Return the cards by the groups that they are in."""
    outer = [node for node in nodes if node.kind == "group"]
    inner = [node for node in nodes if node.kind != "group"]
    compared = outer if len(outer) * len(inner) <= _MOST_COMPARED else []
    held: dict[int, list[_Node]] = {}
    free = []
    for node in inner:
        around = _smallest_around(node, compared)
        if around is not None:
            held.setdefault(id(around), []).append(node)
        else:
            free.append(node)
    rows = [(node.y, node.x, Group("", (_card(node),))) for node in free]
    rows += [(group.y, group.x, Group(group.content, tuple(map(_card, held.get(id(group), ()))))) for group in outer]
    return tuple(group for _, _, group in sorted(rows, key=lambda row: row[:2]))


def _smallest_around(node: _Node, groups: list[_Node]) -> _Node | None:
    """Return the smallest group that a node is in; None if it is in none."""
    return min(
        (group for group in groups if group.holds(node)), key=lambda group: group.width * group.height, default=None
    )


def _card(node: _Node) -> Card:
    """Return the card of a node."""
    kind: CardKind = "text" if node.kind == "text" else "link" if node.kind == "link" else "file"
    return Card(kind, node.content)


def _node(given: object) -> _Node | None:
    """Return a node; None if it is not one, or of a kind that JSON Canvas does not define."""
    if not isinstance(given, dict):
        return None
    kind = given.get("type")
    field = (
        {"text": "text", "link": "url", "file": "file", "group": "label"}.get(kind) if isinstance(kind, str) else None
    )
    if not isinstance(kind, str) or field is None:
        return None
    content = _text(given, field)
    if kind == "file" and content:
        content += _text(given, "subpath")
    return _Node(kind, content, *(_number(given.get(name)) for name in ("x", "y", "width", "height")))


def _text(given: dict[str, object], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    """Return a finite number; 0 for anything else."""
    if not isinstance(value, (int, float)):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0
