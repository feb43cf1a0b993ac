"""A run: many addresses, each asked as its host can bear, each result given as it comes.

Up to `Options.concurrency` connections work at once, each for one host until nothing is left there, so that a host's
connections are used and then closed. A host that hangs, or asks to wait, leaves its place to others and goes on in
the late lane; one that keeps on is given up for this run, and of its other addresses nothing is said.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from extractor.linkcheck.answer import Answer, Judgement, Verdict
from extractor.linkcheck.check import Summary, asked, not_asked, now_ms, record, without_asking
from extractor.linkcheck.failures import LeftOut
from extractor.linkcheck.hosts import Hosts
from extractor.linkcheck.interrupts import as_interrupt
from extractor.linkcheck.lanes import PlaceInLane, Queue
from extractor.linkcheck.options import Target
from extractor.linkcheck.oracles import consult
from extractor.linkcheck.outage import Outage
from extractor.linkcheck.patience import MayPassError, may_pass, retries
from extractor.linkcheck.probe import Probes
from extractor.linkcheck.resolve import look_up
from extractor.linkcheck.verdict import judge
from extractor.linkcheck.ways import ask, ask_by_https
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from extractor.linkcheck.check import Check
    from extractor.linkcheck.hosts import Host
    from extractor.linkcheck.options import Options
    from extractor.linkcheck.resolve import Lookup

_KNOWN_ALIVE = 3  # so many hosts are asked whether the network is there


async def check_all(
    targets: Iterable[Target],
    options: Options,
    on_check: Callable[[Check], None],
    *,
    on_left_out: Callable[[int, str], None] = lambda _key, _reason: None,
    known_alive: Sequence[str] = (),
    lookup: Lookup = look_up,
) -> Summary:
    """Check all addresses, most wanted first; `on_check` gets each result as it comes, from this task's thread.

    `on_left_out` gets the key of each address that was not asked, and why: nothing is known of it that was not before.
    `known_alive` are addresses that answered when last asked: should nothing answer, a few of them are asked whether
    the network is there at all. Cancelled, it stops at once; what `on_check` was given is all there is. An exception
    of `on_check` ends the run and is passed on.
    """
    return await _Run(options, on_check, on_left_out, known_alive, lookup).all(targets)


def run_checks(
    targets: Iterable[Target],
    options: Options,
    on_check: Callable[[Check], None],
    *,
    on_left_out: Callable[[int, str], None] = lambda _key, _reason: None,
    known_alive: Sequence[str] = (),
    lookup: Lookup = look_up,
) -> Summary:
    """Do what `check_all` does, from plain code; Ctrl-C and SIGTERM end it with the summary of what came until then."""
    run = _Run(options, on_check, on_left_out, known_alive, lookup)
    try:
        with as_interrupt():
            return asyncio.run(run.all(targets))
    except KeyboardInterrupt:
        return run.summary(interrupted=True)


class _Run:
    def __init__(
        self,
        options: Options,
        on_check: Callable[[Check], None],
        on_left_out: Callable[[int, str], None],
        known_alive: Sequence[str],
        lookup: Lookup,
    ) -> None:
        self._options = options
        self._on_check = on_check
        self._on_left_out = on_left_out
        self._known_alive = known_alive
        self._lookup = lookup
        self._main = asyncio.Semaphore(options.concurrency)
        self._late = asyncio.Semaphore(options.concurrency)
        self._verdicts: Counter[Verdict] = Counter()
        self._left_out: Counter[str] = Counter()
        self._alike: dict[int, list[Target]] = {}  # by the key of the one that is asked: who else gets its answer
        self._started_at = now_ms()
        self._outage = Outage(self._started_at)

    def summary(
        self, away_since: int | None = None, *, intercepted: bool = False, interrupted: bool = False
    ) -> Summary:
        if interrupted and not self._outage.answered:
            away_since = self._outage.suspected_since()
        return Summary(
            self._started_at,
            now_ms(),
            dict(self._verdicts),
            away_since,
            interrupted,
            intercepted,
            dict(self._left_out),
        )

    async def all(self, targets: Iterable[Target]) -> Summary:
        hosts = Hosts(self._options, self._lookup)
        probes = Probes(hosts)
        try:
            async with asyncio.TaskGroup() as group:
                for queue in self._queues(self._asked_once(targets)):
                    await self._main.acquire()
                    group.create_task(self._serve(queue, hosts, probes))
            away_since = await self._away_since(hosts)
            if away_since is not None:
                return self.summary(away_since)
            intercepted_since = await self._intercepted_since(hosts)
            return self.summary(intercepted_since, intercepted=intercepted_since is not None)
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

    async def _serve(self, queue: Queue, hosts: Hosts, probes: Probes) -> None:
        """One connection's work: the addresses of one host until none is left."""
        place = PlaceInLane(self._main, held=True)
        try:
            if not queue.targets:
                return
            async with hosts.at(queue.host) as host:
                while queue.targets:
                    target = queue.targets.popleft()
                    try:
                        self._give(await self._check(target, queue, host, hosts, probes, place))
                    except LeftOut as reason:
                        self._leave_out(target, str(reason))
        finally:
            place.leave()

    async def _check(
        self, target: Target, queue: Queue, host: Host, hosts: Hosts, probes: Probes, place: PlaceInLane
    ) -> Check:
        """Ask, in every way there is before it counts against the address; raises LeftOut."""
        if reason := queue.left_out(target.url):
            raise LeftOut(reason)
        checked_at = now_ms()
        answer, judgement = await self._ask(target, queue, host, hosts, place)
        if _host_of(answer) == queue.host:  # a redirect may have led to another one, which is to blame then
            queue.note(answer, judgement)
        self._outage.note(queue.host, answer, checked_at, now_ms())
        answer, judgement = await ask_by_https(answer, judgement, hosts)
        judgement = await probes.weigh(answer, await consult(answer, judgement, hosts))
        return record(target, checked_at, answer, judgement)

    async def _ask(
        self, target: Target, queue: Queue, host: Host, hosts: Hosts, place: PlaceInLane
    ) -> tuple[Answer, Judgement]:
        """Ask until there is an answer, or none is to be had."""

        async def attempt(number: int) -> tuple[Answer, Judgement, float | bool]:
            if host.pace.paused:
                place.leave()
                await host.pace.over()
            await place.take(self._late if queue.hung else self._main)
            answer = await ask(target, hosts, head=number == 1)
            judgement = judge(answer)
            return answer, judgement, may_pass(answer, judgement, number, queue, hosts)

        answer, judgement, wait = await attempt(1)
        if wait is not False:
            with suppress(MayPassError):
                async for retry in retries(self._options):
                    with retry:
                        if retry.num > 1:
                            answer, judgement, wait = await attempt(retry.num)
                        if wait is not False:
                            place.leave()
                            raise MayPassError(wait)
        return answer, judgement

    async def _away_since(self, hosts: Hosts) -> int | None:
        """Since when the network seems to be away: ask addresses that should answer whether it really is."""
        since = self._outage.suspected_since()
        if since is None:
            return None
        asked = self._alive_by_host()
        if self._outage.answered_url is not None:
            asked.append(self._outage.answered_url)
        return None if any(answer.status is not None for answer in await _answers(asked, hosts)) else since

    async def _intercepted_since(self, hosts: Hosts) -> int | None:
        """Since when somebody else seems to answer: a host that was known has to prove who it is."""
        since = self._outage.intercepted_since()
        if since is None:
            return None
        asked = [url for url in self._alive_by_host() if url.startswith("https:")]
        if self._outage.answered_url is not None and self._outage.answered_url.startswith("https:"):
            return None  # whoever answers for others has no certificate for them
        proven = (answer.status is not None and answer.certificate is None for answer in await _answers(asked, hosts))
        return None if any(proven) else since

    def _alive_by_host(self) -> list[str]:
        by_host = {address.host: url for url in self._known_alive if (address := read_address(url))}
        return [*by_host.values()][:_KNOWN_ALIVE]

    def _give(self, check: Check) -> None:
        alike = [replace(check, key=target.key, url=target.url) for target in self._alike.get(check.key, ())]
        for one in (check, *alike):
            self._verdicts[one.verdict] += 1
            self._on_check(one)

    def _leave_out(self, target: Target, reason: str) -> None:
        for one in (target, *self._alike.get(target.key, ())):
            self._left_out[reason] += 1
            self._on_left_out(one.key, reason)


async def _answers(urls: Sequence[str], hosts: Hosts) -> list[Answer]:
    """What these addresses answer now; of one whose host was given up nothing."""
    asked = await asyncio.gather(*(ask(Target(0, url), hosts) for url in urls), return_exceptions=True)
    for found in asked:
        if isinstance(found, BaseException) and not isinstance(found, LeftOut):
            raise found
    return [found for found in asked if isinstance(found, Answer)]


def _host_of(answer: Answer) -> str:
    """The host that answered, or failed to, last."""
    address = read_address(answer.final_url)
    return address.host if address else ""
