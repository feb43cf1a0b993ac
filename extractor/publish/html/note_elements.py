"""The elements of a note on its page: which of their attributes are kept, and what is shown beside a link."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from extractor.publish.html.cells import badge
from extractor.publish.html.pictures import WORTH_SAYING
from extractor.publish.html.sanitise import ATTRIBUTES, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from extractor.publish.html.note_parts import KnownLink
    from extractor.publish.html.paths import Paths

VOID = {"br", "hr", "img", "input", "col"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LOWEST = 6
NOTHING = Markup()
NOT_WRITTEN = {"id", "name", "data-id", "data-line", "data-slug"}
LOST = {"dead", "suspect", "failing", "expired"}  # healths of links beside which a copy of the page is offered

_ENDS = {tag: Markup(f"</{tag}>") for tag in TAGS}  # noqa: S704 -- constant names


# Written as plain text: Markup.format takes ten times as long, and a page has thousands of elements.
def start_of(tag: str, given: Mapping[str, str], own_id: str, more: Markup = NOTHING) -> Markup:
    """The start of an element of TAGS with those of its attributes that are kept."""
    allowed = _attributes(tag)
    own = f' id="{escape(own_id)}"' if own_id else ""
    written = "".join([f' {name}="{escape(value)}"' for name, value in given.items() if name in allowed])
    return Markup(f"<{tag}{written}{own}{more}>")  # noqa: S704 -- names are from lists, values are escaped


def end_of(tag: str) -> Markup:
    """The end of an element of TAGS."""
    return _ENDS[tag]


@cache
def _attributes(tag: str) -> frozenset[str]:
    return frozenset((ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | {"class"}) - NOT_WRITTEN)


def demoted(tag: str) -> str:
    """The tag of a heading one level down, as the title of the note is the first heading of its page."""
    return f"h{min(HEADINGS[tag] + 1, LOWEST)}"


def web_link_start(url: str, title: str, health: str, own_id: Markup) -> Markup:
    """The start of a link to the web."""
    said = f' title="{escape(title)}"' if title else ""
    kind = f' class="is-{escape(health)}"' if health in WORTH_SAYING else ""
    start = f'<a href="{escape(url)}" rel="noreferrer noopener"{own_id}{said}{kind}>'
    return Markup(start)  # noqa: S704 -- all arguments are escaped


def beside_web_link(paths: Paths, known: KnownLink | None) -> Iterator[Markup]:
    """Yield what is shown after a link to the web: its health, and where a copy of a lost page is."""
    if known is None or known.health not in WORTH_SAYING:
        return
    yield Markup(' <a class="told" href="{}">{}</a>').format(paths.link(known.link_id), badge(known.health))
    if known.health not in LOST:
        return
    if known.kept_at and known.url_id is not None:
        yield Markup(' <a class="archived" href="{}">kept page</a>').format(paths.kept(known.url_id))
    elif known.copy or known.archive:
        yield Markup(' <a class="archived" href="{}" rel="noreferrer noopener">{}</a>').format(
            known.copy or known.archive, "archived copy" if known.copy else "look in the archive"
        )
