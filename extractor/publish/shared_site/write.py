"""Writing the pages of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader

from extractor.catalogue.shared_tables import shared_tables
from extractor.names import SEPARATOR
from extractor.output_folder import placing_folder, refuse_to_replace_folder
from extractor.publish.html import charts
from extractor.publish.html.template_names import TEMPLATE_NAMES
from extractor.publish.html.topic_tree import Topic, walk
from extractor.publish.shared_site.contents import Site, site_of
from extractor.publish.shared_site.index_files import index_files
from extractor.publish.shared_site.site_paths import SitePaths, note_file, topic_anchor, topic_file
from extractor.texts import without_lone_surrogates
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from extractor.catalogue.choice import Choice
    from extractor.catalogue.database import Database
    from extractor.catalogue.shared_tables import Shared
    from extractor.publish.shared_site.contents import SiteLink

STATIC = ("catalogue.css", "times.js", "icon.svg")
OWN = ("search.js",)
FOLDERS = ("notes", "topics", "index")
LATEST = 20
MOST_TOPICS = 24  # on the first page
MOST_BRANCHES = 300  # in the outline of a topic


@dataclass(frozen=True, slots=True)
class Group:
    """Links of one topic; `around` are its parent topics without links that appear first here."""

    topic: str
    around: tuple[str, ...]
    links: tuple[SiteLink, ...]


def share_pages(
    db: Database,
    path: Path,
    choice: Choice,
    *,
    with_tags: bool = False,
    with_context: bool = False,
    on_tokens: Callable[[Sequence[str]], None] | None = None,
    overwrite: bool = False,
) -> Shared:
    """Write the current notes of a choice as pages to the folder `path`, completely or not at all.

    `shared_tables` defines what is included. Raises NotFound, and OutputError if the folder cannot, or must not, be
    written.
    """
    refuse_to_replace_folder(path, overwrite=overwrite)
    tables = shared_tables(db, choice, with_tags=with_tags, with_context=with_context, on_tokens=on_tokens)
    with placing_folder(path, overwrite=overwrite) as folder:
        for name in FOLDERS:
            (folder / name).mkdir()
        for name, text in site_files(site_of(tables, choice, iso(now_ms()) or "")):
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return tables.counts


def site_files(site: Site) -> Iterator[tuple[str, str]]:
    """The name and the text of each file."""
    published = files("extractor.publish")
    for name in STATIC:
        yield name, (published / "static" / name).read_text(encoding="utf-8")
    for name in OWN:
        yield name, (published / "shared_site" / name).read_text(encoding="utf-8")
    yield from index_files(site)
    pages = _environment(site)

    def page(name: str, template: str, **context: object) -> tuple[str, str]:
        paths = SitePaths("../" if "/" in name else "")
        # A text that an edit cut inside an emoji contains half of it, which UTF-8 cannot encode.
        return name, without_lone_surrogates(pages.get_template(template).render(paths=paths, **context))

    health = charts.share(site.healths, "Health of the saved links")
    yield page("index.html", "index.html", latest=site.newest[:LATEST], health=health, most_topics=MOST_TOPICS)
    yield page("search.html", "search.html")
    yield page("topics.html", "topics.html")
    yield page("notes.html", "notes.html")
    for root in site.roots:
        links = site.by_root.get(root.path, ())
        yield page(
            topic_file(root.path),
            "topic.html",
            topic=root,
            links=links,
            groups=_groups(links, root.path),
            notes=sorted({(link.note.casefold(), link.note, link.row.note_id) for link in links}),
            branches=[one for one in walk(root.branches) if one.all_links][:MOST_BRANCHES],
        )
    for note in site.notes:
        yield page(note_file(note.row.id), "note.html", note=note, groups=_sections(note.links))


def _environment(site: Site) -> Environment:
    """The templates of the folder, and those shared with the served pages."""
    published = files("extractor.publish")
    folders = [str(published / "shared_site" / "templates"), str(published / "page_templates")]
    environment = Environment(loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    names: dict[str, Any] = {**TEMPLATE_NAMES, "site": site, "topic_anchor": topic_anchor, "short_name": _short_name}
    environment.globals.update(names)
    return environment


def _groups(links: Iterable[SiteLink], root: str) -> list[Group]:
    """Links by topic, in the given order; each of their parent topics has a place, too."""
    groups: dict[str, list[SiteLink]] = {}
    for link in links:
        groups.setdefault(link.topic, []).append(link)
    seen: set[str] = {root, *groups}
    found = []
    for topic, some in groups.items():
        parts = topic.split(SEPARATOR)
        around = [SEPARATOR.join(parts[:depth]) for depth in range(1, len(parts))]
        found.append(Group(topic, tuple(one for one in around if one not in seen), tuple(some)))
        seen.update(around)
    return found


def _sections(links: tuple[SiteLink, ...]) -> list[tuple[str, list[SiteLink]]]:
    """The links of a note by section, in the order of the note."""
    groups: dict[str, list[SiteLink]] = {}
    for link in links:
        groups.setdefault(link.row.section or "", []).append(link)
    return list(groups.items())


def _short_name(topic: str, root: Topic) -> str:
    """The name of a topic on the page of its root."""
    return topic.removeprefix(root.path + SEPARATOR)
