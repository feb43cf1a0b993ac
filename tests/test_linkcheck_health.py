from __future__ import annotations

import itertools
import sqlite3
import textwrap
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.linkcheck import standing as module
from extractor.linkcheck.standing import DAY, Health, PastCheck, Standing, health, is_due, urgency
from extractor.linkcheck.verdict import Verdict

NOW = 1_800_000_000_000


def checks(*told: str) -> list[PastCheck]:
    """``"3 timeout"``: three days after the first day."""
    return [PastCheck(int(float(day) * DAY), Verdict(verdict)) for day, verdict in (one.split() for one in told)]


@pytest.mark.parametrize(
    ("told", "expected", "since", "failures"),
    [
        ([], "unknown", None, 0),
        (["1 ok"], "alive", 1, 0),
        (["1 ok", "2 ok", "3 moved", "4 moved"], "moved", 3, 0),
        (["1 dead"], "dead", 1, 0),
        (["1 gone"], "dead", 1, 0),
        (["1 ok", "2 dead", "3 gone"], "dead", 2, 0),
        (["1 dead", "2 ok"], "alive", 2, 0),
        (["1 blocked", "2 ok", "3 blocked"], "blocked", 3, 0),
        (["1 expired"], "expired", 1, 0),
        (["1 ok", "2 suspect"], "failing", 2, 0),
        (["1 suspect", "2 suspect", "30 suspect"], "failing", 1, 0),  # never dead by itself
        # soft failures: 3 times over 7 days
        (["1 timeout"], "failing", 1, 1),
        (["1 timeout", "2 dns_error", "3 tls_error"], "failing", 1, 3),
        (["1 timeout", "9 timeout"], "failing", 1, 2),
        (["1 timeout", "4 connection_error", "7.999 server_error"], "failing", 1, 3),
        (["1 timeout", "4 connection_error", "8 server_error"], "dead", 1, 3),
        (["8 server_error", "1 timeout", "4 connection_error"], "dead", 1, 3),  # in any order
        (["1 timeout", "4 ok", "8 timeout", "9 timeout"], "failing", 8, 2),
        (["1 timeout", "4 blocked", "8 timeout", "9 timeout"], "failing", 8, 2),
        (["1 timeout", "4 suspect", "8 timeout", "9 timeout"], "failing", 1, 2),
        # what is dead does not come back by a soft failure
        (["1 dead", "2 timeout"], "dead", 1, 1),
        (["1 ok", "2 timeout", "3 dead"], "dead", 2, 0),
        # what says nothing
        (["1 skipped"], "unknown", None, 0),
        (["1 rate_limited"], "unknown", None, 0),
        (["1 ok", "2 rate_limited", "3 skipped"], "alive", 1, 0),
        (["1 timeout", "2 rate_limited", "4 timeout", "8 timeout"], "dead", 1, 3),
    ],
)
def test_health(told, expected, since, failures):
    standing = health(checks(*told), NOW)
    assert (standing.health, standing.since, standing.failures) == (expected, since and since * DAY, failures)


@pytest.mark.parametrize(("at", "expected"), [(NOW - 1, "expired"), (NOW, "expired"), (NOW + 1, "alive")])
def test_a_signed_address_expires_by_itself(at, expected):
    assert health(checks("1 ok"), NOW, at).health == expected


def test_expired_since_its_time():
    assert health([], NOW, 5) == Standing(Health.EXPIRED, 5)


some_checks = st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 7, 8]), st.sampled_from(list(Verdict))), max_size=6)


@given(st.lists(st.tuples(some_checks, st.sampled_from([None, NOW, NOW + DAY])), min_size=1, max_size=4))
def test_the_sql_in_the_docstring_says_the_same(addresses):
    ids = itertools.count(1)
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE urls (id INTEGER PRIMARY KEY, expires_at TEXT)")
        db.execute("CREATE TABLE checks (id INTEGER PRIMARY KEY, url_id INTEGER, checked_at TEXT, verdict TEXT)")
        for url_id, (told, expires_at) in enumerate(addresses):
            db.execute("INSERT INTO urls VALUES (?, ?)", (url_id, iso(expires_at)))
            for day, verdict in told:
                db.execute("INSERT INTO checks VALUES (?, ?, ?, ?)", (next(ids), url_id, iso(day * DAY), verdict))
        sql = textwrap.dedent((module.__doc__ or "").partition("::\n")[2])
        rows = db.execute(sql, {"now": iso(NOW)}).fetchall()
    assert len(rows) == len(addresses)
    for url_id, *found in rows:
        told, expires_at = addresses[url_id]
        standing = health([PastCheck(day * DAY, verdict) for day, verdict in told], NOW, expires_at)
        assert found == [standing.health, iso(standing.since), standing.failures, iso(standing.checked_at)]


def iso(ms: int | None) -> str | None:
    if ms is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")


@pytest.mark.parametrize(
    ("verdict", "age", "due"),
    [
        (None, None, True),
        *((verdict, 6.9, False) for verdict in ("ok", "moved", "blocked", "suspect")),
        *((verdict, 7, True) for verdict in ("ok", "moved", "blocked", "suspect")),
        *((verdict, 0.9, False) for verdict in ("dead", "gone", "timeout", "dns_error", "rate_limited", "skipped")),
        *((verdict, 1, True) for verdict in ("dead", "gone", "timeout", "dns_error", "rate_limited", "skipped")),
        ("expired", 1000, False),
    ],
)
def test_due(verdict, age, due):
    past = Verdict(verdict) if verdict else None
    assert is_due(past, None if age is None else NOW - int(age * DAY), NOW) is due


def test_the_most_wanted_first():
    past = [("ok", 5), ("timeout", 9), (None, None), ("dead", 3), ("blocked", 1)]
    ordered = sorted(past, key=lambda one: urgency(Verdict(one[0]) if one[0] else None, one[1]))
    assert ordered == [(None, None), ("dead", 3), ("timeout", 9), ("blocked", 1), ("ok", 5)]
