"""Names in the address of a page, which people type as well: what they mean in this catalogue, or might have meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows, value
from extractor.names import MOST_MEANT, SEPARATOR, alike, matching, nearest, plain_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

# All names of a kind.
NOTEBOOKS = """
SELECT path AS name
FROM notebooks
UNION
SELECT notebook
FROM notes
WHERE notebook NOT NULL
"""
TAGS = """
SELECT title AS name
FROM tags
"""
SECTIONS = """
SELECT DISTINCT path AS name
FROM sections
"""
SECTIONS_OF_LINKS = """
SELECT DISTINCT section AS name
FROM links
WHERE section NOT NULL
"""
HOSTS = """
SELECT host AS name
FROM urls
UNION
SELECT site
FROM urls
"""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that means nothing here, or several, and the nearest that do; `kind` is that of the parameter."""

    kind: str
    typed: str
    nearest: tuple[str, ...]


def names_of(connection: Connection, names: str) -> list[str]:
    """All names that a statement gives, those of paths with all that they are in."""
    found = [str(row["name"]) for row in rows(connection, names)]
    return sorted({*found, *(upper for path in found for upper in _uppers(path))})


def as_known(
    connection: Connection, given: Mapping[str, str], kinds: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Unknown, ...]]:
    """What is given, each name of these kinds as the catalogue has it, and those that mean nothing here, or several."""
    known = dict(given)
    unknown = []
    for kind, statement in kinds.items():
        typed = given.get(kind)
        # The pages themselves give names as they are, and to find one is fast.
        if typed is None or value(connection, f"SELECT 1 FROM ({statement}) WHERE name = :name", name=typed):
            continue
        names = names_of(connection, statement)
        if typed in names:
            continue
        meant = meant_by(typed, names)
        if len(meant) == 1:
            known[kind] = meant[0]
        else:
            unknown.append(Unknown(kind, typed, tuple(meant[:MOST_MEANT] or nearest(typed, names))))
    return known, tuple(unknown)


def meant_by(typed: str, names: Sequence[str]) -> list[str]:
    """The names that are meant: those called so as a whole, else those of paths whose last title is called so."""
    for shown in ([plain_path(name) for name in names], [_last(name) for name in names]):
        if found := matching(plain_path(typed), shown):
            return [names[place] for place in found]
    return []


def tags_meant(typed: str, tags: Sequence[str]) -> list[str]:
    """All tags that are called so."""
    return [tags[place] for place in alike(typed, tags)]


def _uppers(path: str) -> list[str]:
    parts = path.split(SEPARATOR)
    return [SEPARATOR.join(parts[:depth]) for depth in range(1, len(parts))]


def _last(path: str) -> str:
    return path.rpartition(SEPARATOR)[2]
