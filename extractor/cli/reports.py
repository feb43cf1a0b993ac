"""The result of link checks on standard output, for other programs: one document of every result."""

from __future__ import annotations

import csv
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import click

from extractor.names import SEPARATOR
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.link_check_run import Outcome, Result

FAILED = {"dead", "suspect", "failing"}
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # the start of a cell that a spreadsheet would run (OWASP, CSV injection)


@dataclass(frozen=True, slots=True)
class Copies:
    """The archived copies found, and when pages were last kept, both by the keys of the checks."""

    archived: Mapping[int, str | None]
    kept: Mapping[int, str]


def write(outcome: Outcome, format_: str, copies: Copies) -> None:
    """Print every checked address with its verdict, its health, its places, and its copies."""
    {"json": _json, "jsonl": _jsonl, "csv": _csv, "junit": _junit}[format_](outcome, copies)


def fields(result: Result, copies: Copies) -> dict[str, object]:
    """One address as plain values; `pages show` prints what was kept at `kept_at`."""
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
        "doubt": check.kind and str(check.kind),
        "archived": copies.archived.get(check.key),
        "kept_at": copies.kept.get(check.key),
        "places": list(result.places),
    }


def _json(outcome: Outcome, copies: Copies) -> None:
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
                "not_asked": dict(summary.left_out),
                "results": [fields(result, copies) for result in outcome.results],
            },
            ensure_ascii=False,
            indent=1,
        )
    )


def _jsonl(outcome: Outcome, copies: Copies) -> None:
    for result in outcome.results:
        click.echo(json.dumps(fields(result, copies), ensure_ascii=False))


def _csv(outcome: Outcome, copies: Copies) -> None:
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
        "doubt",
        "archived",
        "kept_at",
    )
    out = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    out.writeheader()
    for result in outcome.results:
        for place in result.places or ({},):
            out.writerow({key: _defused(value) for key, value in {**fields(result, copies), **place}.items()})


def _defused(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: titles and addresses are untrusted text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _junit(outcome: Outcome, copies: Copies) -> None:
    """One test case per address; dead, suspect or failing ones are failures, unchecked ones are skipped."""
    del copies  # the format has no place for them
    suite = ET.Element("testsuite", name="links", tests=str(len(outcome.results)))
    failures = skipped = 0
    for result in outcome.results:
        first = result.places[0] if result.places else {}
        where = SEPARATOR.join(str(part) for part in (first.get("note"), first.get("section")) if part)
        case = ET.SubElement(suite, "testcase", classname=_xml(where or "links"), name=_xml(result.check.url))
        verdict = str(result.check.verdict)
        if result.health in FAILED:
            failures += 1
            failure = ET.SubElement(case, "failure", type=result.health, message=verdict)
            failure.text = _xml(result.check.error or result.check.evidence or "")
        elif verdict == "skipped":
            skipped += 1
            ET.SubElement(case, "skipped", message=_xml(result.check.evidence or ""))
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    click.echo(ET.tostring(suite, encoding="unicode"))


def _xml(text: str) -> str:
    """Text that is valid in XML, whatever a title contains."""
    return NOT_IN_XML.sub("\ufffd", text)
