"""Which links are dead: takes addresses and returns results; knows neither notes nor the database."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from extractor.linkcheck.answer import SOFT_FAILURES, Doubt, Hop, Verdict
from extractor.linkcheck.health import (
    BURIED,
    DEAD_AFTER_DAYS,
    DEAD_AFTER_TIMES,
    FAILURES,
    NOT_FOUND,
    NOTHING_SAID,
    Health,
    health_from,
    is_due,
    urgency,
)

if TYPE_CHECKING:
    from extractor.linkcheck.check import Body, Check, Summary, asked
    from extractor.linkcheck.facts import PageFacts, has_changed
    from extractor.linkcheck.landing import many_to_one
    from extractor.linkcheck.options import USER_AGENT, Options, Target
    from extractor.linkcheck.page import decode
    from extractor.linkcheck.run import check_all, run_checks
    from extractor.linkcheck.saving import public_only, save_copies
    from extractor.linkcheck.verdict import SHRUNK
    from extractor.linkcheck.wayback import WAYBACK, Found, Snapshot, Wanted, find_snapshots, run_snapshots

LOADED_LATER = {
    "check": ("Body", "Check", "Summary", "asked"),
    "facts": ("PageFacts", "has_changed"),
    "landing": ("many_to_one",),
    "options": ("USER_AGENT", "Options", "Target"),
    "page": ("decode",),
    "run": ("check_all", "run_checks"),
    "saving": ("public_only", "save_copies"),
    "verdict": ("SHRUNK",),
    "wayback": ("WAYBACK", "Found", "Snapshot", "Wanted", "find_snapshots", "run_snapshots"),
}
"""What asks on the network, by modules: who only names verdicts, as builds and pages do, needs none of it."""

__all__ = [
    "BURIED",
    "DEAD_AFTER_DAYS",
    "DEAD_AFTER_TIMES",
    "FAILURES",
    "NOTHING_SAID",
    "NOT_FOUND",
    "SHRUNK",
    "SOFT_FAILURES",
    "USER_AGENT",
    "WAYBACK",
    "Body",
    "Check",
    "Doubt",
    "Found",
    "Health",
    "Hop",
    "Options",
    "PageFacts",
    "Snapshot",
    "Summary",
    "Target",
    "Verdict",
    "Wanted",
    "asked",
    "check_all",
    "decode",
    "find_snapshots",
    "has_changed",
    "health_from",
    "is_due",
    "many_to_one",
    "public_only",
    "run_checks",
    "run_snapshots",
    "save_copies",
    "urgency",
]


def __getattr__(name: str) -> object:
    for module, names in LOADED_LATER.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(name)
