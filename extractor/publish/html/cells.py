"""Cells of tables for people: breadcrumbs, short addresses, short dates, labels that lead to pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from extractor.catalogue.link_health import health_name
from extractor.dates import at_or_by
from extractor.markdown.addresses import item_of
from extractor.names import SEPARATOR
from extractor.publish.html.formats import file_size, is_web, short_address, short_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.html.paths import Paths

LONG = 160  # characters; the rest is on hover
HOVER = 2000

TOPICS = {("sections", "path"), ("sections", "title")}
ADDRESSES = {"url", "canonical", "final_url", "source_url", "snapshot_url", "archived"}
BADGES = {"health", "verdict", "state", "note_state", "change", "kind", "target"}
# The values that most rows have, which are shown without emphasis.
QUIET = {"unknown", "current", "complete", "link", "web", "alive", "ok"}
# The page that a label leads to, and the columns of its row that may have the id.
LABELS = {
    "note": ("note", ("note_id",)),
    "link": ("link", ("link_id", "id")),
    "image": ("link", ("link_id", "id")),
    "post": ("link", ("link_id", "id")),
    "revision": ("revision", ("revision_id",)),
    "brought_in_by": ("revision", ("first_revision_id",)),
}
OWN_LABELS: Mapping[tuple[str | None, str], tuple[str, tuple[str, ...]]] = {
    ("notes", "name"): ("note", ("id",)),
    ("notes", "title"): ("note", ("id",)),
    ("revisions", "label"): ("revision", ("id",)),
    ("links", "text"): ("link", ("id",)),
}
# The column that says whether a date is the day itself, or a time by which something had come or gone.
BOUNDS: Mapping[tuple[str | None, str], str] = {
    (None, "first_seen_at"): "is_dated",
    (None, "removed_at"): "removal_is_dated",
    ("link_history", "captured_at"): "is_dated",
}
BOUNDED = {
    *((table, "first_seen_at") for table in ("sections", "links", "urls", "saved_links", "dead_links")),
    *((table, column) for table in ("images", "linkedin_posts") for column in ("first_seen_at", "removed_at")),
    *((table, "removed_at") for table in ("sections", "links")),
    ("link_history", "captured_at"),
}
INSIDE_JOPLIN = {"note": "a note", "resource": "an attachment"}
PLAIN_NUMBERS = ("id", "line", "number", "level", "status")
BY_ID = {
    "note_id": "note",
    "revision_id": "revision",
    "first_revision_id": "revision",
    "last_revision_id": "revision",
    "link_id": "link",
    "url_id": "address",
}


def cell(paths: Paths, table: str | None, column: str, value: object, row: Mapping[str, Any]) -> Markup | None:
    """The cell as HTML; None if Datasette's own is good enough."""
    if isinstance(value, dict):
        return _foreign(paths, column, value)
    if isinstance(value, int):
        return _number(paths, column, value)
    at = Cell(paths, table, column, row)
    if value is None or value == "":
        return _unnamed(at)
    return _text(at, value) if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value's place: table, column and row."""

    paths: Paths
    table: str | None
    column: str
    row: Mapping[str, Any]


def _number(paths: Paths, column: str, value: int) -> Markup | None:
    if column == "size":
        return Markup('<span title="{:,} bytes">{}</span>').format(value, file_size(value))
    if column in BY_ID:
        return _lead(paths, BY_ID[column], value, str(value))
    return None if column.endswith(PLAIN_NUMBERS) else Markup("{:,}").format(value)


def _text(at: Cell, value: str) -> Markup | None:
    """A text in the first of these ways that fits it."""
    for way in (_moment, _place, _address, _badge, _label):
        if (shown := way(at, value)) is not None:
            return shown
    return clipped(value) if len(value) > LONG or "\n" in value else None


def _moment(at: Cell, value: str) -> Markup | None:
    """A date; if it is a time by which something had come or gone, it says so, even if the row lacks that column."""
    if not at.column.endswith(("_at", "_since")):
        return None
    bound = BOUNDS.get((at.table, at.column)) or BOUNDS.get((None, at.column), "")
    has_bound = bound in at.row.keys()  # noqa: SIM118 -- a row of SQLite iterates over values
    is_dated = at.row[bound] if has_bound else (at.table, at.column) not in BOUNDED
    return Markup("{}").format(at_or_by(short_date(value), is_dated))


def _place(at: Cell, value: str) -> Markup | None:
    """A section or a notebook."""
    if at.column == "section" or (at.table, at.column) in TOPICS:
        return breadcrumbs(at.paths, value, str(at.row["path"]) if at.column == "title" else value)
    if at.column == "notebook" or (at.table, at.column) == ("notebooks", "path"):
        return notebook_path(at.paths, value)
    return None


def _badge(at: Cell, value: str) -> Markup | None:
    if at.column not in BADGES:
        return None
    return badge(value, health_name(value) if at.column == "health" else value)


def _label(at: Cell, value: str) -> Markup | None:
    """A label, or a bare id, that leads to one of this plugin's pages."""
    if (at.table, at.column) == ("tags", "title"):
        return _lead(at.paths, "tag", value, value)
    if at.column in BY_ID:
        return _lead(at.paths, BY_ID[at.column], value, value[:8])
    page, keys = OWN_LABELS.get((at.table, at.column)) or LABELS.get(at.column, ("", ()))
    for key in keys:
        if (led := _plain(at.row, key)) is not None:
            return _lead(at.paths, page, led, value)
    return None


def _unnamed(at: Cell) -> Markup | None:
    """A text for an empty label, so that there is something to click on."""
    is_label = at.column in LABELS or (at.table, at.column) in OWN_LABELS
    return _label(at, "(untitled)" if at.column in {"note", "title"} else "(no text)") if is_label else None


def _foreign(paths: Paths, column: str, value: Mapping[str, Any]) -> Markup | None:
    """A foreign key, which Datasette passes together with the label of its row."""
    label = str(value["label"]) if value["label"] not in (None, "") else "(untitled)"
    if column == "section_id":
        return breadcrumbs(paths, label, label)
    if column == "url_id":
        return Markup('<a href="{}" title="{}">{}</a>').format(
            paths.address(value["value"]), label[:HOVER], short_address(label)
        )
    if column == "tag_id":
        return _lead(paths, "tag", label, label)
    if column in BY_ID:
        return _lead(paths, BY_ID[column], value["value"], label)
    return Markup('<span title="{}">{}</span>').format(value["value"], label)


def _plain(row: Mapping[str, Any], key: str) -> str | int | None:
    """The value of a column, whether or not Datasette has added a label to it; None if there is no such column."""
    if key not in row.keys():  # noqa: SIM118 -- a row of SQLite iterates over values
        return None
    value = row[key]
    led: str | int | None = value["value"] if isinstance(value, dict) else value
    return led


def _lead(paths: Paths, page: str, key: str | int, label: str) -> Markup:
    address = getattr(paths, page)(key)
    shown = label if len(label) <= LONG else label[: LONG - 1] + "…"
    return Markup('<a href="{}" title="{}">{}</a>').format(address, label[:HOVER], shown)


@lru_cache(maxsize=4096)
def breadcrumbs(paths: Paths, title: str, path: str) -> Markup:
    """A path of headings, each part of which leads to its topic."""
    parts = path.split(SEPARATOR)
    first = len(parts) - len(title.split(SEPARATOR))
    links = [
        Markup('<a href="{}">{}</a>').format(
            paths.topic(SEPARATOR.join(parts[: place + 1])), parts[place] or "(no title)"
        )
        for place in range(max(first, 0), len(parts))
    ]
    return Markup('<span class="crumbs-path">{}</span>').format(Markup('<span class="sep"> › </span>').join(links))


@lru_cache(maxsize=1024)
def notebook_path(paths: Paths, path: str) -> Markup:
    """The path of a notebook, each part of which leads to the notes in it and below."""
    parts = path.split(SEPARATOR)
    links = [
        Markup('<a href="{}">{}</a>').format(paths.notes(notebook=SEPARATOR.join(parts[: place + 1])), part)
        for place, part in enumerate(parts)
    ]
    return Markup('<span class="crumbs-path notebook">{}</span>').format(
        Markup('<span class="sep"> › </span>').join(links)
    )


@lru_cache(maxsize=64)
def badge(word: str, shown: str = "") -> Markup:
    """A coloured badge for a word of a small closed set, or for the text `shown`; usual values get no emphasis."""
    if word in QUIET:
        return Markup('<span class="soft">{}</span>').format(shown or word)
    return Markup('<span class="badge is-{}">{}</span>').format(word.replace(" ", "-").replace("_", "-"), shown or word)


def _address(at: Cell, url: str) -> Markup | None:
    """A shortened address; only http and https are links. A picture is loaded only on a click."""
    if at.column not in ADDRESSES:
        return None
    if inside := item_of(url):  # links to notes and to files look the same
        return Markup('<a class="address" href="{}" title="{}">{}</a>').format(
            at.paths.within(*inside), url, INSIDE_JOPLIN.get(str(_plain(at.row, "target")), "in Joplin")
        )
    if not is_web(url):
        return Markup('<span class="address" title="{}">{}</span>').format(url[:HOVER], short_address(url))
    is_respelled = _plain(at.row, "change") == "respelled"  # shortened, both spellings may look the same
    shown = Markup('<a class="address" href="{}" title="{}" rel="noreferrer noopener">{}</a>').format(
        url, url[:HOVER], url[:LONG] if is_respelled else short_address(url)
    )
    if _plain(at.row, "image") is not None or _plain(at.row, "kind") == "image":
        link_id = _plain(at.row, "link_id") or _plain(at.row, "id")
        if isinstance(link_id, int):
            shown += picture_button(at.paths, link_id)
    return shown


def picture_button(paths: Paths, link_id: int) -> Markup:
    """A link that loads a remote picture; until it is clicked, no other host gets a request."""
    return Markup(
        ' <a class="show-picture" href="{}" data-picture target="_blank" rel="noopener">show picture</a>'
    ).format(paths.picture(link_id))


def clipped(text: str) -> Markup:
    """The beginning of a long text, with more of it on hover."""
    flat = " ".join(text[: 2 * LONG].split())
    shown = flat[: LONG - 1] + "…" if len(flat) >= LONG or len(text) > 2 * LONG else flat
    return Markup('<span class="clipped" title="{}">{}</span>').format(text[:HOVER], shown)
