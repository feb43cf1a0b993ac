"""APIs that know better than the page whether it exists: for each, a reliable address and the meaning of its answer.

YouTube shows a removed video with status 200, doi.org leads to publishers that refuse programs, and GitHub calls a
private repository "not found" without access.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from extractor.linkcheck.answer import Doubt, Judgement, Verdict
from extractor.linkcheck.failures import LeftOut, Unanswered
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from extractor.linkcheck.answer import Answer
    from extractor.linkcheck.hosts import Hosts
    from extractor.linkcheck.replies import Reply

_VIDEO = re.compile(
    r"^https?://(?:(?:www|m|music)\.)?(?:youtube(?:-nocookie)?\.com/(?:watch\?(?:[^#]*&)?v=|(?:shorts|embed|live|v)/)"
    r"|youtu\.be/)([\w-]{6,20})(?![\w-])"
)
_DOI = re.compile(r"^https?://(?:dx\.|www\.)?doi\.org/(10\.\d{4,9}/[^?#]+)")
_REPOSITORY = re.compile(r"^https?://(?:www\.)?github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?(?:[/?#]|$)")
_NOT_FOUND = frozenset({400, 404, 410})
_REGISTERED, _UNKNOWN_HANDLE = 1, 100  # handle.net's response codes
_OK = 200


@dataclass(frozen=True, slots=True)
class Oracle:
    """An API: the addresses it knows (the group is the parameter), the verdicts it can improve, and how to ask it."""

    pattern: re.Pattern[str]
    verdicts: frozenset[Verdict]
    ask: Callable[[str, Hosts, Judgement], Awaitable[Judgement | None]]


async def consult(answer: Answer, judgement: Judgement, hosts: Hosts) -> Judgement:
    """The judgement by the API for this address; unchanged if there is none, or it gives no answer."""
    for oracle in ORACLES:
        found = oracle.pattern.match(answer.url)
        if found and judgement.verdict in oracle.verdicts:
            return await oracle.ask(found[1], hosts, judgement) or judgement
    return judgement


async def _video(name: str, hosts: Hosts, judgement: Judgement) -> Judgement | None:
    """Ask oEmbed, which knows public videos; otherwise the thumbnail, which is deleted with the video."""
    query = urlencode({"format": "json", "url": f"https://www.youtube.com/watch?v={name}"})
    reply = await _get(hosts, f"https://www.youtube.com/oembed?{query}")
    if reply is not None and reply.status in _NOT_FOUND:
        return Judgement(Verdict.DEAD, f"YouTube has no such video (oEmbed: {reply.status})")
    if reply is None or reply.status != _OK:
        reply = await _get(hosts, f"https://img.youtube.com/vi/{name}/0.jpg")
        if reply is not None and reply.status in _NOT_FOUND:
            return Judgement(Verdict.DEAD, f"YouTube has no such video (thumbnail: {reply.status})")
    known = reply is not None and reply.status == _OK
    return Judgement(Verdict.OK, "YouTube knows the video") if known and judgement.verdict is not Verdict.OK else None


async def _doi(name: str, hosts: Hosts, judgement: Judgement) -> Judgement | None:
    """Ask the handle system whether a DOI is registered, even if the publisher refuses programs."""
    reply = await _get(hosts, f"https://doi.org/api/handles/{quote(name, safe='/%:;()')}")
    code = _json(reply).get("responseCode") if reply is not None else None
    if code == _UNKNOWN_HANDLE:
        return Judgement(Verdict.DEAD, "this DOI is not registered (handle API)")
    if code == _REGISTERED and judgement.verdict is Verdict.BLOCKED:
        return Judgement(Verdict.OK, f"the DOI is registered (handle API); where it leads: {judgement.evidence}")
    return None


async def _repository(name: str, hosts: Hosts, judgement: Judgement) -> Judgement | None:
    """Ask GitHub with the user's token, which distinguishes private repositories from missing ones."""
    token = hosts.options.github_token
    if not token:
        return None
    headers = {"authorization": f"Bearer {token}", "accept": "application/vnd.github+json"}
    reply = await _get(hosts, f"https://api.github.com/repos/{name}", headers)
    if reply is not None and reply.status == _OK and _json(reply).get("private"):
        return Judgement(Verdict.BLOCKED, f"a private repository: {judgement.evidence} to others", Doubt.LOGIN)
    return None


async def _get(hosts: Hosts, url: str, headers: dict[str, str] | None = None) -> Reply | None:
    address = read_address(url)
    if address is None:
        return None
    try:
        async with hosts.at(address.host, linger=True) as host:
            reply = await host.request("GET", url, headers, read=True)
    except (Unanswered, LeftOut):
        return None
    return None if reply.certificate is not None else reply


def _json(reply: Reply) -> dict[str, object]:
    try:
        found = json.loads(reply.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_DOUBTED = frozenset({Verdict.OK, Verdict.BLOCKED, Verdict.SUSPECT})
ORACLES = (
    Oracle(_VIDEO, _DOUBTED, _video),
    Oracle(_DOI, frozenset({Verdict.BLOCKED, Verdict.DEAD}), _doi),
    Oracle(_REPOSITORY, frozenset({Verdict.DEAD}), _repository),
)
