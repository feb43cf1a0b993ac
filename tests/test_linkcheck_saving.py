"""Copies of living pages: what may be sent to an archive, and what is made of its answers."""

from __future__ import annotations

import pytest
from loopback import answers, page
from test_linkcheck_archive import MEMENTO, PAGE, QUICK, Service, index

from extractor.linkcheck import Found, Wanted, save_copies
from extractor.linkcheck.saving import may_be_sent


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://example.com/a?b=1", True),
        ("https://example.com/a?page=2&lang=de", True),
        ("http://93.184.216.34/a", True),
        ("https://bucket.s3.amazonaws.com/a?X-Amz-Date=20241101T120000Z&X-Amz-Expires=3600&X-Amz-Signature=1", False),
        ("https://example.com/a?access_token=1", False),
        ("https://example.com/a?key=1", False),
        ("https://docs.google.com/document/d/1?resourcekey=1", False),
        ("https://me:pw@example.com/a", False),
        ("http://192.168.1.1/a", False),
        ("http://localhost/a", False),
        ("http://wiki/a", False),
        ("http://nas.lan/a", False),
        ("http://intra.acme.corp/a", False),
        ("ftp://example.com/a", False),
    ],
)
def test_what_may_be_sent(url, sent):
    assert may_be_sent(url) is sent


@pytest.mark.parametrize(
    ("cdx", "save", "copied", "asked"),
    [
        (index(("20241101120000", PAGE)), answers(500), True, 0),  # there is one already
        (index(), answers(302, location=f"/web/20261127080000/{PAGE}"), True, 1),
        (index(), answers(200, content_location=f"/web/20261127080000/{PAGE}"), True, 1),
        (index(), page("Job failed"), False, 1),
        (index(), answers(429), False, 1),
        (page("Maintenance"), answers(200), False, 0),  # no word on whether there is one
    ],
)
async def test_a_copy_is_made_where_there_is_none(cdx, save, copied, asked):
    copies = {f"/save/{PAGE}": save, f"/web/20241101120000id_/{PAGE}": answers(200, b"<title>a</title>", **MEMENTO)}
    async with Service(cdx, copies).serving() as service:
        found: list[Found] = []
        await save_copies([Wanted(7, PAGE)], QUICK, found.append, service=service.url(""), pace=0, save_pace=0)
        assert [(one.key, one.snapshot is not None) for one in found] == [(7, copied)]
        assert len({path for _, path in service.log if path.startswith("/save/")}) == asked
