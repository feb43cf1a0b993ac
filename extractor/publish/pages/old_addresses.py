"""Old addresses of pages, from before there was the finder, which redirect to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from extractor.catalogue.link_health import ORDER
from extractor.catalogue.queries.finder_words import query_of_choice, written
from extractor.catalogue.queries.typed_names import HOSTS, NOTEBOOKS, SECTIONS_OF_LINKS, TAGS, as_known

if TYPE_CHECKING:
    from extractor.publish.plugin.page import PageRequest

OF_OLD_LIST = ("links", "urls", "notes", "checks")  # what the list of links needed
OLD_NAMES = {"topic": SECTIONS_OF_LINKS, "notebook": NOTEBOOKS, "tag": TAGS, "site": HOSTS, "host": HOSTS}
OLD_GROUPS = {"notes": "note", "links": "link", "sections": "section", "attachments": "attachment"} | {
    "history": "revision"
}


def of_old_group(visit: PageRequest) -> Response | None:
    """The redirect for `/-/search?q=...&in=GROUP`, a group of the old search; None for any other address."""
    group = visit.args.get("in")
    if group not in OLD_GROUPS:
        return None
    text = f"{visit.args.get('q', '')} {written('kind', OLD_GROUPS[group])}".strip()
    return Response.redirect(visit.paths.search(text))


async def old_links_page(visit: PageRequest) -> Response:
    """`/-/links?topic=...&site=...&health=...&month=...`, once a separate page, redirects to the finder."""
    typed = {
        name: visit.args[name] for name in (*OLD_NAMES, "health", "month", "year", "dated") if visit.args.get(name)
    }
    if typed.get("health") not in ORDER:
        typed.pop("health", None)
    if typed.get("dated") == "0":
        typed.pop("month", None)
        typed.pop("year", None)
    else:
        typed.pop("dated", None)
    if "month" in typed:
        typed.pop("year", None)
    known, unknown = await visit.read(lambda connection: as_known(connection, typed, OLD_NAMES))
    wrong = {one.kind for one in unknown}
    exact = query_of_choice({name: value for name, value in known.items() if name not in wrong})
    as_typed = [
        written({"topic": "section", "host": "site"}.get(name, name), typed[name]) for name in typed if name in wrong
    ]
    return Response.redirect(visit.paths.search(" ".join(filter(None, [exact, *as_typed]))))
