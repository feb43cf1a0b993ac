"""Phrases that identify a non-page: not found, for sale, in maintenance. Pure.

A page with status 200 that says "not found" (a soft 404) can only be recognised by its words. To keep false alarms
rare, the words count only if they are the complete title, a complete part of it (``Page not found | Example``) or the
complete first heading: an essay on error pages is not an error page. A match is a hint; a probe of the host decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from extractor.linkcheck.answer import Doubt

if TYPE_CHECKING:
    from extractor.linkcheck.page import Page

_SEPARATORS = re.compile(r"\s+[-|–—·•»«:/]+\s+|\s*[|»·•]\s*|:\s+")
_NO_WORD = re.compile(r"[\W_]+")

# All phrases are compared as words: case-folded, with a single space for anything but letters and digits.
_SUBJECT = (
    r"(?:the |this |that |your |our |such |deployment )?(?:requested |web ?|github pages )?"
    r"(?:page|site|url|file|document|article|post|content|resource|product|item|topic|thread|video|link|address|story"
    r"|project|object|job|listing|store|shop|blog|account|user|profile|app|application|entry|event|deployment)"
    r"(?: (?:that )?you(?: re| are| were| have)? (?:looking for|requested|tried to (?:reach|access|view)))?"
)
_MISSING = (
    r"(?:(?:(?:was|is|could|can) not|wasn t|isn t|couldn t|can t|cannot|not) (?:be )?(?:found|displayed)"
    r"|(?:does not|doesn t|doesnt|no longer) exists?|(?:is )?(?:no longer|not) available|isn t available"
    r"|(?:is )?unavailable|(?:has been|was) (?:removed|deleted)|(?:is )?(?:gone|missing)|has expired)"
)
_NOT_FOUND = re.compile(
    r"(?:(?:oops|sorry|whoops|uh oh|hmm|error|http|status|404|410) )*"
    rf"(?:{_SUBJECT} {_MISSING}|404 (?:error )?(?:(?:page |file )?not found|page|error)|not found|gone"
    r"|nothing (?:was )?found(?: here)?|no such (?:page|app|site|file)|invalid page|there isn t an? .{1,30} site here"
    r"|(?:we )?(?:cannot|can not|can t|couldn t|could not) find (?:that|this|the|your) page"
    r"(?: you re looking for)?)"
    r"(?: (?:error|404|410|try searching for something else|right now|anymore|any more|\d))*(?: articles .{0,60})?"
)
_OTHER_LANGUAGES = re.compile(
    r"(?:(?:fehler|erreur|error|errore|oups|ups|http|404) )*(?:"
    # German
    r"(?:die |diese |ihre )?(?:angeforderte |gewünschte |gesuchte )?seite (?:(?:wurde|ist|konnte|existiert|kann) )?"
    r"(?:leider )?(?:nicht (?:mehr )?(?:gefunden|verfügbar|vorhanden|erreichbar)(?: werden)?|nicht(?: mehr)?)"
    r"|nicht gefunden"
    # French, Spanish, Portuguese, Italian
    r"|(?:la |cette )?page (?:demandée )?(?:est )?(?:non trouvée|introuvable|n existe (?:pas|plus))"
    r"|(?:la |esta )?página (?:no encontrada|no existe|no disponible|não encontrada|não existe)"
    r"|pagina non (?:trovata|esiste)|(?:la )?pagina non è stata trovata"
    # Dutch, Scandinavian, Finnish, Slavic, Romanian, Turkish
    r"|(?:deze )?pagina (?:niet gevonden|bestaat niet)|sidan (?:kunde inte hittas|hittades inte|finns inte)"
    r"|siden (?:blev ikke fundet|ble ikke funnet|findes ikke|finnes ikke)|sivua ei löytynyt"
    r"|nie znaleziono strony|strona nie (?:została znaleziona|istnieje)|stránka nenalezena"
    r"|pagina nu a fost găsită|sayfa bulunamadı|страница не (?:найдена|существует)|сторінку не знайдено"
    # Japanese, Chinese, Korean
    r"|(?:お探しの|この|ご指定の)?ページ(?:が|は)(?:見つかりません(?:でした)?|存在しません)"
    r"|(?:您访问的|您要找的|该)?页面(?:不存在|未找到|没有找到)|找不到(?:页面|网页|頁面|網頁|该页面)|頁面不存在"
    r"|페이지를 찾을 수 없습니다)(?: 404| fehler)*"
)
_BARE_404 = re.compile(r"(?:(?:http|error|fehler|erreur) )*404(?: (?:error|fehler|erreur))?")
_IN_WORDS = ("not found", "can't find", "can’t find", "doesn't exist", "doesn’t exist", "does not exist", "no longer")

_FOR_SALE = re.compile(
    r"(?:the |this )?(?:domain|web ?site|site)(?: name)?(?: \S+){0,4}? (?:is |may be )?"
    r"(?:for sale|parked|has expired|expired)(?: .*)?"
    r"|(?:\S+ ){1,4}is (?:for sale|parked)(?: .*)?"
    r"|buy (?:this |the )?domain(?: .*)?|buy (?:\S+ ){1,4}premium domain"
    r"|parked domain(?: .*)?|domain (?:parked|parking|for sale|expired)(?: .*)?"
    r"|account suspended|(?:this )?(?:account|web ?site|site) (?:has been |is )?(?:suspended|expired)"
)
_DEFAULT_PAGE = re.compile(
    r"welcome to nginx|apache2 (?:\w+ )?default page(?: it works)?|iis windows(?: server)?|default web site page"
    r"|it works|test page for the (?:apache|nginx) http server(?: .*)?|domain default page|coming soon"
    r"|under construction|future home of something quite cool"
)
_MAINTENANCE = re.compile(
    r"(?:(?:we are |we re |site |this site |website |this website )?(?:is )?(?:currently |temporarily )?)?"
    r"(?:down for|under|undergoing|in|closed for|scheduled) (?:scheduled )?maintenance(?: mode)?|maintenance mode"
    r"|wartungsarbeiten|(?:site )?en maintenance|be right back|we ll be (?:right )?back(?: soon)?"
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
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_RELATED = re.compile(r"\brelated (?:searches|links)\b", re.IGNORECASE)
_ABOUT_404 = re.compile(r"(?:^|[/_.-])(?:404|410|not[-_]?found)(?=$|[/_.-])", re.IGNORECASE)
_LONGEST_PHRASE = 200
# words in the titles of error pages, but also of articles: only a reason to probe the host
_FAINT = re.compile(
    r"\b(?:404|410|error|oops|lost|missing|not|no|gone|removed|deleted|expired|denied|unavailable|blocked|robot|captcha"
    r"|sorry|invalid|unknown|fehler|nicht|erreur|introuvable|errore|niet|inte|ikke|nie|не)\b|不|找不到|見つかり|없습니다",
    re.IGNORECASE,
)

_TABLE = (
    (_FOR_SALE, Doubt.PARKED, "the domain is parked or for sale"),
    (_DEFAULT_PAGE, Doubt.PARKED, "a web server's default page"),
    (_MAINTENANCE, Doubt.MAINTENANCE, "in maintenance"),
)


def hint(page: Page, url: str) -> tuple[Doubt, str, bool] | None:
    """The doubt that this is still the page at `url`, None if there is none.

    What it may be instead, the evidence, and whether that is certain instead of a hint.
    """
    if not page.markup.strip():
        return Doubt.SOFT_404, "an empty page", False
    if not page.title and not page.heading:
        return _parking_marks(page)
    shown = [(page.title, part) for part in parts(page.title)] + [(page.heading, plain(page.heading))]
    for words_shown, words in shown:
        if len(words) > _LONGEST_PHRASE:
            continue
        for pattern, kind, what in _TABLE:
            if pattern.fullmatch(words):
                return kind, f"{what}: {words_shown!r}", False
        if _says_not_found(words, page.markup) and not is_about_404(url):
            return Doubt.SOFT_404, f"says it was not found: {words_shown!r}", False
    return _parking_marks(page)


def may_be_none(page: Page) -> bool:
    """Whether the title of a page is a reason to probe its host, though it proves nothing by itself."""
    return _FAINT.search(page.title) is not None or (not page.title and _FAINT.search(page.heading) is not None)


def doubts(page: Page, url: str) -> str | None:
    """Why this might no longer be the page at `url`; None without any doubt."""
    found = hint(page, url)
    return None if found is None else found[1]


def is_about_404(url: str) -> bool:
    """Whether a saved page is about error pages: its path says so in a separate word, not within a number."""
    return _ABOUT_404.search(urlsplit(url).path) is not None


def parts(title: str) -> list[str]:
    """The complete title and its parts between separators, as plain words."""
    whole = plain(title)
    return [whole, *(words for part in _SEPARATORS.split(title) if (words := plain(part)) and words != whole)]


def plain(text: str) -> str:
    """The case-folded words of a text, separated by single spaces."""
    return _NO_WORD.sub(" ", text.casefold()).strip()


def _says_not_found(words: str, markup: str) -> bool:
    if _BARE_404.fullmatch(words):  # "404 - Wikipedia" is a year
        lower = markup.lower()
        return any(phrase in lower for phrase in _IN_WORDS)
    return _NOT_FOUND.fullmatch(words) is not None or _OTHER_LANGUAGES.fullmatch(words) is not None


def _parking_marks(page: Page) -> tuple[Doubt, str, bool] | None:
    lower = page.lowered
    for mark in _PARKING_MARKS:
        if mark in lower:
            return Doubt.PARKED, f"the domain is parked or for sale: {mark}", True
    if _NAME.fullmatch(page.title) and _RELATED.search(page.text):
        return Doubt.PARKED, f"the domain is parked or for sale: {page.title!r}", False
    return None
