"""One run of link checks: which addresses are due, each result kept as it comes, and what changed by it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.checks import (
    Plan,
    Recorder,
    disregard_outage,
    healths,
    places,
    plan,
    wanted_snapshots,
)
from extractor.catalogue.store import open_to_write, reading
from extractor.linkcheck import WAYBACK, Check, Found, Options, Summary, Wanted, run_checks, run_snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from extractor.catalogue.checks import Selection

LOOK_UP_AGAIN = 30 * 86_400_000  # ms; what an archive did not have it may have got a month later


@dataclass(frozen=True, slots=True)
class Result:
    """One checked address: the check, its health before and now, and where it stands."""

    check: Check
    before: str
    health: str
    places: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; `disregarded` checks were made while the network was away, and count for nothing."""

    plan: Plan
    summary: Summary
    results: tuple[Result, ...]
    disregarded: int

    def became(self, health: str) -> list[Result]:
        """The addresses that are so now and were not before."""
        return [result for result in self.results if result.health == health != result.before]

    @property
    def came_back(self) -> list[Result]:
        """The addresses that were dead or failing and answer again."""
        lost = {"dead", "failing"}
        return [r for r in self.results if r.before in lost and r.health in {"alive", "moved"}]


def choose(path: Path, selection: Selection) -> Plan:
    """Choose what to check; raises CatalogueFileError and NotFound."""
    with reading(path) as db:
        return plan(db, selection, now())


def check(path: Path, chosen: Plan, options: Options, on_check: Callable[[Check], None]) -> Outcome:
    """Check the chosen addresses; `on_check` sees each result as it comes. Ctrl-C ends it with what came until then."""
    with reading(path) as db:
        before = healths(db)
    checks: list[Check] = []

    with Recorder(path) as recorder:

        def take(one: Check) -> None:
            recorder.record(one)
            checks.append(one)
            on_check(one)

        summary = run_checks(chosen.targets, options, take, known_alive=chosen.known_alive)
    disregarded = 0
    if summary.away_since is not None:
        with open_to_write(path) as db:
            disregarded = disregard_outage(db, summary)
    with reading(path) as db:
        after = healths(db)
        stands = places(db, [one.key for one in checks], chosen.notes)
    results = [
        Result(one, before.get(one.key, "unknown"), after.get(one.key, "unknown"), stands.get(one.key, ()))
        for one in checks
    ]
    return Outcome(chosen, summary, tuple(results), disregarded)


def archive(
    path: Path, options: Options, service: str, on_found: Callable[[Found], None], checked: Sequence[int] = ()
) -> int:
    """Look up archived copies of the dead, those `checked` among them; returns how many there are.

    `on_found` is told of each.
    """
    with reading(path) as db:
        wanted = wanted_snapshots(db, now(), LOOK_UP_AGAIN, checked)
    cited = {url_id: at for url_id, _, at in wanted}

    def take(found: Found) -> None:
        if found.error is None:
            copy = (found.snapshot.url, found.snapshot.captured_at) if found.snapshot else None
            recorder.record_snapshot(found.key, found.url, cited[found.key], copy, now())
        on_found(found)

    with Recorder(path) as recorder:
        run_snapshots([Wanted(*one) for one in wanted], options, take, service=service or WAYBACK)
    return len(wanted)


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
