"""Archived copies: `check-links --archive` finds those of lost pages, `--save` requests those of living ones."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from extractor.cli.check_summary import shown
from extractor.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.catalogue.check_plan import Plan
    from extractor.link_check_run import Outcome
    from extractor.linkcheck import Found, Options


@dataclass(frozen=True, slots=True)
class Talk:
    """The archive to use, and where to report the result: on stderr (`err`) if stdout is for programs."""

    service: str
    quiet: bool
    err: bool

    def say(self, text: str) -> None:
        """Print a message, unless `quiet`."""
        if not self.quiet:
            click.echo(text, err=self.err)


def look_up_copies(outcome: Outcome, path: Path, asking: Options, talk: Talk) -> dict[int, str | None]:
    """Look up copies of lost pages; returns those found, by the keys of the addresses."""
    from extractor.link_check_run import archive  # noqa: PLC0415 -- heavy imports only where used

    counts: Counter[str] = Counter()
    copies: dict[int, str | None] = {}

    def on_found(found: Found) -> None:
        copies[found.key] = found.snapshot.url if found.snapshot else None
        counts["error" if found.error else "found" if found.snapshot else "none"] += 1

    total = archive(path, asking, talk.service, on_found, [one.check.key for one in outcome.results])
    if total:
        talk.say(
            f"\nArchived copies: {counts['found']:,} found for {total:,} lost addresses, {counts['none']:,} not "
            f"archived, {counts['error']:,} without an answer."
        )
    return copies


def make_copies(chosen: Plan, path: Path, asking: Options, talk: Talk) -> None:
    """Request copies of living pages, after listing what is sent to whom."""
    from extractor.link_check_run import copies_to_make, save  # noqa: PLC0415 -- heavy imports only where used

    wanted = copies_to_make(path, chosen)
    if not wanted:
        talk.say("\nNothing to save: every living page has a known archived copy, or must not be sent to an archive.")
        return
    click.echo(
        f"\nThese {len(wanted):,} addresses will be sent to {talk.service}, where anyone can read them:", err=True
    )
    for one in wanted:
        click.echo(f"  {shown(one.url)}", err=True)
    if sys.stdin.isatty() and not click.confirm("Send them?", err=True):
        raise ConfigError("Nothing was sent.", "Exclude addresses with `joplin-catalogue ignore` or --exclude.")
    counts: Counter[str] = Counter()
    save(path, wanted, asking, talk.service, lambda found: counts.update(["made" if found.snapshot else "not"]))
    talk.say(f"\nArchived copies: {counts['made']:,} of {len(wanted):,} living pages now have one.")
