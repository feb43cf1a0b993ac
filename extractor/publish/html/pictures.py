"""Pictures of notes on pages: shown from their files, or as links that load them when they are clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.publish.html.cells import badge
from extractor.publish.html.formats import short_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.html.note_parts import Attachment, KnownLink
    from extractor.publish.html.paths import Paths

WORTH_SAYING = {"dead", "moved", "suspect", "failing", "expired"}
LONGEST_TITLE = 200  # characters of an address on hover


def attached_picture(paths: Paths, resource_id: str, attachment: Attachment | None, given: Mapping[str, str]) -> Markup:
    """An attachment that the note shows as an image; it may not be one, or its file may not be available."""
    alt = given.get("alt", "")
    if attachment and not attachment.is_picture:
        name = alt or attachment.title or "attachment"
        return Markup('<a class="inside" href="{}">{}</a>').format(paths.resource(resource_id), name)
    if attachment and not attachment.is_here:
        name = alt or attachment.title or "picture"
        return Markup('<span class="lost" title="{}">{}: the file is not available</span>').format(
            given.get("src", "").strip(), name
        )
    return img(paths.resource(resource_id), given)


def remote_picture(paths: Paths, url: str, alt: str, known: KnownLink | None, place: Markup) -> Markup:
    """A link that loads a picture from another host; `place` is the id of its place in the text."""
    name = alt or short_address(url)
    if known is None:
        return Markup('<span class="remote">{}</span>').format(name)
    if known.health == "expired" and (known.copy or known.archive):
        return Markup(
            '<span class="remote"{}><a href="{}" rel="noreferrer noopener"><span class="remote-name">{}</span>'
            '<span class="remote-host">its address has expired: look in the archive</span></a></span>'
        ).format(place, known.copy or known.archive, name)
    return Markup(
        '<span class="remote"{}>'
        '<a href="{}" data-picture data-alt="{}" target="_blank" rel="noopener">'
        '<span class="remote-name">{}</span>'
        '<span class="remote-host">load the picture from {}</span></a>{}</span>'
    ).format(
        place,
        paths.picture(known.link_id),
        alt,
        name,
        short_address(url).partition("/")[0],
        badge(known.health) if known.health in WORTH_SAYING else "",
    )


def lost_picture(url: str, name: str) -> Markup:
    """A picture without a valid address, or with one that would run something."""
    return Markup('<span class="lost" title="{}">{}</span>').format(url[:LONGEST_TITLE], name)


def img(address: str, given: Mapping[str, str]) -> Markup:
    """The `<img>` element, with the size that the note gives it."""
    sizes = [
        Markup(' {}="{}"').format(name, given[name]) for name in ("width", "height") if given.get(name, "").isdigit()
    ]
    return Markup('<img src="{}" alt="{}" loading="lazy"{}>').format(
        address, given.get("alt", ""), Markup("").join(sizes)
    )
