"""What the beginning of a page says about itself: not found, for sale, only for people. Pure.

A page that answers 200 and says "not found" (a soft 404) can be told only by its words. To keep false alarms rare the
words count only where they are the whole of the title, of one of its parts (``Page not found | Example``) or of the
first heading: an essay on error pages is no error page. What is found is a doubt with its evidence, never a death.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from html import unescape

_MARKUP_TYPES = ("text/html", "application/xhtml+xml")
_FILE = re.compile(
    r"\.(?:png|jpe?g|gif|webp|svg|avif|ico|bmp|tiff?|pdf|epub|docx?|xlsx?|pptx?|od[tsp]|csv|json|xml|txt|md|ipynb"
    r"|zip|gz|tgz|xz|bz2|7z|tar|jar|whl|deb|dmg|exe|iso|mp3|mp4|m4a|webm|mov|ogg|wav|css|js|woff2?)$|licdn\.com/dms/image/",
    re.IGNORECASE,
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META_WINDOW = 1024  # HTML Standard: the charset is declared within the first 1024 bytes
_LONGEST_TITLE = 300
_TAGS = re.compile(r"<[^<>]*>")
_SEPARATORS = re.compile(r"\s+[-|–—·•»«:/]+\s+|\s*[|»·•]\s*|:\s+")
_NO_WORD = re.compile(r"[^\w]+")

# All phrases are compared as words: case folded, whatever is no letter or digit a single space.
_SUBJECT = (
    r"(?:the |this |that |your |our )?(?:requested |web ?)?"
    r"(?:page|site|url|file|document|article|post|content|resource|product|item|topic|thread|video|link|address|story)"
    r"(?: (?:that )?you(?: re| are| were| have)? (?:looking for|requested|tried to (?:reach|access|view)))?"
)
_MISSING = (
    r"(?:(?:(?:was|is|could|can) not|wasn t|isn t|couldn t|can t|cannot|not) (?:be )?found"
    r"|(?:does not|doesn t|doesnt|no longer) exists?|(?:is )?(?:no longer|not) available|isn t available"
    r"|(?:has been|was) (?:removed|deleted)|(?:is )?(?:gone|missing))"
)
_NOT_FOUND = re.compile(
    r"(?:(?:oops|sorry|whoops|uh oh|hmm|error|http|404) )*"
    rf"(?:{_SUBJECT} {_MISSING}|404 (?:error )?(?:(?:page |file )?not found|page|error)|not found"
    r"|nothing (?:was )?found(?: here)?"
    r"|(?:we )?(?:cannot|can not|can t|couldn t|could not) find (?:that|this|the|your) page)"
)
_NOT_FOUND_IN_OTHER_LANGUAGES = frozenset(
    {
        *("seite nicht gefunden", "seite wurde nicht gefunden", "die seite wurde nicht gefunden", "nicht gefunden"),
        *("diese seite existiert nicht", "seite nicht vorhanden", "fehler 404 seite nicht gefunden"),
        *("page non trouvée", "page introuvable", "cette page est introuvable", "cette page n existe pas"),
        *("página no encontrada", "esta página no existe", "página não encontrada", "pagina non trovata"),
        *("pagina niet gevonden", "sidan kunde inte hittas", "sidan hittades inte", "siden blev ikke fundet"),
        *("siden ble ikke funnet", "sivua ei löytynyt", "nie znaleziono strony", "strona nie została znaleziona"),
        *("stránka nenalezena", "pagina nu a fost găsită", "sayfa bulunamadı", "страница не найдена"),
        *("сторінку не знайдено", "ページが見つかりません", "ページが見つかりませんでした", "页面不存在", "页面未找到"),
        *("找不到页面", "找不到网页", "找不到頁面", "頁面不存在", "페이지를 찾을 수 없습니다"),
    }
)
_BARE_404 = re.compile(r"(?:(?:http|error|fehler|erreur) )*404(?: (?:error|fehler|erreur))?")
_IN_WORDS = ("not found", "can't find", "can’t find", "doesn't exist", "doesn’t exist", "does not exist", "no longer")

_FOR_SALE = re.compile(
    r"(?:the |this )?(?:domain|web ?site|site)(?: name)?(?: \S+){0,4}? (?:is |may be )?"
    r"(?:for sale|parked|has expired|expired)(?: .*)?"
    r"|\S+ (?:com|net|org|io|de|co|info|dev) is (?:for sale|parked)(?: .*)?"
    r"|buy (?:this |the )?domain(?: .*)?|parked domain(?: .*)?|domain (?:parked|parking|for sale|expired)(?: .*)?"
    r"|account suspended|(?:this )?(?:account|web ?site|site) (?:has been |is )?suspended"
)
_DEFAULT_PAGE = re.compile(
    r"welcome to nginx|apache2 (?:\w+ )?default page(?: it works)?|iis windows(?: server)?|default web site page"
    r"|it works|test page for the (?:apache|nginx) http server(?: .*)?"
)
_PARKING_MARKS = (
    "//img.sedoparking.com",
    "//sedoparking.com",
    ".parkingcrew.net/",
    "//parking.bodiscdn.com",
    "/parking-lander/",
    'location.href="/lander"',
    "//www.hugedomains.com/domain_profile.cfm",
    "//www.afternic.com/forsale/",
)
_WALLS = re.compile(
    r"just a moment|attention required|access denied|are you a robot|robot check|pardon our interruption"
    r"|(?:please )?verify (?:that )?you are (?:a )?human|security check(?: required)?|checking your browser"
    r"|(?:bot|human) verification|captcha|ddos guard|un momento|einen moment|one moment please"
)
_WALL_MARKS = ("/_incapsula_resource", "/cdn-cgi/challenge-platform/h/", "geo.captcha-delivery.com")


@dataclass(frozen=True, slots=True)
class Page:
    """The first bytes of a page: `title` and first `heading` (h1) as shown, `markup` in lower case, as far as read."""

    title: str
    heading: str
    markup: str


def is_markup(content_type: str | None) -> bool:
    """Whether an answer may be a page; one that does not say what it is may be."""
    return content_type is None or content_type.lstrip().lower().startswith(_MARKUP_TYPES)


def is_file(url: str) -> bool:
    """Whether an address looks like that of a picture or document rather than a page; a guess, to spare a request."""
    return _FILE.search(url.partition("?")[0]) is not None


def read_page(body: bytes, content_type: str | None, encoding: str | None, limit: int) -> Page | None:
    """Read the first bytes of an answer; None where it is no page, or packed in a way that cannot be read.

    `encoding` is the Content-Encoding; unpacking stops at `limit` bytes, so that a body packed to explode does not.
    """
    if not is_markup(content_type) or (unpacked := _unpack(body, encoding, limit)) is None:
        return None
    text = _decode(unpacked, content_type)
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow in lower case, and positions must agree
        text = lower
    return Page(_within(text, lower, "title"), _within(text, lower, "h1"), lower)


def doubts(page: Page, url: str) -> str | None:
    """Why a reader might not take this for the page that `url` once was; None where nothing speaks against it."""
    if not page.markup.strip():
        return "an empty page"
    parts = [(page.title, part) for part in _parts(page.title)] + [(page.heading, _words(page.heading))]
    for shown, words in parts:
        if _FOR_SALE.fullmatch(words):
            return f"the domain is parked or for sale: {shown!r}"
        if _DEFAULT_PAGE.fullmatch(words):
            return f"a web server's default page: {shown!r}"
        if _says_not_found(words, page.markup) and not _is_about_404(url):
            return f"says that it was not found: {shown!r}"
    for mark in _PARKING_MARKS:
        if mark in page.markup:
            return f"the domain is parked or for sale: {mark}"
    return None


def is_bot_wall(page: Page) -> str | None:
    """The evidence that this is a wall for programs and no page; None where it is none."""
    for words in _parts(page.title):
        if _WALLS.fullmatch(words):
            return f"a wall for programs: {page.title!r}"
    for mark in _WALL_MARKS:
        if mark in page.markup and not page.title:
            return f"a wall for programs: {mark}"
    return None


def _says_not_found(words: str, markup: str) -> bool:
    if _BARE_404.fullmatch(words):  # "404 - Wikipedia" is a year
        return any(phrase in markup for phrase in _IN_WORDS)
    return words in _NOT_FOUND_IN_OTHER_LANGUAGES or _NOT_FOUND.fullmatch(words) is not None


def _is_about_404(url: str) -> bool:
    """A saved page about error pages is not one itself."""
    return "404" in url or "not-found" in url or "notfound" in url


def _parts(title: str) -> list[str]:
    """The whole title and what separators make of it, as plain words."""
    whole = _words(title)
    return [whole, *(words for part in _SEPARATORS.split(title) if (words := _words(part)) and words != whole)]


def _words(text: str) -> str:
    return _NO_WORD.sub(" ", text.casefold()).strip()


def _unpack(body: bytes, encoding: str | None, limit: int) -> bytes | None:
    encoding = (encoding or "identity").strip().lower()
    if encoding in {"identity", ""}:
        return body[:limit]
    if encoding not in {"gzip", "x-gzip", "deflate"}:  # nothing else was asked for
        return None
    # 47: zlib or gzip, by their headers; -15: deflate without any, as some servers understand RFC 9110
    for window in (47, -15):
        try:
            return zlib.decompressobj(window).decompress(body, limit)
        except zlib.error:
            continue
    return None


def _decode(body: bytes, content_type: str | None) -> str:
    declared = _CHARSET.search(content_type or "") or _CHARSET.search(body[:_META_WINDOW].decode("latin-1"))
    try:
        return body.decode(declared[1] if declared else "utf-8", "replace")
    except (LookupError, UnicodeError):  # an unknown charset, or one that is no text encoding
        return body.decode("utf-8", "replace")


def _within(text: str, lower: str, tag: str) -> str:
    """The text of the first such element. By `find`: a pattern over broken markup may take quadratic time."""
    start = lower.find(f"<{tag}")
    while start >= 0 and lower[start + len(tag) + 1 : start + len(tag) + 2] not in {
        ">",
        " ",
        "\t",
        "\n",
        "\r",
        "\f",
        "/",
    }:
        start = lower.find(f"<{tag}", start + 1)
    opened = text.find(">", start)
    if start < 0 or opened < 0:
        return ""
    closed = lower.find(f"</{tag}", opened)
    inner = text[opened + 1 : closed if closed >= 0 else opened + _LONGEST_TITLE][: _LONGEST_TITLE * 4]
    return " ".join(unescape(_TAGS.sub(" ", inner)).split())[:_LONGEST_TITLE]
