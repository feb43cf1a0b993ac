"""A schedule for launchd on macOS: a user agent for each command (launchd.plist(5), launchctl(1))."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING

from extractor.schedule import KINDS, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from extractor.schedule import Every, Job

# Runs missed during sleep happen on waking. Not on the hour, when other programs run.
TIMES: dict[Every, dict[str, int]] = {
    "hourly": {"Minute": 17},
    "daily": {"Hour": 12, "Minute": 17},
    "weekly": {"Weekday": 1, "Hour": 12, "Minute": 17},
}


def plan(jobs: Sequence[Job], name: str, home: Path, user_id: int) -> Plan:
    """Agents for the user with this home folder and id."""
    agents, logs = home / "Library" / "LaunchAgents", home / "Library" / "Logs"
    domain = f"gui/{user_id}"

    def path(kind: str) -> Path:
        return agents / f"{name}.{kind}.plist"

    files = {
        path(job.kind): plistlib.dumps(
            {
                "Label": f"{name}.{job.kind}",
                "ProgramArguments": list(job.command),
                "StartCalendarInterval": TIMES[job.every],
                "ProcessType": "Background",
                "LowPriorityIO": True,
                "StandardOutPath": str(logs / f"{name}.log"),
                "StandardErrorPath": str(logs / f"{name}.log"),
            },
            sort_keys=False,
        )
        for job in jobs
    }
    return Plan(
        files=files,
        others=tuple(path(kind) for kind in KINDS),
        start=tuple(("launchctl", "bootstrap", domain, str(path(job.kind))) for job in jobs),
        stop=tuple(("launchctl", "bootout", f"{domain}/{name}.{kind}") for kind in KINDS),
        hint=f"Its log: {logs / f'{name}.log'}",
    )
