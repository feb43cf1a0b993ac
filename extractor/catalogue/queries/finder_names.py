"""What the names in a query of the finder mean in this catalogue: sites, notes, notebooks, tags and sections."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import pairs, plain_rows, rows
from extractor.catalogue.queries.search_words import WORD
from extractor.catalogue.queries.topic_names import TopicNames
from extractor.catalogue.queries.topics import paths_named
from extractor.catalogue.queries.typed_names import (
    NOTEBOOKS,
    SECTIONS_OF_LINKS,
    TAGS,
    TypedPaths,
    Unknown,
    names_of,
    tags_meant,
    typed_paths,
)
from extractor.names import SEPARATOR, folded, matching, nearest, plain_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_words import Term

IDS = re.compile(r"[0-9a-f]{6,32}")  # the whole id of a note, or its beginning
# Looks up one host after the other in the index: there are far fewer hosts than addresses.
HOSTS = """
WITH RECURSIVE hosts AS (
  SELECT min(host) AS host
  FROM urls
  UNION ALL
  SELECT (SELECT min(urls.host) FROM urls WHERE urls.host > hosts.host)
  FROM hosts
  WHERE host NOT NULL
)
SELECT host, (SELECT site FROM urls WHERE urls.host = hosts.host LIMIT 1) AS site
FROM hosts
WHERE host NOT NULL
"""
NOTES = """
SELECT id, name
FROM notes
"""
PAGES = """
SELECT url_id, coalesce(title, '') || ' ' || coalesce(description, '') AS text
FROM pages
WHERE seen = 'last'
"""
WITH_LINKS = """
SELECT value
FROM json_each(:paths)
WHERE EXISTS (SELECT 1 FROM links WHERE section = value)
"""
AS_WRITTEN = TopicNames()
NO_PATHS = TypedPaths((), ())


@dataclass(frozen=True, slots=True)
class Folded:
    """Paths of notebooks or headings, each with the form in which it is compared: `/messaging/kafka/`.

    For headings, the top is that of their topics (`names`). `typed` finds similar names for one that means nothing.
    """

    paths: tuple[tuple[str, str], ...]
    typed: TypedPaths = NO_PATHS
    names: TopicNames = AS_WRITTEN

    def meant(self, typed: str) -> list[str]:
        """The paths that have these titles one after the other, and all below; after a leading `/`, only at the top."""
        asked = folded(plain_path(typed)).strip("/")
        if not asked:
            return []
        if typed.strip().startswith("/"):
            # A name that is given exactly, as pages do, never means another one that differs in case or accents.
            exact = typed.strip().removeprefix("/")
            found = [path for path, _ in self.paths if self.names.is_under(path, exact)]
            if found:
                return found
            tops = {self.names.topic_of(path) for path, form in self.paths if f"/{asked}/" in form}
            meant = {top for top in tops if comparable(top).startswith(f"/{asked}/")}
            return [
                path for path, form in self.paths if form.startswith(f"/{asked}/") or self.names.topic_of(path) in meant
            ]
        return [path for path, form in self.paths if f"/{asked}/" in form]


@dataclass(frozen=True, slots=True)
class FinderNames:
    """All names that a query may contain; `hosts` has the site of each host, `notes` the names by ids.

    `pages` has, by the ids of addresses, the words in the title and description of the page, if one was seen.
    """

    hosts: Mapping[str, str]
    notes: Mapping[str, str]
    notebooks: Folded
    tags: tuple[str, ...]
    pages: Mapping[int, str]


def finder_names(connection: Connection) -> FinderNames:
    """Read all names except for those of sections, of which there are many."""
    return FinderNames(
        hosts=pairs(connection, HOSTS),
        notes=pairs(connection, NOTES),
        notebooks=_folded(names_of(connection, NOTEBOOKS)),
        tags=tuple(names_of(connection, TAGS)),
        pages={row["url_id"]: plain_words(row["text"]) for row in rows(connection, PAGES)},
    )


def finder_sections(connection: Connection, topics: TopicNames) -> Folded:
    """All paths of headings under which a link is or was, and the paths that contain them."""
    return replace(_folded(names_of(connection, SECTIONS_OF_LINKS)), names=topics)


def exact_sections(connection: Connection, topics: TopicNames, typed: Sequence[str]) -> Folded | None:
    """The paths for names that are given exactly, with a leading `/` as on pages, by an index; None if one is not."""
    found: dict[str, str] = {}
    for one in map(str.strip, typed):
        paths = paths_named(connection, topics, one.removeprefix("/")) if one.startswith("/") else ()
        with_links = plain_rows(connection, WITH_LINKS, paths=json.dumps(paths))
        if not with_links:
            return None
        found |= dict.fromkeys((path for (path,) in with_links), "")
    return Folded(tuple(found.items()), names=topics)


def _folded(paths: Sequence[str]) -> Folded:
    typed = typed_paths(paths)
    forms = {title: form for form, title in typed.titles}  # many paths have few titles
    return Folded(
        tuple([(path, f"/{'/'.join(map(forms.__getitem__, path.split(SEPARATOR)))}/") for path in paths]), typed
    )


def comparable(path: str) -> str:
    """The form in which a path is compared: `/messaging/kafka/`."""
    return f"/{folded(plain_path(path))}/"


def plain_words(text: str) -> str:
    """The words of a text without case and accents, with a space before and after each."""
    return f" {' '.join(WORD.findall(folded(text)))} "


def pages_meant(term: Term, pages: Mapping[int, str], *, is_phrase: bool) -> list[int]:
    """The ids of the addresses whose pages have words that begin with those of the term, or have the phrase."""
    words = plain_words(term.value)
    wanted = [words] if is_phrase else [f" {word}" for word in words.split()]
    return [url_id for url_id, text in pages.items() if all(one in text for one in wanted)]


def sites_meant(typed: str, hosts: Mapping[str, str]) -> tuple[str, list[str]]:
    """The column, `site` or `host`, and the values that are meant: a site, else a host, else all hosts with the name.

    `github` is in `github.com` and in `gist.github.com`.
    """
    asked = _ascii(typed.strip().lower().removeprefix("https://").removeprefix("http://").strip("/."))
    if asked in hosts.values():
        return "site", [asked]
    if asked in hosts:
        return "host", [asked]
    return "host", [host for host in hosts if asked and f".{asked}." in f".{host}."]


def _ascii(host: str) -> str:
    """A host as in addresses: `xn--...` if it has characters outside ASCII."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def notes_meant(typed: str, notes: Mapping[str, str]) -> list[str]:
    """The ids of the notes whose id begins so, else of those with this name, else of those whose name contains it."""
    if IDS.fullmatch(typed.lower()) and (found := [one for one in notes if one.startswith(typed.lower())]):
        return found
    ids = list(notes)
    return [ids[place] for place in matching(typed, list(notes.values()), parts=True)]


def unknown_name(term: Term, names: FinderNames, sections: Folded) -> Unknown:
    """A name that means nothing here, with the most similar ones that do."""
    of_kind = {
        "site": [*names.hosts, *names.hosts.values()],
        "note": names.notes.values(),
        "notebook": names.notebooks.typed.paths,
        "tag": names.tags,
        "section": sections.typed.like(term.value) if term.kind == "section" else (),
    }
    return Unknown(term.kind, term.value, tuple(nearest(term.value, of_kind[term.kind])))


def values_meant(term: Term, names: FinderNames, sections: Folded) -> tuple[str, list[str]]:
    """The column that a term is about, and the values that are meant."""
    if term.kind == "site":
        return sites_meant(term.value, names.hosts)
    if term.kind == "note":
        return "note_id", notes_meant(term.value, names.notes)
    if term.kind == "notebook":
        return "notebook", names.notebooks.meant(term.value)
    if term.kind == "tag":
        return "tag", tags_meant(term.value, names.tags)
    return "section", sections.meant(term.value)
