"""A run: many addresses, each requested at the pace of its host, with results as they arrive.

Up to `Options.concurrency` connections work at once, each for one host until nothing is left there, so that a host's
connections are used and then closed. A host that hangs, or asks to wait, makes room for others and continues in the
late lane; if it still hangs, it is given up for this run, without a result for its other addresses.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from extractor.linkcheck.check import Summary, asked, not_asked, record, without_asking
from extractor.linkcheck.failures import LeftOut
from extractor.linkcheck.hosts import Hosts
from extractor.linkcheck.interrupts import run_until_interrupted
from extractor.linkcheck.oracles import consult
from extractor.linkcheck.outage import Outage
from extractor.linkcheck.patience import MayPassError, may_pass, retries
from extractor.linkcheck.probe import Probes
from extractor.linkcheck.reachable import away_since, intercepted_since
from extractor.linkcheck.resolve import look_up
from extractor.linkcheck.scheduler import Queue, Slot
from extractor.linkcheck.verdict import doubt_if_shrunk, judge
from extractor.linkcheck.ways import ask, ask_by_https
from extractor.times import now_ms
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from extractor.linkcheck.answer import Answer, Judgement, Verdict
    from extractor.linkcheck.check import Check
    from extractor.linkcheck.hosts import Host
    from extractor.linkcheck.options import Options, Target
    from extractor.linkcheck.resolve import Lookup

_CLAIMED_AT_ONCE = 64  # entries
# Once this much was freed, glibc keeps memory that is freed later (mallopt(3), "M_MMAP_THRESHOLD"); otherwise it
# returns the memory of each parsed page to the system, and requests it again for the next one.
_FREED_AT_ONCE = 4 * 1024 * 1024


async def check_all(
    targets: Iterable[Target],
    options: Options,
    on_check: Callable[[Check], None],
    *,
    on_left_out: Callable[[int, str], None] = lambda _key, _reason: None,
    claim: Callable[[Collection[int]], Collection[int]] = lambda keys: keys,
    known_alive: Sequence[str] = (),
    lookup: Lookup = look_up,
) -> Summary:
    """Check all addresses, most urgent first, calling `on_check` with each result in this task's thread.

    `on_left_out` gets the key of each address that was not checked, and the reason. `claim` gets the keys of the next
    addresses and returns those that no other run has claimed; only these are checked. `known_alive` are addresses that
    answered last time: if nothing answers, a few of them are requested to see whether the network is up. When
    cancelled, it stops at once; there are no results beyond those passed to `on_check`. An exception of `on_check` ends
    the run and is raised.
    """
    return await _Run(options, (on_check, on_left_out, claim), known_alive, lookup).all(targets)


def run_checks(
    targets: Iterable[Target],
    options: Options,
    on_check: Callable[[Check], None],
    *,
    on_left_out: Callable[[int, str], None] = lambda _key, _reason: None,
    claim: Callable[[Collection[int]], Collection[int]] = lambda keys: keys,
    known_alive: Sequence[str] = (),
    lookup: Lookup = look_up,
) -> Summary:
    """The synchronous `check_all`; Ctrl-C and SIGTERM end it with the summary of the results so far."""
    run = _Run(options, (on_check, on_left_out, claim), known_alive, lookup)
    try:
        return run_until_interrupted(run.all(targets))
    except KeyboardInterrupt:
        return run.summary(interrupted=True)


class _Run:
    def __init__(
        self,
        options: Options,
        calls: tuple[Callable[[Check], None], Callable[[int, str], None], Callable[[Collection[int]], Collection[int]]],
        known_alive: Sequence[str],
        lookup: Lookup,
    ) -> None:
        self._options = options
        self._on_check, self._on_left_out, self._claim = calls
        self._others = 0  # the number being checked by another run
        self._known_alive = known_alive
        self._lookup = lookup
        self._main = asyncio.Semaphore(options.concurrency)
        self._late = asyncio.Semaphore(options.concurrency)
        self._verdicts: Counter[Verdict] = Counter()
        self._left_out: Counter[str] = Counter()
        self._alike: dict[int, list[Target]] = {}  # by the key of the requested one: the others that get its answer
        self._started_at = now_ms()
        self._outage = Outage(self._started_at)

    def summary(self, since: int | None = None, *, intercepted: bool = False, interrupted: bool = False) -> Summary:
        if interrupted and not self._outage.answered:
            since = self._outage.suspected_since()
        return Summary(
            self._started_at,
            now_ms(),
            dict(self._verdicts),
            since,
            interrupted,
            intercepted,
            dict(self._left_out),
            self._others,
        )

    async def all(self, targets: Iterable[Target]) -> Summary:
        bytes(_FREED_AT_ONCE)
        hosts = Hosts(self._options, self._lookup)
        probes = Probes(hosts)
        try:
            async with asyncio.TaskGroup() as group:
                entries = self._queues(self._asked_once(targets))
                for place, queue in enumerate(entries):
                    await self._main.acquire()
                    self._claim_next(entries, place)
                    group.create_task(self._serve(queue, hosts, probes))
            since = await away_since(self._outage, self._known_alive, hosts)
            if since is not None:
                return self.summary(since)
            since = await intercepted_since(self._outage, self._known_alive, hosts)
            return self.summary(since, intercepted=since is not None)
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await hosts.close()

    def _asked_once(self, targets: Iterable[Target]) -> Iterable[Target]:
        """The first of those with the same request, such as those that differ only in their fragments."""
        first: dict[str, Target] = {}
        for target in targets:
            one = first.setdefault(asked(target.url), target)
            if one is not target:
                self._alike.setdefault(one.key, []).append(target)
        return first.values()

    def _queues(self, targets: Iterable[Target]) -> list[Queue]:
        """One entry per connection, in the order of its first remaining address."""
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

    def _claim_next(self, entries: Sequence[Queue], place: int) -> None:
        """Claim the addresses of the next hosts, many at a time; those of another run are left to it."""
        if place % _CLAIMED_AT_ONCE:
            return
        queues = {id(queue): queue for queue in entries[place : place + _CLAIMED_AT_ONCE]}.values()
        new = [queue for queue in queues if not queue.claimed]
        free = frozenset(self._claim([target.key for queue in new for target in queue.targets]))
        for queue in new:
            queue.claimed = True
            for target in [target for target in queue.targets if target.key not in free]:
                queue.targets.remove(target)
                self._others += 1 + len(self._alike.get(target.key, ()))

    async def _serve(self, queue: Queue, hosts: Hosts, probes: Probes) -> None:
        """One connection's work: the addresses of one host until none is left."""
        place = Slot(self._main, held=True)
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
        self, target: Target, queue: Queue, host: Host, hosts: Hosts, probes: Probes, place: Slot
    ) -> Check:
        """Check one address, trying every way before a failure counts; raises LeftOut."""
        if reason := queue.left_out(target.url):
            raise LeftOut(reason)
        checked_at = now_ms()
        answer, judgement = await self._ask(target, queue, host, hosts, place)
        if _host_of(answer) == queue.host:  # a redirect may have led to another host, which then caused this
            queue.note(answer, judgement)
        self._outage.note(queue.host, answer, checked_at, now_ms())
        answer, judgement = await ask_by_https(answer, judgement, hosts, target.keep_bytes)
        judgement = doubt_if_shrunk(answer, await consult(answer, judgement, hosts), target.kept_chars)
        judgement = await probes.weigh(answer, judgement)
        return record(target, checked_at, answer, judgement)

    async def _ask(
        self, target: Target, queue: Queue, host: Host, hosts: Hosts, place: Slot
    ) -> tuple[Answer, Judgement]:
        """Request until there is an answer, or no hope of one."""

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
                # retry after a timeout, whatever the option says: a HEAD may have caused it
                async for retry in retries(self._options, MayPassError, 1 + max(self._options.retries, 1)):
                    with retry:
                        if retry.num > 1:
                            answer, judgement, wait = await attempt(retry.num)
                        if wait is not False:
                            place.leave()
                            raise MayPassError(wait)
        return answer, judgement

    def _give(self, check: Check) -> None:
        alike = [replace(check, key=target.key, url=target.url) for target in self._alike.get(check.key, ())]
        for one in (check, *alike):
            self._verdicts[one.verdict] += 1
            self._on_check(one)

    def _leave_out(self, target: Target, reason: str) -> None:
        for one in (target, *self._alike.get(target.key, ())):
            self._left_out[reason] += 1
            self._on_left_out(one.key, reason)


def _host_of(answer: Answer) -> str:
    """The host that answered, or failed to, last."""
    address = read_address(answer.final_url)
    return address.host if address else ""
