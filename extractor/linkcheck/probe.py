"""Probing the host: its answer to an address that cannot exist.

Phrases cannot reliably distinguish a page that says "not found" from an essay about such pages. The host can: for a
made-up neighbour of the address, it either has a true 404, and the page is real; or it gives the same answer, as it
does for any address (soft 404, bot wall, parking, consent, catch-all), in whatever language.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from extractor.linkcheck.answer import Answer, Doubt, Judgement, Verdict
from extractor.linkcheck.chain import follow
from extractor.linkcheck.landing import is_home, same_page
from extractor.linkcheck.options import Target
from extractor.linkcheck.page import fingerprint, similar, words
from extractor.linkcheck.verdict import judge

if TYPE_CHECKING:
    from extractor.linkcheck.hosts import Hosts
    from extractor.linkcheck.page import Page

_MOST = 3  # per host and run
_PROGRAMS = (".php", ".asp", ".aspx", ".jsp", ".cgi", ".pl", ".do")  # one script, whose query selects the content
_NOT_FOUND = frozenset({404, 410})
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
_PLACES = frozenset({Doubt.SOFT_404, Doubt.HIJACKED, Doubt.PARKED, Doubt.MAINTENANCE})
_FOUND = frozenset({Verdict.OK, Verdict.MOVED})


class Word(Enum):
    """The result of a probe."""

    SAME = "the host gives this answer to any address"
    TRUE_404 = "the host reports missing pages correctly"
    NONE = "no word"


class Probes:
    """The probes of one run: one per host and first path segment, at most three per host."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._asked: dict[tuple[str, str], asyncio.Task[tuple[str, Answer] | None]] = {}
        self._of_host: Counter[str] = Counter()

    async def weigh(self, answer: Answer, judgement: Judgement) -> Judgement:
        """The judgement, confirmed or cleared by a probe; unchanged without a probe or a result."""
        if not _is_doubtful(judgement, probe_all=self._hosts.options.probe_all) or _is_exempt(answer, judgement):
            return judgement
        asked = await self._neighbour(answer.url)
        word = compare(answer, *asked) if asked is not None else Word.NONE
        return _weighed(answer, judgement, word)

    async def _neighbour(self, url: str) -> tuple[str, Answer] | None:
        """The made-up address and its answer; None after too many probes, or if the request failed."""
        host, segment = _place(url)
        key = host, segment
        if key not in self._asked:
            if self._of_host[host] >= _MOST:
                return None
            self._of_host[host] += 1
            self._asked[key] = asyncio.create_task(self._ask(neighbour(url)))
        return await self._asked[key]

    async def _ask(self, url: str) -> tuple[str, Answer] | None:
        try:
            return url, (await follow(Target(0, url), self._hosts, head=False)).answer
        except Exception:  # noqa: BLE001 -- whatever becomes of a question of ours, the answer to the user's is there
            return None


def neighbour(url: str) -> str:
    """An address beside this one that cannot exist: another last segment, or another value for a script."""
    parts = urlsplit(url)
    nonsense = hashlib.sha256(url.encode()).hexdigest()[:16].translate(_LETTERS)
    path, slash = parts.path.rstrip("/"), parts.path[len(parts.path.rstrip("/")) :]
    stem, _, last = path.rpartition("/")
    if parts.query and (not last or last.lower().endswith(_PROGRAMS)):
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = urlencode([*pairs[:-1], (pairs[-1][0], nonsense)]) if pairs else nonsense
        return parts._replace(query=query, fragment="").geturl()
    dot = last.rfind(".")
    extension = last[dot:] if dot > 0 and len(last) - dot <= len(".xhtml") else ""
    return parts._replace(path=f"{stem}/{nonsense}{extension}{slash[:1]}", query="", fragment="").geturl()


def compare(answer: Answer, asked: str, other: Answer) -> Word:
    """Compare the answer with that for a made-up neighbour."""
    if other.failure is not None:
        return Word.NONE
    if judge(other).kind is Doubt.WALL:
        return Word.SAME if judge(answer).kind is Doubt.WALL else Word.NONE
    if other.status in _NOT_FOUND:
        return Word.TRUE_404
    same = answer.status == other.status and _is_the_same(answer, asked, other)
    return Word.SAME if same else Word.NONE


def _is_the_same(answer: Answer, asked: str, other: Answer) -> bool:
    """Whether both led to the same place, or to pages that look the same."""
    here, there = _landed(answer.url, answer.final_url), _landed(asked, other.final_url)
    if here or there:
        return here == there
    pages = answer.page, other.page
    return pages[0] is not None and pages[1] is not None and _looks_the_same(pages[0], answer.url, pages[1], asked)


def _looks_the_same(one: Page, url: str, other: Page, asked: str) -> bool:
    """Whether title and text are equal, without the requested address, digits and dates."""
    ours, theirs = urlsplit(url).path, urlsplit(asked).path
    without = f"{ours} {theirs}"
    if words(one.title, without) != words(other.title, without):
        return False
    return similar(fingerprint(one.text, without), fingerprint(other.text, without))


def _landed(asked: str, final: str) -> str:
    """Where redirects ended, without the parts that repeat the address; empty if that is the address itself."""
    if same_page(asked, final):
        return ""
    path = urlsplit(asked).path
    shown = final.partition("?")[0] + "?" + "&".join(name for name, _ in parse_qsl(urlsplit(final).query))
    return shown.replace(path, "*") if len(path) > 1 else shown


def _weighed(answer: Answer, judgement: Judgement, word: Word) -> Judgement:
    if word is Word.SAME:
        if judgement.verdict in _FOUND:
            judgement = Judgement(Verdict.SUSPECT, "the same answer as to any address", Doubt.SOFT_404)
        return replace(
            judgement,
            evidence=f"{judgement.evidence}: the host gives this answer to any address",
            hint=False,
            confirmed=True,
        )
    if word is Word.TRUE_404 and judgement.hint and not judgement.thin and judgement.verdict not in _FOUND:
        if answer.permanent:
            return Judgement(Verdict.MOVED, f"moved permanently to {answer.final_url}")
        return Judgement(Verdict.OK)
    return judgement


def _is_doubtful(judgement: Judgement, *, probe_all: bool) -> bool:
    if judgement.verdict in _FOUND:
        return judgement.hint or probe_all
    if judgement.verdict is Verdict.BLOCKED:  # there is nothing to confirm, and a thin wall cannot be cleared
        return judgement.hint and not judgement.thin
    return judgement.verdict is Verdict.SUSPECT and judgement.kind in _PLACES


def _is_exempt(answer: Answer, judgement: Judgement) -> bool:
    """Whether an equal answer would prove nothing: a home page, or a page that a script fills."""
    page = answer.page
    if is_home(answer.url):
        return True
    return page is not None and page.is_shell and judgement.kind in {None, Doubt.WALL} and not judgement.thin


def _place(url: str) -> tuple[str, str]:
    """The host with its port, and the first path segment unless that is the page itself."""
    parts = urlsplit(url)
    first, slash, _ = parts.path.lstrip("/").partition("/")
    return parts.netloc, first if slash else ""
