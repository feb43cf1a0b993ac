"""The summary of link checks: verdicts, what was not checked and why, and what changed since last time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from extractor.cli.build_summary import how_to_browse
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from extractor.link_check_run import Outcome, Result

MOST_SHOWN = 20
REASONS_SHOWN = 3
NOT_PUBLIC = "is not public"


def summarize(outcome: Outcome, path: Path) -> None:
    """Print what was found, and what changed since last time."""
    summary = outcome.summary
    _say_how_many(outcome, path)
    for verdict, count in sorted(summary.verdicts.items(), key=lambda pair: -pair[1]):
        click.echo(f"  {verdict:<18}{count:>8,}")
        if verdict == "skipped":
            _say_why_skipped(outcome)
    _say_why_left_out(summary.left_out)
    if summary.interrupted:
        click.echo("Stopped. All results so far are saved; the next run continues from there.")
    if summary.away_since is not None:
        _say_who_is_away(outcome)
    show_some("Died since last time", map(with_places, outcome.became("dead")))
    show_some("In doubt since last time", map(with_places, outcome.became("suspect")))
    show_some("Moved permanently", (f"{r.check.url} → {r.check.final_url}" for r in outcome.became("moved")))
    show_some("Came back", (r.check.url for r in outcome.came_back))
    if any(result.health == "dead" for result in outcome.results):
        click.echo(f"\nAll dead links with their notes: `{how_to_browse(path)}`, view dead_links")


def _say_how_many(outcome: Outcome, path: Path) -> None:
    """The first line: how many were checked, and why others were not."""
    summary = outcome.summary
    skipped = [result.check for result in outcome.results if result.check.verdict == "skipped"]
    beside = (
        (outcome.plan.fresh, "checked recently"),
        (outcome.plan.ignored, "ignored"),
        (summary.others, "left to another run"),
        (sum(NOT_PUBLIC in (one.evidence or "") for one in skipped), "not public: --allow-private checks them, too"),
    )
    rest = ", ".join(f"{count:,} {why}" for count, why in beside if count)
    seconds = (summary.finished_at - summary.started_at) / 1000
    checked, due = summary.checked - len(skipped), len(outcome.plan.targets)
    click.echo(f"{path}: {checked:,} of {due:,} addresses checked in {seconds:.1f} s" + (f" ({rest})" if rest else ""))


def with_places(result: Result) -> str:
    """An address with its first place, and the reason for its health."""
    check = result.check
    why = f" ({check.kind})" if check.kind else ""
    if not result.places:
        return check.url + why
    first = result.places[0]
    where = SEPARATOR.join(str(part) for part in (first["note"], first["section"]) if part)
    more = f", and {len(result.places) - 1:,} more" if len(result.places) > 1 else ""
    return f"{check.url}{why}\n    in {where}{more}"


def shown(text: str) -> str:
    """Text that is safe to print: control characters could drive a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _say_who_is_away(outcome: Outcome) -> None:
    if outcome.summary.intercepted:
        click.echo(
            "Something else answers for every host, such as a network that requires a login: none of these "
            f"{outcome.disregarded:,} checks count. Log in, then try again."
        )
        return
    click.echo(
        f"The network seems to be down: nothing was marked dead, and {outcome.disregarded:,} of these checks do not "
        "count. Try again when it is back."
    )


def _say_why_skipped(outcome: Outcome) -> None:
    """Print the most common reasons why addresses were skipped."""
    given = [result.check.evidence or "" for result in outcome.results if result.check.verdict == "skipped"]
    reasons = Counter(given)
    for reason, count in reasons.most_common(REASONS_SHOWN):
        click.echo(f"    {shown(reason)}" + (f" ({count:,} addresses)" if count > 1 else ""))
    if len(reasons) > REASONS_SHOWN:
        click.echo("    ... more reasons in the column `evidence` of `checks`")


def _say_why_left_out(left_out: Mapping[str, int]) -> None:
    if not left_out:
        return
    click.echo(f"  {sum(left_out.values()):,} not checked in this run; they come first in the next one:")
    for reason, count in sorted(left_out.items(), key=lambda pair: -pair[1])[:REASONS_SHOWN]:
        click.echo(f"    {shown(reason)} ({count:,} address{'es' if count > 1 else ''})")
    if len(left_out) > REASONS_SHOWN:
        click.echo("    ... more reasons in the table `left_out`")


def show_some(title: str, lines: Iterable[str]) -> None:
    """Print the first of these lines, and the number of the rest; nothing if there are none."""
    lines = list(lines)
    if lines:
        click.echo(f"\n{title}:")
        for line in lines[:MOST_SHOWN]:
            click.echo(f"  {shown(line)}")
        if len(lines) > MOST_SHOWN:
            click.echo(f"  and {len(lines) - MOST_SHOWN:,} more")
