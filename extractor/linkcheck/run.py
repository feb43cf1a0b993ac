"""A run: many addresses, each asked as its host can bear, each result given as it comes.

Up to `Options.concurrency` connections work at once, each for one host until nothing is left there, so that a host's
connections are used and then closed. A host that hangs, or asks to wait, leaves its place to others and goes on in
the late lane; one that keeps on is given up for this run, and its other addresses are told so without being asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import stamina
import stamina.instrumentation

from extractor.linkcheck.asking import ask
from extractor.linkcheck.check import Summary, asked, not_asked, now_ms, record, without_asking
from extractor.linkcheck.hosts import Hosts
from extractor.linkcheck.lanes import PlaceInLane, Queue
from extractor.linkcheck.options import Target
from extractor.linkcheck.outage import Outage
from extractor.linkcheck.pace import retry_after
from extractor.linkcheck.resolve import look_up
from extractor.linkcheck.verdict import SOFT_FAILURES, Answer, Failure, Judgement, Verdict, judge
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from extractor.linkcheck.check import Check
    from extractor.linkcheck.hosts import Host
    from extractor.linkcheck.options import Options
    from extractor.linkcheck.resolve import Lookup

_PASSING_STATUS = frozenset({500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 529, 530})
_PASSING_FAILURES = frozenset({Failure.CONNECTION, Failure.NAME_SERVER})
_KNOWN_ALIVE = 3  # so many hosts are asked whether the network is there
stamina.instrumentation.set_on_retry_hooks([])  # a retry is nothing to warn of on stderr


async def check_all(
    targets: Iterable[Target],
    options: Options,
    on_check: Callable[[Check], None],
    *,
    known_alive: Sequence[str] = (),
    lookup: Lookup = look_up,
) -> Summary:
    """Check all addresses, most wanted first; `on_check` gets each result as it comes, from this task's thread.

    `known_alive` are addresses that answered when last asked: should nothing answer, a few of them are asked whether
    the network is there at all. Cancelled, it stops at once; what `on_check` was given is all there is. An exception
    of `on_check` ends the run and is passed on.
    """
    return await _Run(options, on_check, known_alive, lookup).all(targets)


def run_checks(
    targets: Iterable[Target],
    options: Options,
    on_check: Callable[[Check], None],
    *,
    known_alive: Sequence[str] = (),
    lookup: Lookup = look_up,
) -> Summary:
    """Do what `check_all` does, from plain code; Ctrl-C ends it with the summary of what came until then."""
    run = _Run(options, on_check, known_alive, lookup)
    try:
        return asyncio.run(run.all(targets))
    except KeyboardInterrupt:
        return run.summary(interrupted=True)


class _MayPassError(Exception):
    """Tells stamina to ask again: `wait` is True for the usual backoff, or the seconds to wait."""

    def __init__(self, wait: float | bool) -> None:
        super().__init__()
        self.wait = wait


class _Run:
    def __init__(
        self, options: Options, on_check: Callable[[Check], None], known_alive: Sequence[str], lookup: Lookup
    ) -> None:
        self._options = options
        self._on_check = on_check
        self._known_alive = known_alive
        self._lookup = lookup
        self._main = asyncio.Semaphore(options.concurrency)
        self._late = asyncio.Semaphore(options.concurrency)
        self._verdicts: Counter[Verdict] = Counter()
        self._alike: dict[int, list[Target]] = {}  # by the key of the one that is asked: who else gets its answer
        self._started_at = now_ms()
        self._outage = Outage(self._started_at)

    def summary(self, *, away_since: int | None = None, interrupted: bool = False) -> Summary:
        if interrupted and not self._outage.answered:
            away_since = self._outage.suspected_since()
        return Summary(self._started_at, now_ms(), dict(self._verdicts), away_since, interrupted)

    async def all(self, targets: Iterable[Target]) -> Summary:
        hosts = Hosts(self._options, self._lookup)
        try:
            async with asyncio.TaskGroup() as group:
                for queue in self._queues(self._asked_once(targets)):
                    await self._main.acquire()
                    group.create_task(self._serve(queue, hosts))
            return self.summary(away_since=await self._away_since(hosts))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await hosts.close()

    def _asked_once(self, targets: Iterable[Target]) -> Iterable[Target]:
        """The first of those that are asked alike, as of those that differ in their fragments alone."""
        first: dict[str, Target] = {}
        for target in targets:
            one = first.setdefault(asked(target.url), target)
            if one is not target:
                self._alike.setdefault(one.key, []).append(target)
        return first.values()

    def _queues(self, targets: Iterable[Target]) -> list[Queue]:
        """One entry for each connection, in the order of the first address that is left to it."""
        queues: dict[str, Queue] = {}
        entries: list[Queue] = []
        for target in targets:
            if unasked := without_asking(target):
                self._give(not_asked(target, unasked))
                continue
            address = read_address(target.url)
            host = address.host if address else ""
            queue = queues.setdefault(host, Queue(host))
            queue.targets.append(target)
            if len(queue.targets) <= self._options.per_host:
                entries.append(queue)
        return entries

    async def _serve(self, queue: Queue, hosts: Hosts) -> None:
        """One connection's work: the addresses of one host until none is left."""
        place = PlaceInLane(self._main, held=True)
        try:
            if not queue.targets:
                return
            async with hosts.at(queue.host) as host:
                while queue.targets:
                    self._give(await self._check(queue.targets.popleft(), queue, host, hosts, place))
        finally:
            place.leave()

    async def _check(self, target: Target, queue: Queue, host: Host, hosts: Hosts, place: PlaceInLane) -> Check:
        if queue.given_up is not None:
            return not_asked(target, queue.given_up)
        checked_at = now_ms()

        async def attempt(number: int) -> tuple[Answer, Judgement, float | bool]:
            if host.pace.paused:
                place.leave()
                await host.pace.over()
            await place.take(self._late if queue.hung else self._main)
            answer = await ask(target, hosts, head=number == 1)
            judgement = judge(answer)
            return answer, judgement, self._may_pass(answer, judgement, number, queue, hosts)

        answer, judgement, wait = await attempt(1)
        if wait is not False:
            with suppress(_MayPassError):
                async for retry in self._retries():
                    with retry:
                        if retry.num > 1:
                            answer, judgement, wait = await attempt(retry.num)
                        if wait is not False:
                            place.leave()
                            raise _MayPassError(wait)
        if _host_of(answer) == queue.host:  # a redirect may have led to another one, which is to blame then
            queue.note(answer, judgement)
        self._outage.note(queue.host, answer, checked_at, now_ms())
        return record(target, checked_at, answer, judgement)

    def _retries(self) -> AsyncIterator[stamina.Attempt]:
        return aiter(
            stamina.retry_context(
                on=lambda error: isinstance(error, _MayPassError) and error.wait,
                attempts=1 + max(self._options.retries, 1),  # silence is asked about again: a HEAD may have caused it
                timeout=None,
                wait_initial=self._options.backoff,
                wait_max=self._options.max_wait,
                wait_jitter=self._options.backoff / 2,
            )
        )

    def _may_pass(self, answer: Answer, judgement: Judgement, number: int, queue: Queue, hosts: Hosts) -> float | bool:
        """Whether to ask again after attempt `number`: False, True with the usual backoff, or the seconds to wait."""
        verdict = judgement.verdict
        if verdict is Verdict.TIMEOUT:
            queue.hung = True
            # at once, and only once: hosts that hang decide how long a run takes
            return 0.0 if number == 1 and (answer.method == "HEAD" or self._options.retries) else False
        wait = retry_after(answer.headers or {}, datetime.now(UTC))
        if verdict is Verdict.RATE_LIMITED and wait is None:
            wait = self._options.backoff * 2**number
        if wait is not None and verdict in {Verdict.RATE_LIMITED, Verdict.SERVER_ERROR}:
            queue.hung = True
            asking = _host_of(answer)
            if wait > self._options.max_wait:
                if asking == queue.host:
                    queue.given_up = Judgement(verdict, f"not asked: {queue.host} asks to wait {wait:.0f} s")
                return False
            hosts.pause(asking, wait)
            return wait if number <= self._options.retries else False
        passing = answer.failure in _PASSING_FAILURES or answer.status in _PASSING_STATUS
        return passing and verdict in SOFT_FAILURES and number <= self._options.retries

    async def _away_since(self, hosts: Hosts) -> int | None:
        """Since when the network seems to be away: ask addresses that should answer whether it really is."""
        since = self._outage.suspected_since()
        if since is None:
            return None
        by_host = {address.host: url for url in self._known_alive if (address := read_address(url))}
        asked = [*by_host.values()][:_KNOWN_ALIVE]
        if self._outage.answered_url is not None:
            asked.append(self._outage.answered_url)
        answers = await asyncio.gather(*(ask(Target(0, url), hosts) for url in asked))
        return None if any(answer.status is not None for answer in answers) else since

    def _give(self, check: Check) -> None:
        alike = [replace(check, key=target.key, url=target.url) for target in self._alike.get(check.key, ())]
        for one in (check, *alike):
            self._verdicts[one.verdict] += 1
            self._on_check(one)


def _host_of(answer: Answer) -> str:
    """The host that answered, or failed to, last."""
    address = read_address(answer.final_url)
    return address.host if address else ""
