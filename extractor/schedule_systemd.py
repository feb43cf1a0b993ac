"""A schedule for systemd: a service and a timer for each command, for this user (systemd.unit(5), systemd.timer(5))."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from extractor.schedule import KINDS, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.schedule import Job

SERVICE = """\
[Unit]
Description=joplin-catalogue: {about}

[Service]
Type=oneshot
ExecStart={command}
Nice=10
IOSchedulingClass=idle
"""
TIMER = """\
[Unit]
Description=joplin-catalogue: {about}, {every}

[Timer]
OnCalendar={every}
RandomizedDelaySec=5min
Persistent=true

[Install]
WantedBy=timers.target
"""
CONTROL = ("systemctl", "--user")


def folder(environ: Mapping[str, str]) -> Path:
    """The folder of this user's units."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config").absolute() / "systemd" / "user"


def plan(jobs: Sequence[Job], name: str, units: Path) -> Plan:
    """Services and timers in the folder `units`."""
    files = {}
    for job in jobs:
        about = _line(job.about)
        command = ":" + " ".join(map(_quoted, job.command))  # the colon turns off variable substitution
        files[units / f"{name}-{job.kind}.service"] = SERVICE.format(about=about, command=command).encode()
        files[units / f"{name}-{job.kind}.timer"] = TIMER.format(about=about, every=job.every).encode()
    every = [units / f"{name}-{kind}.{end}" for kind in KINDS for end in ("service", "timer")]
    timers = [f"{name}-{job.kind}.timer" for job in jobs]
    return Plan(
        files=files,
        others=tuple(every),
        start=((*CONTROL, "daemon-reload"), (*CONTROL, "enable", "--now", *timers)),
        stop=tuple((*CONTROL, "disable", "--now", path.name) for path in every if path.suffix == ".timer"),
        hint=f"Its log: journalctl --user -u {name}-build. It runs while you are logged in, or "
        "always after `loginctl enable-linger`.",
    )


def _line(text: str) -> str:
    """Description text in a unit: % would begin a specifier, and a line break would end the setting."""
    return "".join(letter if letter.isprintable() else "?" for letter in text).replace("%", "%%").rstrip("\\")


def _quoted(word: str) -> str:
    """A word of a command line in a unit (systemd.service(5), "Command lines", and "Quoting" in systemd.syntax(7))."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + "".join(c if c.isprintable() else "".join(f"\\x{b:02x}" for b in c.encode()) for c in escaped) + '"'
