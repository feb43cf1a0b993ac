"""Names in the address of a page, which people may type: what they mean in this catalogue, or might have meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import plain_rows, value
from extractor.names import MOST_MEANT, SEPARATOR, alike, folded, matching, nearest, nearest_folded, plain_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from sqlite3 import Connection

MOST_TITLES = 12  # titles that are similar to what was typed
MOST_COMPARED = 300  # paths that end in these titles

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
    """A name that means nothing here, or several things, and the nearest ones that do; `kind` is the parameter's."""

    kind: str
    typed: str
    nearest: tuple[str, ...]


def names_of(connection: Connection, names: str) -> list[str]:
    """All names that a statement returns; for paths, also all paths that contain them."""
    found = dict.fromkeys(str(name) for (name,) in plain_rows(connection, names))
    for path in [*found]:
        upper, is_in, _ = path.rpartition(SEPARATOR)
        while is_in and upper not in found:  # the paths that contain a known one are known, too
            found[upper] = None
            upper, is_in, _ = upper.rpartition(SEPARATOR)
    return sorted(found)


def as_known(
    connection: Connection, given: Mapping[str, str], kinds: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Unknown, ...]]:
    """`given` with each name as in the catalogue, and the names that mean nothing here, or several things.

    `kinds` has, for each parameter that is a name, the statement for `names_of`.
    """
    known = dict(given)
    unknown = []
    for kind, statement in kinds.items():
        typed = given.get(kind)
        # Links on pages have exact names, and an exact name is found fast.
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
    """The names that are meant: those that match as a whole, else the paths whose last title matches."""
    for shown in ([plain_path(name) for name in names], [_last(name) for name in names]):
        if found := matching(plain_path(typed), shown):
            return [names[place] for place in found]
    return []


@dataclass(frozen=True, slots=True)
class TypedPaths:
    """Paths of headings, of which there may be many, for looking up typed ones; `titles` are (folded form, title)."""

    paths: tuple[str, ...]
    titles: tuple[tuple[str, str], ...]

    def meant(self, typed: str) -> list[str]:
        """Like `meant_by`, among all these paths and the paths that contain them."""
        asked = f"/{folded(plain_path(typed))}"
        titles = {title for form, title in self.titles if form and asked.endswith(f"/{form}")}
        return meant_by(typed, sorted(path for path in self._with(titles) if _last(path) in titles))

    def like(self, typed: str) -> list[str]:
        """Paths to compare with what was typed: the shortest of those with titles similar to its last one."""
        title = plain_path(typed).rpartition("/")[2]
        titles = set(nearest_folded(title, self.titles, MOST_TITLES))
        return sorted(self._with(titles), key=lambda path: (len(path), path))[:MOST_COMPARED]

    def _with(self, titles: Collection[str]) -> set[str]:
        """The paths that have one of these titles, and those of the paths that contain them that have one, too."""
        found: set[str] = set()
        for path in dict.fromkeys(path for title in titles for path in self.paths if title in path):
            parts = path.split(SEPARATOR)
            first = next((place for place, part in enumerate(parts) if part in titles), len(parts))
            found.update(SEPARATOR.join(parts[: place + 1]) for place in range(first, len(parts)))
        return found


def typed_paths(paths: Iterable[str]) -> TypedPaths:
    """Prepare paths for looking up many typed ones."""
    paths = tuple(paths)
    titles = dict.fromkeys(SEPARATOR.join(paths).split(SEPARATOR)) if paths else {}
    return TypedPaths(paths, tuple((folded(plain_path(title)), title) for title in titles))


def tags_meant(typed: str, tags: Sequence[str]) -> list[str]:
    """All tags with this name, in whatever case and form."""
    return [tags[place] for place in alike(typed, tags)]


def _last(path: str) -> str:
    return path.rpartition(SEPARATOR)[2]
