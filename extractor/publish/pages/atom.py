"""The common parts of the Atom feeds of a catalogue (RFC 4287)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response
from markupsafe import Markup

from extractor.names import SEPARATOR
from extractor.publish.plugin.catalogues import start_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.catalogue.queries.links import ListedLink
    from extractor.publish.plugin.page import PageRequest

MOST = 50  # entries
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FEED = Markup(
    '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    "<title>{title}: {what}</title>\n<id>urn:joplin-catalogue:{name}:{kind}</id>\n"
    '<link rel="self" href="{own}"/>\n<link href="{home}"/>\n<link rel="related" href="{digest}"/>\n'
    "<updated>{updated}</updated>\n"
    "<author><name>{title}</name></author>\n{entries}</feed>\n"
)


def feed(
    visit: PageRequest, *, what: str, kind: str, own: str, updated: str | None, entries: Iterable[Markup]
) -> Response:
    """A feed: `what` it lists, the `kind` in its id, its `own` path, and when its newest entry was `updated`."""
    body = FEED.format(
        title=in_xml(title_of(visit.datasette, visit.name)),
        what=what,
        kind=kind,
        name=visit.name,
        own=base_of(visit) + own,
        home=base_of(visit) + start_of(visit.datasette, visit.name),
        digest=base_of(visit) + visit.paths.digest(),
        updated=updated or "1970-01-01T00:00:00Z",
        entries=Markup("").join(entries),
    )
    return Response(str(body), content_type="application/atom+xml; charset=utf-8")


def base_of(visit: PageRequest) -> str:
    """The address of this server, up to the paths of its catalogues."""
    return visit.request.url.partition(visit.paths.base + "/-/")[0]


def title_of_link(link: ListedLink) -> str:
    """The title of a link in a feed."""
    return in_xml(f"{link.text}: {link.about}" if link.about else link.text or link.url)


def place_of_link(link: ListedLink) -> str:
    """The note and section of a link."""
    return SEPARATOR.join(part for part in (link.note, link.section) if part)


def in_xml(text: str) -> str:
    """The text, with characters that XML does not allow replaced by U+FFFD."""
    return NOT_IN_XML.sub("\ufffd", text)
