"""The relative addresses of the pages of a folder, which can be anywhere. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import quote

from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from extractor.publish.shared_site.contents import SiteLink

LONGEST_NAME = 40
NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class SitePaths:
    """Addresses of pages, from a page that is `up` (``../``) or not (empty)."""

    up: str = ""

    def page(self, name: str) -> str:
        """A page or file by its name."""
        return self.up + name

    def note(self, note_id: str, anchor: str = "") -> str:
        """The page of a note."""
        return f"{self.up}{note_file(note_id)}" + (f"#{anchor}" if anchor else "")

    def topic(self, topic: str) -> str:
        """Where all links of a topic are: on the page of its top-level topic, at its heading."""
        return f"{self.up}{topic_file(topic)}" + (f"#{topic_anchor(topic)}" if SEPARATOR in topic else "")

    def place(self, link: SiteLink) -> str:
        """Where a link is in the page of its note."""
        return self.note(link.row.note_id, f"link-{link.row.id}")

    def search(self, text: str) -> str:
        """The search for this text."""
        return f"{self.up}search.html#q={quote(text, safe='')}"


def note_file(note_id: str) -> str:
    """The file of the page of a note."""
    return f"notes/{note_id}.html"


def topic_file(topic: str) -> str:
    """The file of the page on which a topic is."""
    root = topic.split(SEPARATOR, maxsplit=1)[0]
    words = NO_WORD.sub("-", normalize("NFKD", root).lower())[:LONGEST_NAME].strip("-")
    return f"topics/{words or 'topic'}-{_digest(root)}.html"


def topic_anchor(topic: str) -> str:
    """The name of the heading of a topic on its page."""
    return f"t-{_digest(topic)}"


@lru_cache(maxsize=1 << 16)
def _digest(text: str) -> str:
    """A name for any title; always the same, so that bookmarks stay valid."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
