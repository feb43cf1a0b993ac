from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import Loopback, answers, closes, hangs, in_turn, page

from extractor.errors import ConfigError
from extractor.linkcheck import Found, Options, Snapshot, Wanted, find_snapshots

PAGE = "https://example.com/a?b=1"
QUICK = Options(timeout=20, backoff=0.001, retries=1)
MEMENTO = {"memento-datetime": "Fri, 01 Nov 2024 12:00:00 GMT", "content_type": "text/html"}

IMAGE = {"memento-datetime": "Fri, 01 Nov 2024 12:00:00 GMT", "content_type": "image/png"}


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1000


def index(*rows: tuple[str, str]):
    told = json.dumps([["timestamp", "original"], *rows] if rows else []).encode()
    return answers(200, told, content_type="application/json")


class Service(Loopback):
    """A web archive: `copies` are the behaviours of /web/..., `cdx` that of the index."""

    def __init__(self, cdx, copies=None) -> None:
        super().__init__()
        copies = copies or {}
        self.queries: list[dict[str, list[str]]] = []

        def behave(exchange) -> None:
            parts = urlsplit(exchange.request.path)
            if parts.path == "/cdx/search/cdx":
                self.queries.append(parse_qs(parts.query))
                cdx(exchange)
            else:
                copies.get(exchange.request.path, answers(404))(exchange)

        self.otherwise = behave


async def look_up(service: Loopback, *wanted: Wanted, options: Options = QUICK) -> list[Found]:
    found: list[Found] = []
    await find_snapshots(
        wanted or [Wanted(7, PAGE, at(2024, 11, 1))], options, found.append, service=service.url(""), pace=0
    )
    return found


COPY = f"/web/20241101120000id_/{PAGE}"
OTHER = f"/web/20230101000000id_/{PAGE}"
BOTH = index(("20241101120000", PAGE), ("20230101000000", PAGE))
ARTICLE = answers(200, b"<title>An article</title>", **MEMENTO)


@pytest.mark.parametrize(
    ("cdx", "copies", "captured"),
    [
        (index(("20241101120000", PAGE)), {COPY: ARTICLE}, "20241101120000"),
        (index(("20241101120000", PAGE)), {COPY: answers(200, b"x", **IMAGE)}, "20241101120000"),
        (index(("20241101120000", PAGE)), {COPY: answers(302, location=OTHER), OTHER: ARTICLE}, "20241101120000"),
        (BOTH, {COPY: ARTICLE, OTHER: ARTICLE}, "20241101120000"),
        # what the index lists may not be there, or be of no use
        (BOTH, {COPY: answers(404), OTHER: ARTICLE}, "20230101000000"),
        (BOTH, {COPY: answers(404, **MEMENTO), OTHER: ARTICLE}, "20230101000000"),
        (BOTH, {COPY: page("Wayback Machine"), OTHER: ARTICLE}, "20230101000000"),
        (BOTH, {COPY: answers(200, b"<title>Page not found</title>", **MEMENTO), OTHER: ARTICLE}, "20230101000000"),
        (BOTH, {COPY: answers(302, location="https://example.com/"), OTHER: ARTICLE}, "20230101000000"),
        (BOTH, {COPY: answers(302, location=COPY), OTHER: ARTICLE}, "20230101000000"),
        (BOTH, {COPY: answers(429, **MEMENTO), OTHER: ARTICLE}, "20230101000000"),  # archived, not meant for us
        (BOTH, {}, None),
        # nothing there
        (index(), {}, None),
        (answers(200, b""), {}, None),
        (answers(404), {}, None),
        (answers(403, b"blocked site"), {}, None),
    ],
)
async def test_nearest_snapshot(cdx, copies, captured):
    async with Service(cdx, copies).serving() as service:
        found = await look_up(service)
        snapshot = captured and Snapshot(
            service.url(f"/web/{captured}/{PAGE}"),
            at(*datetime.strptime(captured, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timetuple()[:6]),
        )
        assert found == [Found(7, PAGE, snapshot)]


async def test_what_is_asked():
    async with Service(index()).serving() as service:
        await look_up(service, Wanted(1, PAGE, at(2024, 11, 1, 17, 34, 4)), Wanted(2, PAGE))
        asked, newest = service.queries
        assert asked == {
            "url": [PAGE],
            "output": ["json"],
            "fl": ["timestamp,original"],
            "filter": ["statuscode:200"],
            "closest": ["20241101173404"],
            "sort": ["closest"],
            "limit": ["3"],
        }
        assert newest["closest"] > asked["closest"]


async def test_the_first_copy_is_asked_for_where_only_a_bound_is_known():
    """A link came some time after 2 March 2019: the first copy after that is the nearest to what was saved."""
    copies = {f"/web/20200501000000id_/{PAGE}": ARTICLE}
    async with Service(index(("20200501000000", PAGE)), copies).serving() as service:
        (found,) = await look_up(service, Wanted(1, PAGE, at(2019, 3, 2, 10, 0, 0), earliest=True))
        (asked,) = service.queries
        assert (asked["from"], "closest" in asked, "sort" in asked) == (["20190302100000"], False, False)
        assert found.snapshot is not None
        assert found.snapshot.captured_at == at(2020, 5, 1)


COLUMNS = b'[["urlkey", "timestamp", "original"], ["com,example)/a", 20241101120000, "%s"]]' % PAGE.encode()


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("", json.dumps([["timestamp", "original"], ["20241101120000", PAGE]]).encode()),
        ("gzip", gzip.compress(json.dumps([["timestamp", "original"], ["20241101120000", PAGE]]).encode(), mtime=0)),
        ("deflate", zlib.compress(json.dumps([["timestamp", "original"], ["20241101120000", PAGE]]).encode())),
        ("", COLUMNS),
        ("gzip", gzip.compress(COLUMNS, mtime=0)),
        ("", json.dumps([["timestamp", "original"], [None, None], ["20241101120000", PAGE]]).encode()),
    ],
)
async def test_an_index_however_it_is_packed(packing, body):
    cdx = answers(200, body, content_type="application/json", **({"content_encoding": packing} if packing else {}))
    async with Service(cdx, {COPY: ARTICLE}).serving() as service:
        (found,) = await look_up(service)
        assert found.snapshot is not None


@pytest.mark.parametrize(
    "cdx",
    [
        page("Internet Archive: Scheduled Maintenance"),
        answers(200, b"not json"),
        answers(200, b"{}"),
        answers(200, b'{"error": "robots"}'),
        answers(200, b"{" * 10_000),
        answers(200, b"[" * 60_000),
        answers(200, f"20241101120000 {PAGE}\n".encode()),
        answers(200, b'[["timestamp"], ["x", 1], 5, ["2024", "u"], ["99999999999999", "u"]]'),
        answers(200, b'[["timestamp", "original"], ["2024", "u"]]'),
        answers(200, b"abc", content_encoding="br"),
        answers(400, b"bad request"),
        answers(302, location="/maintenance"),
    ],
)
async def test_what_is_no_index_is_no_word(cdx):
    async with Service(cdx).serving() as service:
        (found,) = await look_up(service)
        assert (found.snapshot, bool(found.error)) == (None, True)


@pytest.mark.parametrize(
    ("cdx", "asked"),
    [(answers(429), 2), (answers(429, retry_after="3600"), 1), (answers(403, b"go away"), 1)],
)
async def test_whoever_is_turned_away_asks_no_more(cdx, asked):
    async with Service(cdx).serving() as service:
        found = await look_up(service, *(Wanted(i, PAGE) for i in range(4)))
        assert sum(not (one.error or "").startswith("not asked") for one in found) == asked


@pytest.mark.parametrize(
    ("cdx", "error", "queries"),
    [
        (answers(503), "status 503", 2),
        (answers(429), "status 429", 2),
        (answers(429, retry_after="3600"), "status 429", 1),
        (in_turn(answers(429, retry_after="0"), index()), None, 2),
        (in_turn(closes, index()), None, 2),
        (closes, "Server disconnected without sending a response.", 2),
    ],
)
async def test_a_service_that_is_busy_is_asked_another_time(caplog, cdx, error, queries):
    async with Service(cdx).serving() as service:
        assert await look_up(service) == [Found(7, PAGE, error=error)]
        assert len(service.queries) == queries
    assert not caplog.records  # a retry is nothing to warn of


async def test_a_service_that_is_away_is_left_alone():
    async with Service(answers(503)).serving() as service:
        found = await look_up(service, *(Wanted(i, PAGE) for i in range(6)))
        assert [one.error for one in found] == ["status 503"] * 3 + ["not asked: no answer to the previous 3"] * 3


@pytest.mark.parametrize("service", ["", "web.archive.org", "ftp://web.archive.org", "https://"])
async def test_a_service_has_an_address(service):
    with pytest.raises(ConfigError):
        await find_snapshots([], QUICK, print, service=service)


async def test_cancelling_stops_at_once():
    async with Service(hangs).serving() as service:
        task = asyncio.create_task(look_up(service))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_one_request_at_a_time():
    async with Service(BOTH, {COPY: page("x")}).serving() as service:
        await look_up(service, *(Wanted(i, PAGE) for i in range(3)))
        assert max(service.most_at_once.values()) == 1
