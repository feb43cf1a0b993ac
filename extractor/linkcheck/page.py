"""The beginning of a page, parsed like in a browser: title, text, and where it redirects. Pure.

The markup is parsed by Lexbor (WHATWG HTML, through selectolax), so that a title in a comment, a script or a picture
does not count, nor does what a reader with scripts does not see (noscript, template).
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from extractor.linkcheck.body import unpack

_MARKUP_TYPES = ("text/html", "application/xhtml+xml")
_FILE = re.compile(
    r"\.(?:png|jpe?g|gif|webp|svg|avif|ico|bmp|tiff?|pdf|epub|docx?|xlsx?|pptx?|od[tsp]|csv|json|xml|txt|md|ipynb"
    r"|zip|gz|tgz|xz|bz2|7z|tar|jar|whl|deb|dmg|exe|iso|mp3|mp4|m4a|webm|mov|ogg|wav|css|js|woff2?)$|licdn\.com/dms/image/",
    re.IGNORECASE,
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META_WINDOW = 1024  # HTML Standard: the charset is declared within the first 1024 bytes
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# WHATWG Encoding Standard: what these labels mean on the web
_MEANT = {
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk"), "gb18030"),
    **dict.fromkeys(("iso-8859-1", "latin1", "ascii", "us-ascii"), "cp1252"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987"), "cp949"),
    "iso-8859-9": "cp1254",
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be"), "utf-8"),  # declared in a text that could be read as ASCII
}
_UNSEEN = ["script", "style", "template", "noscript", "svg"]
_LONGEST = 300  # characters of a title or heading
_SKETCH = 16
_SIMILAR = 0.7
_WORD = re.compile(r"[^\W\d_]{2,}")
_THIN = 40  # words: an error page has little text
_NO_COPY = frozenset({"noarchive", "none"})
_BARE = 12  # words: with fewer, a script will probably add the text


@dataclass(frozen=True, slots=True)
class Page:
    """The first bytes of a page: `title` and first `heading` (h1, else h2) as shown, `markup` as far as read.

    `text` is what a reader sees. `refresh` is the meta element in place of a Refresh header, `robots` the one for
    programs. What the page says about itself is None if missing. `is_whole`: this is the complete page. `is_shell`: a
    script has yet to fill it, so it looks the same at every address of its host.
    """

    title: str
    heading: str
    markup: str
    text: str = ""
    refresh: str | None = None
    description: str | None = None
    site_name: str | None = None
    canonical: str | None = None
    language: str | None = None
    published: str | None = None
    robots: str | None = None
    is_shell: bool = False
    is_whole: bool = True
    lowered: str = field(init=False, repr=False, compare=False)  # the markup in lower case, for finding marks

    def __post_init__(self) -> None:
        object.__setattr__(self, "lowered", self.markup.lower())

    @property
    def is_thin(self) -> bool:
        """Whether there is too little text to contradict the title."""
        return sum(1 for _ in islice(_WORD.finditer(self.text), _THIN)) < _THIN


def is_markup(content_type: str | None) -> bool:
    """Whether an answer may be a page, by its type; without a type, it may be."""
    return content_type is None or content_type.lstrip().lower().startswith(_MARKUP_TYPES)


def is_file(url: str) -> bool:
    """Whether an address looks like a picture or document instead of a page; a guess that can save a request."""
    return _FILE.search(url.partition("?")[0]) is not None


def read_page(body: bytes, content_type: str | None, encoding: str | None, limit: int) -> Page | None:
    """Parse the first bytes of an answer; None if it is not a page, or its encoding is unreadable.

    `encoding` is the Content-Encoding; decompression stops at `limit` bytes, because of decompression bombs.
    """
    if not is_markup(content_type) or (unpacked := unpack(body, encoding, limit)) is None:
        return None
    if content_type is None and b"\0" in unpacked[:_META_WINDOW] and not unpacked.startswith(b"\xff\xfe"):
        return None  # a picture or the like, as a browser would find out (WHATWG MIME Sniffing)
    markup = decode(unpacked, content_type)
    tree = LexborHTMLParser(markup)  # asked by tags alone: its first CSS selector costs four times the parsing
    scripts = len(tree.tags("script"))
    tree.strip_tags(_UNSEEN, recursive=True)
    said = _metas(tree)
    root, body_node = tree.root, tree.body
    text = body_node.text(separator=" ") if body_node is not None else ""
    return Page(
        title=_shown(tree, "title"),
        heading=_shown(tree, "h1") or _shown(tree, "h2"),
        markup=markup,
        text=text,
        refresh=said.get("refresh"),
        description=_first(said, "og:description", "description"),
        site_name=_first(said, "og:site_name", "application-name"),
        canonical=_canonical(tree),
        language=root.attributes.get("lang") if root is not None else None,
        published=_first(said, "article:published_time", "date", "dc.date", "datepublished"),
        robots=said.get("robots"),
        is_whole=len(unpacked) < limit,
        is_shell=scripts > 0 and len(_WORD.findall(text[:1_000])) < _BARE,
    )


def anchors(page: Page) -> frozenset[str]:
    """The ids and names in the part of a page that was read (HTML Standard, "indicated part of the document")."""
    tree = LexborHTMLParser(page.markup)
    found = {node.attributes.get("id") for node in tree.css("[id]")}
    found |= {node.attributes.get("name") for node in tree.css("a[name]")}
    return frozenset(name for name in found if name)


def may_be_kept(page: Page, header: str | None) -> bool:
    """Whether neither the page nor the header X-Robots-Tag forbids all programs to keep a copy (noarchive, none).

    Source: https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag; noarchive is older than HTML 5.
    Rules for a program named there do not apply to this one.
    """
    said = f"{page.robots or ''},{header or ''}".lower()
    return _NO_COPY.isdisjoint(word.strip() for word in said.split(","))


def words(text: str, without: str = "") -> list[str]:
    """The words of a text in lower case, without digits and without the words of `without`."""
    found: list[str] = _WORD.findall(text.casefold())
    unwanted = set(_WORD.findall(without.casefold()))
    return [word for word in found if word not in unwanted] if unwanted else found


def fingerprint(text: str, without: str = "") -> str:
    """A sketch of the words of a text: the smallest hashes of their set (bottom-k, as of MinHash), in hexadecimal."""
    # words contain no spaces; repeated lines are needed only once
    found = set(words(" ".join({*text.split()}), without))
    hashes = {zlib.crc32(word.encode()) for word in found}
    return "".join(f"{number:08x}" for number in nsmallest(_SKETCH, hashes))


def similar(one: str, other: str) -> bool:
    """Whether two fingerprints belong to mostly equal texts."""
    ours, theirs = _numbers(one), _numbers(other)
    union = sorted(ours | theirs)[:_SKETCH]
    return not union or sum(number in ours and number in theirs for number in union) >= _SIMILAR * len(union)


def _numbers(sketch: str) -> set[str]:
    return {sketch[i : i + 8] for i in range(0, len(sketch), 8)}


def decode(body: bytes, content_type: str | None) -> str:
    """The decoded text of a page, by its byte order mark, its server's charset, or its own declaration."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    declared = _CHARSET.search(content_type or "") or _CHARSET.search(body[:_META_WINDOW].decode("latin-1"))
    name = declared[1].lower() if declared else "utf-8"
    try:
        return body.decode(_MEANT.get(name, name), "replace")
    except (LookupError, UnicodeError):  # an unknown charset, or not a text encoding
        return body.decode("utf-8", "replace")


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    """The contents of the meta elements by lower-case name; the first of each name counts."""
    said: dict[str, str] = {}
    for node in tree.tags("meta"):
        given = node.attributes
        name = given.get("property") or given.get("name") or given.get("http-equiv") or given.get("itemprop")
        content = given.get("content")
        if name and content:
            said.setdefault(name.strip().lower(), " ".join(content.split())[: _LONGEST * 4])
    return said


def _first(said: dict[str, str], *names: str) -> str | None:
    return next((said[name] for name in names if name in said), None)


def _canonical(tree: LexborHTMLParser) -> str | None:
    for node in tree.tags("link"):
        given = node.attributes
        if "canonical" in (given.get("rel") or "").split():
            return given.get("href") or None
    return None


def _shown(tree: LexborHTMLParser, tag: str) -> str:
    nodes = tree.tags(tag)
    return " ".join(nodes[0].text(separator=" ").split())[:_LONGEST] if nodes else ""
