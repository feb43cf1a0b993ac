"""One run of link checks: choosing the due addresses, storing each result at once, and reporting changes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from extractor.catalogue import pages
from extractor.catalogue.check_plan import Plan, plan
from extractor.catalogue.check_runs import doubt_many_to_one
from extractor.catalogue.checks import Recorder, disregard_outage, healths, places, wanted_copies, wanted_snapshots
from extractor.catalogue.claims import Claims
from extractor.catalogue.store import open_to_write, reading
from extractor.keeping import Keeper, take_back, targets_with_pages
from extractor.linkcheck import (
    WAYBACK,
    Check,
    Doubt,
    Found,
    Options,
    Summary,
    Verdict,
    Wanted,
    asked,
    public_only,
    run_checks,
    run_snapshots,
    save_copies,
)
from extractor.times import now_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from extractor.catalogue.check_plan import Selection
    from extractor.keeping import Keeping, Kept

LOOK_UP_AGAIN = 30 * 86_400_000  # ms; an archive may have a missing copy a month later


@dataclass(frozen=True, slots=True)
class Result:
    """One checked address: the check, its health before and now, and its places."""

    check: Check
    before: str
    health: str
    places: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run; `disregarded` checks were made while the network was down, and do not count.

    `on_record` counts the healths of all chosen addresses, whether this run checked them or not. `kept` is the result
    of keeping their pages, None if none were to be kept.
    """

    plan: Plan
    summary: Summary
    results: tuple[Result, ...]
    disregarded: int
    on_record: Mapping[str, int] = field(default_factory=dict)
    kept: Kept | None = None

    def became(self, health: str) -> list[Result]:
        """The addresses that now have this health and did not before."""
        return [result for result in self.results if result.health == health != result.before]

    @property
    def came_back(self) -> list[Result]:
        """The addresses that were dead, failing or suspect and answer again."""
        lost = {"dead", "failing", "suspect"}
        return [r for r in self.results if r.before in lost and r.health in {"alive", "moved"}]


def choose(path: Path, selection: Selection) -> Plan:
    """Choose what to check; raises CatalogueFileError and NotFound."""
    with reading(path) as db:
        return plan(db, selection, now_ms())


def check(
    path: Path,
    chosen: Plan,
    options: Options,
    on_check: Callable[[Check], None],
    keeping: Keeping | None = None,
) -> Outcome:
    """Check the chosen addresses, calling `on_check` with each result. Ctrl-C ends the run with the results so far.

    With `keeping`, the pages that are read are kept.
    """
    with reading(path) as db:
        before = healths(db)
        first = pages.first_seen(db, [target.key for target in chosen.targets])
    checks: list[Check] = []
    urls = {target.key: target.url for target in chosen.targets}
    one_by_one = threading.Lock()  # checks whose pages are kept come from another thread

    with contextlib.ExitStack() as stack:
        recorder = stack.enter_context(Recorder(path))

        def take(one: Check) -> None:
            with one_by_one:
                finish(one)

        def finish(one: Check) -> None:
            if said := pages.change(one, first):
                one = replace(one, evidence=f"{one.evidence}; {said}" if one.evidence else said)
            if not _is_repeated(one, chosen):
                recorder.record(one)
            checks.append(one)
            on_check(one)

        claims = Claims(path, {key: asked(url) for key, url in urls.items()})
        stack.callback(claims.release)
        # Checks waiting to be kept are not released to other runs before they are recorded.
        keeper = stack.enter_context(Keeper(keeping, take)) if keeping is not None else None

        def take_in(one: Check) -> None:
            if keeper is not None and one.body is not None:
                keeper.take(one)
            else:
                take(one)

        def leave_out(key: int, reason: str) -> None:
            recorder.record_left_out(urls[key], reason, now_ms())

        summary = run_checks(
            targets_with_pages(chosen.targets, keeping) if keeping is not None else chosen.targets,
            options,
            take_in,
            on_left_out=leave_out,
            claim=claims.take,
            known_alive=chosen.known_alive,
        )
    disregarded, doubted = _look_back(path, summary)
    kept = keeper.kept if keeper is not None else None
    if keeping is not None and (disregarded or doubted):
        take_back(path, keeping, summary)
    with reading(path) as db:
        after = healths(db)
        stands = places(db, [one.key for one in checks], chosen.notes)

    def result(one: Check) -> Result:
        was, is_now = before.get(one.key, "unknown"), after.get(one.key, "unknown")
        return Result(_as_doubted(one, doubted), was, is_now, stands.get(one.key, ()))

    on_record = Counter(after.get(key, "unknown") for key in chosen.chosen)
    return Outcome(chosen, summary, tuple(map(result, checks)), disregarded, on_record, kept)


def archive(
    path: Path, options: Options, service: str, on_found: Callable[[Found], None], checked: Sequence[int] = ()
) -> int:
    """Look up archived copies of lost pages, those `checked` among them; returns the number of lost pages.

    `on_found` is called for each.
    """
    with reading(path) as db:
        wanted = wanted_snapshots(db, now_ms(), LOOK_UP_AGAIN, checked)
    cited = {url_id: at for url_id, _, at, _ in wanted}

    def take(found: Found) -> None:
        if found.error is None:
            copy = (found.snapshot.url, found.snapshot.captured_at) if found.snapshot else None
            recorder.record_snapshot(found.key, found.url, cited[found.key], copy, now_ms())
        on_found(found)

    with Recorder(path) as recorder:
        run_snapshots([Wanted(*one) for one in wanted], options, take, service=service or WAYBACK)
    return len(wanted)


def copies_to_make(path: Path, chosen: Plan) -> list[Wanted]:
    """The living addresses among the chosen ones that have no copy yet and may be sent to an archive."""
    with reading(path) as db:
        wanted = wanted_copies(db, chosen.chosen)
    return asyncio.run(public_only(Wanted(*one) for one in wanted))


def save(
    path: Path, wanted: Sequence[Wanted], options: Options, service: str, on_found: Callable[[Found], None]
) -> None:
    """Ask an archive to copy each of them; `on_found` is called for each."""

    def take(found: Found) -> None:
        if found.snapshot is not None:
            copy = (found.snapshot.url, found.snapshot.captured_at)
            recorder.record_snapshot(found.key, found.url, None, copy, now_ms())
        on_found(found)

    with Recorder(path) as recorder, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(save_copies(wanted, options, take, service=service or WAYBACK))


def _is_repeated(check: Check, chosen: Plan) -> bool:
    """Whether a check only repeats the last one: that an address was skipped, and why."""
    return (
        check.verdict is Verdict.SKIPPED and check.key in chosen.skipped and chosen.skipped[check.key] == check.evidence
    )


def _look_back(path: Path, summary: Summary) -> tuple[int, Mapping[int, str]]:
    """What only the run as a whole shows: how many checks do not count, and which addresses did not really move."""
    disregarded, doubted = 0, dict[int, str]()
    if summary.away_since is not None or Verdict.MOVED in summary.verdicts:
        with open_to_write(path) as db:
            disregarded = disregard_outage(db, summary)
            doubted.update(doubt_many_to_one(db))
    return disregarded, doubted


def _as_doubted(check: Check, doubted: Mapping[int, str]) -> Check:
    if check.key not in doubted or check.verdict is not Verdict.MOVED:
        return check
    return replace(check, verdict=Verdict.SUSPECT, kind=Doubt.MANY_TO_ONE, evidence=doubted[check.key])
