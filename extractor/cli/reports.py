"""The result of link checks on standard output: a summary for people, or every result for other programs."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import click

from extractor.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.checking import Outcome, Result

FAILED = {"dead", "failing"}
MOST_SHOWN = 20
REASONS_SHOWN = 3


def write(outcome: Outcome, format_: str) -> None:
    """Print every checked address with its verdict, its health, and the places where it stands."""
    {"json": _json, "jsonl": _jsonl, "csv": _csv, "junit": _junit}[format_](outcome)


def fields(result: Result) -> dict[str, object]:
    """One address as plain values."""
    check = result.check
    return {
        "url": check.url,
        "verdict": str(check.verdict),
        "health": result.health,
        "health_before": result.before,
        "status": check.status,
        "checked_at": iso(check.checked_at),
        "final_url": check.final_url,
        "permanent": check.permanent,
        "redirects": [{"status": hop.status, "url": hop.url, "location": hop.location} for hop in check.redirects],
        "error": check.error,
        "evidence": check.evidence,
        "places": list(result.places),
    }


def _json(outcome: Outcome) -> None:
    summary = outcome.summary
    click.echo(
        json.dumps(
            {
                "started_at": iso(summary.started_at),
                "finished_at": iso(summary.finished_at),
                "verdicts": {str(verdict): count for verdict, count in summary.verdicts.items()},
                "network_away": summary.away_since is not None,
                "interrupted": summary.interrupted,
                "left_out": {"fresh": outcome.plan.fresh, "ignored": outcome.plan.ignored},
                "results": [fields(result) for result in outcome.results],
            },
            ensure_ascii=False,
            indent=1,
        )
    )


def _jsonl(outcome: Outcome) -> None:
    for result in outcome.results:
        click.echo(json.dumps(fields(result), ensure_ascii=False))


def _csv(outcome: Outcome) -> None:
    columns = (
        "url",
        "verdict",
        "health",
        "status",
        "final_url",
        "checked_at",
        "note",
        "section",
        "line",
        "error",
        "evidence",
    )
    out = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    out.writeheader()
    for result in outcome.results:
        for place in result.places or ({},):
            out.writerow({**fields(result), **place})


def _junit(outcome: Outcome) -> None:
    """One test case an address; what is dead or failing is a failure, what was not asked is skipped."""
    suite = ET.Element("testsuite", name="links", tests=str(len(outcome.results)))
    failures = skipped = 0
    for result in outcome.results:
        first = result.places[0] if result.places else {}
        where = " › ".join(str(part) for part in (first.get("note"), first.get("section")) if part)
        case = ET.SubElement(suite, "testcase", classname=where or "links", name=result.check.url)
        verdict = str(result.check.verdict)
        if result.health in FAILED:
            failures += 1
            failure = ET.SubElement(case, "failure", type=result.health, message=verdict)
            failure.text = result.check.error or result.check.evidence or ""
        elif verdict == "skipped":
            skipped += 1
            ET.SubElement(case, "skipped", message=result.check.evidence or "")
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    click.echo(ET.tostring(suite, encoding="unicode"))


def summarize(outcome: Outcome, path: Path) -> None:
    """Say what was found, and what changed since last time."""
    summary = outcome.summary
    left_out = [
        f"{count:,} {why}"
        for count, why in ((outcome.plan.fresh, "checked lately"), (outcome.plan.ignored, "ignored"))
        if count
    ]
    rest = f" ({', '.join(left_out)})" if left_out else ""
    seconds = (summary.finished_at - summary.started_at) / 1000
    click.echo(
        f"{path}: {summary.checked:,} of {len(outcome.plan.targets):,} addresses checked in {seconds:.1f} s{rest}"
    )
    for verdict, count in sorted(summary.verdicts.items(), key=lambda pair: -pair[1]):
        click.echo(f"  {verdict:<18}{count:>8,}")
        if verdict == "skipped":
            _say_why(outcome)
    if summary.interrupted:
        click.echo("Stopped. What came until then is kept; the next run goes on from there.")
    if summary.away_since is not None:
        click.echo(
            f"The network seems to be away: nothing was marked dead, and {outcome.disregarded:,} of these checks count "
            "for nothing. Try again when it is back."
        )
    _show("Died since last time", [r.check.url for r in outcome.became("dead")])
    _show("Moved for good", [f"{r.check.url} → {r.check.final_url}" for r in outcome.became("moved")])
    _show("Came back", [r.check.url for r in outcome.came_back])
    if any(result.health == "dead" for result in outcome.results):
        click.echo("\nWhere the dead ones stand: make serve, then `dead_links`.")


def _say_why(outcome: Outcome) -> None:
    """Say why addresses were skipped: the commonest reasons."""
    given = (result.check.evidence for result in outcome.results if result.check.verdict == "skipped")
    # Of a host that is not asked, the first address has the reason, and each other one that it was not asked for it.
    reasons = Counter((evidence or "").removeprefix("not asked: ") for evidence in given)
    for reason, count in reasons.most_common(REASONS_SHOWN):
        click.echo(f"    {reason}" + (f" ({count:,} addresses)" if count > 1 else ""))
    if len(reasons) > REASONS_SHOWN:
        click.echo("    ... and others: `evidence` in the table `checks`")


def _show(title: str, lines: list[str]) -> None:
    if lines:
        click.echo(f"\n{title}:")
        for line in lines[:MOST_SHOWN]:
            click.echo(f"  {line}")
        if len(lines) > MOST_SHOWN:
            click.echo(f"  and {len(lines) - MOST_SHOWN:,} more")
