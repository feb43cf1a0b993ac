"""What checks come to: the triggers of catalogue.db against a table of cases, and against the rule in plain Python."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from extractor.catalogue.database import Database
from extractor.catalogue.migrating import migrate
from extractor.linkcheck import SOFT_FAILURES, Health, Verdict, health_from, is_due, urgency

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

DAY = 86_400_000
NOW = 1_800_000_000_000
PAST, FUTURE = "2001-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"

Check = tuple[int, str]  # ms, verdict


@dataclass
class Standing:
    health: str
    since: int | None = None
    failures: int = 0
    checked_at: int | None = None


def weighed(checks: Sequence[Check]) -> Standing:
    """The rule as people say it: walk back from the newest check. `suspect!` was confirmed by a probe."""
    told = [one for one in sorted(checks, key=lambda one: one[0]) if one[1] not in {"skipped", "rate_limited"}]
    told.reverse()
    if not told:
        return Standing("unknown")
    soft = list(takewhile(lambda one: one[1] in SOFT_FAILURES, told))
    newest = told[0][1]
    unclear = list(takewhile(lambda one: one[1] in {*SOFT_FAILURES, "suspect", "suspect!"}, told))
    confirmed = [at for at, verdict in unclear if verdict == "suspect!"]
    failures = {*SOFT_FAILURES, "dead", "gone", "suspect", "suspect!"}
    same = failures if newest in failures else {newest}
    since = [at for at, _ in takewhile(lambda one: one[1] in same, told)][-1]
    before = told[len(soft)][1] if len(soft) < len(told) else ""
    if newest in {"dead", "gone"} or (len(confirmed) >= 3 and confirmed[0] - confirmed[-1] >= 7 * DAY):
        health = "dead"
    elif newest in SOFT_FAILURES:
        lasting = soft[0][0] - soft[-1][0] >= 7 * DAY and len(soft) >= 3
        health = "dead" if lasting or before in {"dead", "gone"} else "failing"
    else:
        health = {"ok": "alive"}.get(newest, newest.removesuffix("!"))
    return Standing(health, since, len(soft), told[0][0])


class Catalogue:
    """An empty catalogue in memory."""

    def __init__(self) -> None:
        self.db = Database(sqlite3.connect(":memory:"))
        migrate(self.db)

    def address(self, url_id: int, expires_at: str | None = None) -> None:
        self.db.execute(
            "INSERT INTO urls (id, url, canonical, scheme, host, site, expires_at) VALUES (?1, '', ?1, '', '', '', ?2)",
            [url_id, expires_at],
        )

    def check(self, url_id: int, at: int, verdict: str, counts: int = 1) -> None:
        confirmed = verdict.endswith("!")
        self.db.execute(
            "INSERT INTO checks (url_id, checked_at, verdict, counts, confirmed, doubt) VALUES (?, ?, ?, ?, ?, ?)",
            [url_id, iso(at), verdict.removesuffix("!"), counts, confirmed, "soft 404" if confirmed else None],
        )

    def standing(self, url_id: int) -> Standing:
        row = self.db.execute(
            "SELECT health, since, failures, checked_at FROM link_health WHERE url_id = ?", [url_id]
        ).fetchone()
        return Standing(row[0], ms(row[1]), row[2], ms(row[3]))


@pytest.fixture
def catalogue() -> Catalogue:
    found = Catalogue()
    found.address(1)
    return found


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
        (["1 ok", "2 suspect"], "suspect", 2, 0),
        (["1 suspect", "2 suspect", "30 suspect"], "suspect", 1, 0),  # never dead by itself
        # confirmed: 3 times over 7 days
        (["1 suspect!"], "suspect", 1, 0),
        (["1 suspect!", "9 suspect!"], "suspect", 1, 0),
        (["1 suspect!", "2 suspect!", "7.9 suspect!"], "suspect", 1, 0),
        (["1 suspect!", "2 suspect!", "8 suspect!"], "dead", 1, 0),
        (["1 suspect!", "2 suspect", "8 suspect!"], "suspect", 1, 0),
        (["1 suspect!", "2 suspect", "4 suspect!", "9 suspect!", "10 suspect"], "dead", 1, 0),
        (["1 suspect!", "2 ok", "4 suspect!", "9 suspect!"], "suspect", 4, 0),
        (["1 suspect!", "2 blocked", "4 suspect!", "9 suspect!"], "suspect", 4, 0),
        (["1 suspect!", "4 suspect!", "9 suspect!", "10 timeout"], "dead", 1, 1),  # it does not come back by a failure
        (["1 suspect!", "4 suspect!", "9 suspect!", "10 ok"], "alive", 10, 0),
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
def test_health(catalogue, told, expected, since, failures):
    for day, verdict in (one.split() for one in told):
        catalogue.check(1, int(float(day) * DAY), verdict)
    standing = catalogue.standing(1)
    assert (standing.health, standing.since, standing.failures) == (expected, since and since * DAY, failures)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_single_check_is_weighed_as_what_it_says_by_itself(catalogue, verdict):
    catalogue.check(1, DAY, verdict)
    assert catalogue.standing(1).health == (health_from(verdict) or "unknown")


@pytest.mark.parametrize(("at", "expected"), [(PAST, "expired"), (FUTURE, "alive")])
def test_a_signed_address_expires_by_itself(catalogue, at, expected):
    catalogue.address(2, at)
    catalogue.check(2, DAY, "ok")
    assert catalogue.standing(2).health == expected


def test_what_a_run_without_a_network_found_counts_for_nothing(catalogue):
    catalogue.check(1, DAY, "ok")
    for day in (2, 5, 10):
        catalogue.check(1, day * DAY, "timeout")
    assert catalogue.standing(1).health == "dead"
    catalogue.db.execute("UPDATE checks SET counts = 0 WHERE verdict = 'timeout'")
    assert catalogue.standing(1) == Standing("alive", DAY, 0, DAY)
    catalogue.db.execute("DELETE FROM checks WHERE verdict = 'ok'")
    assert catalogue.standing(1) == Standing("unknown")


days, verdicts = st.sampled_from([1, 2, 3, 7, 8, 9]), st.sampled_from([*map(str, Verdict), "suspect!"])
some_checks = st.lists(st.tuples(days, verdicts), max_size=7)


@settings(max_examples=examples(40))  # each makes a catalogue
@given(st.lists(some_checks, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_triggers_weigh_as_the_rule_says(addresses: list[list[tuple[int, str]]], order: random.Random) -> None:
    """Checks of several addresses come in any order, and some go again."""
    catalogue = Catalogue()
    kept: dict[int, list[Check]] = {}
    events = [(url_id, day, verdict) for url_id, checks in enumerate(addresses, 1) for day, verdict in checks]
    order.shuffle(events)
    for url_id in range(1, len(addresses) + 1):
        catalogue.address(url_id)
        kept[url_id] = []
    for url_id, day, verdict in events:
        catalogue.check(url_id, day * DAY, verdict)
        kept[url_id].append((day * DAY, verdict))
        if order.random() < 0.2:
            gone = order.choice(kept[url_id])
            catalogue.db.execute(
                "DELETE FROM checks WHERE id = (SELECT id FROM checks WHERE url_id = ? AND checked_at = ? "
                "AND verdict = ? AND confirmed = ? ORDER BY id LIMIT 1)",
                [url_id, iso(gone[0]), gone[1].removesuffix("!"), gone[1].endswith("!")],
            )
            kept[url_id].remove(gone)
    for url_id, checks in kept.items():
        assert catalogue.standing(url_id) == weighed(checks)


def test_every_health_has_its_word() -> None:
    words = {weighed([(DAY, str(verdict))]).health for verdict in Verdict}
    assert words | {"unknown"} == {str(health) for health in Health}


def iso(ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")


def ms(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("verdict", "age", "due"),
    [
        (None, None, True),
        *((verdict, 6.9, False) for verdict in ("ok", "moved", "blocked", "suspect")),
        *((verdict, 7, True) for verdict in ("ok", "moved", "blocked", "suspect")),
        *((verdict, 0.9, False) for verdict in ("dead", "gone", "timeout", "dns_error", "rate_limited")),
        *((verdict, 1, True) for verdict in ("dead", "gone", "timeout", "dns_error", "rate_limited")),
        ("skipped", 0, True),  # it is no answer
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
