"""The search index for the browser: JavaScript files, because a page from disk cannot read any other.

`index/names.js` has what rows refer to by number; `index/0.js` and the following files have SHARD addresses each, most
recently saved first, so that new links appear before everything is loaded. The row of an address is

    [address, host, site, number of its health, [place, ...]]

and a place `[words, number of note, number of topic or -1, day or '', is_dated, id of the link, kind, context]`.
Words are folded by the search (`search.js`), so the index has them only once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.publish.html.formats import readable_host
from extractor.publish.shared_site.site_paths import note_file, topic_anchor, topic_file
from extractor.texts import without_lone_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.publish.shared_site.contents import Site, SiteLink

SHARD = 2000  # addresses
DAY = len("2026-11-27")
KINDS = ("link", "image")


def index_files(site: Site) -> Iterator[tuple[str, str]]:
    """The name and the text of each file."""
    topics = sorted({link.topic for link in site.links if link.topic})
    pages = [topic_file(root.path) for root in site.roots]
    numbers_of = {page: number for number, page in enumerate(pages)}
    numbers = {topic: number for number, topic in enumerate(topics)}
    notes = {note.row.id: number for number, note in enumerate(site.notes)}
    healths = sorted({link.health_name for link in site.links})
    places: dict[int, list[SiteLink]] = {}
    for link in sorted(site.links, key=_by_day, reverse=True):
        if link.address is not None:
            places.setdefault(link.address.id, []).append(link)
    rows = [_row(some, notes, numbers, healths) for some in places.values()]
    shards = [rows[at : at + SHARD] for at in range(0, len(rows), SHARD)]
    yield (
        "index/names.js",
        _call(
            "names",
            {
                "shards": len(shards),
                "addresses": len(rows),
                "healths": healths,
                "kinds": KINDS,
                "notes": [[note_file(one.row.id), one.name, one.row.notebook or "", one.tags] for one in site.notes],
                "pages": pages,
                "topics": [[numbers_of.get(topic_file(topic), -1), topic_anchor(topic), topic] for topic in topics],
            },
        ),
    )
    for number, shard in enumerate(shards):
        yield f"index/{number}.js", _call("rows", shard)


def _by_day(link: SiteLink) -> tuple[bool, str]:
    return bool(link.row.is_dated), link.row.first_seen_at or ""


def _row(
    places: Sequence[SiteLink], notes: dict[str, int], topics: dict[str, int], healths: Sequence[str]
) -> list[object]:
    first = places[0]
    assert first.address is not None  # noqa: S101 -- rows are of addresses
    return [
        first.row.url,
        readable_host(first.address.host),
        readable_host(first.address.site),
        healths.index(first.health_name),
        [
            [
                place.row.text,
                notes[place.row.note_id],
                topics.get(place.topic, -1),
                (place.row.first_seen_at or "")[:DAY],
                place.row.is_dated,
                place.row.id,
                KINDS.index(place.row.kind),
                place.row.context if place.row.context != place.row.text else "",
            ]
            for place in places
        ],
    ]


def _call(what: str, value: object) -> str:
    """A call of a function defined by the page. JSON is JavaScript (ECMAScript 2019)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"catalogueIndex.{what}({without_lone_surrogates(text)});\n"
