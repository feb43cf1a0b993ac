"""Keeping the text of the pages that a run of link checks reads, in a thread beside the requests.

A check waits here until its page is extracted and stored, and is then passed on, with evidence if the page has changed.
A failure of pages.db never ends the checks: it is reported once, and the other pages are not kept.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from extractor.catalogue.kept.file import change, reading, size_of, translate_errors, writing
from extractor.catalogue.kept.pruning import Bounds, drop_no_pages, prune_open
from extractor.catalogue.kept.versions import Said, keep, known, newest, see_again
from extractor.catalogue.store import reading as reading_catalogue
from extractor.errors import CatalogueError
from extractor.linkcheck import SHRUNK, asked, decode
from extractor.pagetext.likeness import is_same_version
from extractor.pagetext.reader import Reader
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from extractor.catalogue.kept.file import KeptPages
    from extractor.linkcheck import Check, Summary, Target

WAITING = 64 << 20  # bytes of waiting pages; above this, the requests wait, too
TOGETHER = 50  # pages per transaction
TEXT_CHANGED = "text changed:"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How pages are kept: the bounds, and whether to keep the HTML; `wanted` are the addresses that notes have."""

    path: Path
    bounds: Bounds = field(default_factory=Bounds)
    with_html: bool = False
    wanted: Collection[str] = ()


@dataclass(slots=True)
class Kept:
    """The result: pages kept for the first time, pages that had changed, and pages that could not be read.

    `full` counts pages not kept because the bounds were used up; `trouble` is why nothing more was kept.
    """

    new: int = 0
    changed: list[str] = field(default_factory=list)
    same: int = 0
    unread: int = 0
    full: int = 0
    trouble: CatalogueError | None = None


class Keeper:
    """Keeps the pages of checks in another thread and passes each check on to `then`; raises what `then` raises."""

    def __init__(self, keeping: Keeping, then: Callable[[Check], None]) -> None:
        self.kept = Kept()
        self._keeping = keeping
        self._then = then
        self._waiting: deque[Check] = deque()
        self._bytes = 0
        self._closed = False
        self._condition = threading.Condition()
        self._failure: BaseException | None = None
        self._seen: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="keeper")

    def take(self, check: Check) -> None:
        """Queue a check; blocks while the queue is full."""
        with self._condition:
            self._condition.wait_for(lambda: self._bytes < WAITING or self._failure is not None)
            if self._failure is not None:
                raise self._failure
            self._waiting.append(check)
            self._bytes += _size(check)
            self._condition.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            try:
                path = self._keeping.path
                with writing(path) as connection, Reader() as reader, translate_errors(path):
                    self._prune(connection)  # the bounds may have changed since the last run
                    while batch := self._next_ones():
                        self._keep(connection, reader, batch)
                    self._prune(connection)
            except CatalogueError as error:
                self.kept.trouble = error
                while batch := self._next_ones():
                    self._hand_on(batch)
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that asks
            with self._condition:
                self._failure = error
                self._condition.notify_all()

    def _next_ones(self) -> Sequence[Check]:
        """The next checks, which stay queued until they are passed on; none at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._closed)
            return [self._waiting[at] for at in range(min(len(self._waiting), TOGETHER))]

    def _hand_on(self, checks: Sequence[Check]) -> None:
        for check in checks:
            self._then(replace(check, body=None))
            with self._condition:
                self._bytes -= _size(self._waiting.popleft())
                self._condition.notify_all()

    def _keep(self, connection: KeptPages, reader: Reader, batch: Sequence[Check]) -> None:
        """Extract the pages, store them in one transaction, and only then pass the checks on."""
        said = [self._read(check, reader) for check in batch]
        with change(connection, self._keeping.path):
            evidences = [self._keep_one(connection, one) if one is not None else "" for one in said]
        self._hand_on([_with(check, evidence) for check, evidence in zip(batch, evidences, strict=True)])

    def _read(self, check: Check, reader: Reader) -> tuple[Said, bool] | None:
        """The text of a check's page, and whether hardly any is left; None if there is nothing to keep."""
        address = asked(check.url)
        if check.body is None or address in self._seen:  # addresses that differ only in their fragment share a page
            return None
        self._seen.add(address)
        markup = decode(check.body.data, check.body.content_type)
        text = reader.text_of(markup)
        if not text:
            self.kept.unread += text is None
            return None
        html = markup.encode("utf-8", "replace") if self._keeping.with_html else None
        title = check.page.title if check.page is not None else None
        return Said(address, iso(check.checked_at) or "", title, text, html), check.body.is_thin

    def _keep_one(self, connection: KeptPages, one: tuple[Said, bool]) -> str:
        """Keep the text of a page if it is new; returns the evidence of the change."""
        said, is_thin = one
        before = newest(connection, said.asked)
        if before is not None and is_same_version(before.text, said.text):
            see_again(connection, before.id, said.at, said.html)
            self.kept.same += 1
            return ""
        if before is not None and is_thin and len(said.text) * SHRUNK < len(before.text):
            # It may be an error page in the site's frame, which is not the page; nor is the page gone for good.
            return f"{TEXT_CHANGED} hardly any of what it said on {before.kept_at[:10]} is left"
        if not self._has_room(connection):
            self.kept.full += 1
            return ""
        keep(connection, said)
        if before is None:
            self.kept.new += 1
            return ""
        self.kept.changed.append(said.asked)
        return f"{TEXT_CHANGED} it differs from what it was on {before.kept_at[:10]}"

    def _has_room(self, connection: KeptPages) -> bool:
        return size_of(connection) < self._keeping.bounds.total

    def _prune(self, connection: KeptPages) -> None:
        prune_open(connection, self._keeping.path, self._keeping.bounds, self._keeping.wanted)


def targets_with_pages(targets: Sequence[Target], keeping: Keeping) -> list[Target]:
    """The same targets, marked for keeping; those never kept are requested without validators.

    Without validators a server cannot answer "not modified", so the request that is made anyway brings the page.
    """
    pages: Mapping[str, int] = {}
    with suppress(CatalogueError), reading(keeping.path) as connection:
        pages = known(connection) if connection is not None else pages
    wanted = [
        replace(target, keep_bytes=keeping.bounds.page, kept_chars=pages.get(asked(target.url), 0))
        for target in targets
    ]
    return [one if one.kept_chars else replace(one, etag=None, last_modified=None) for one in wanted]


def take_back(path: Path, keeping: Keeping, summary: Summary) -> None:
    """Delete what the run as a whole has shown not to be the page of its address."""
    with suppress(CatalogueError), reading_catalogue(path) as db:
        drop_no_pages(keeping.path, db, iso(summary.started_at) or "")


def _size(check: Check) -> int:
    return len(check.body.data) if check.body is not None else 0


def _with(check: Check, evidence: str) -> Check:
    if not evidence:
        return check
    return replace(check, evidence=f"{check.evidence}; {evidence}" if check.evidence else evidence)
