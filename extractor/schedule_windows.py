"""A schedule for the Windows Task Scheduler: a user task for each command (schtasks, Task Scheduler schema).

The files only define the tasks: the system stores its own copy.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from extractor.schedule import KINDS, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from extractor.schedule import Every, Job

SCHEMA = "http://schemas.microsoft.com/windows/2004/02/mit/task"
BEGINNING = "2026-01-05T12:17:00"  # a past Monday: only the time of day matters
TRIGGERS: dict[Every, tuple[str, ...]] = {
    "hourly": ("TimeTrigger", "Repetition/Interval=PT1H"),
    "daily": ("CalendarTrigger", "ScheduleByDay/DaysInterval=1"),
    "weekly": ("CalendarTrigger", "ScheduleByWeek/WeeksInterval=1", "ScheduleByWeek/DaysOfWeek/Monday="),
}
SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "Priority": "8",
}


def plan(jobs: Sequence[Job], name: str, folder: Path) -> Plan:
    """Tasks, and the files in a folder that define them."""

    def path(kind: str) -> Path:
        return folder / f"{name}-{kind}.xml"

    return Plan(
        files={path(job.kind): _task(job) for job in jobs},
        others=tuple(path(kind) for kind in KINDS),
        start=tuple(
            ("schtasks", "/Create", "/F", "/TN", f"{name}-{job.kind}", "/XML", str(path(job.kind))) for job in jobs
        ),
        stop=tuple(("schtasks", "/Delete", "/F", "/TN", f"{name}-{kind}") for kind in KINDS),
        hint=f"Its last result: schtasks /Query /V /FO LIST /TN {name}-build",
    )


def _task(job: Job) -> bytes:
    task = ET.Element("Task", version="1.2", xmlns=SCHEMA)
    _set(task, "RegistrationInfo/Description", f"joplin-catalogue: {job.about}")
    kind, *details = TRIGGERS[job.every]
    trigger = ET.SubElement(ET.SubElement(task, "Triggers"), kind)
    if kind == "TimeTrigger":  # the schema requires the repetition first
        _set(trigger, *details[0].split("="))
    _set(trigger, "StartBoundary", BEGINNING)
    for detail in details if kind != "TimeTrigger" else ():
        _set(trigger, *detail.split("="))
    for setting, value in SETTINGS.items():
        _set(task, f"Settings/{setting}", value)
    program, *words = job.command
    _set(task, "Actions/Exec/Command", program)
    _set(task, "Actions/Exec/Arguments", subprocess.list2cmdline(words))
    ET.indent(task)
    text = ET.tostring(task, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-16"?>\n{text}\n'.encode("utf-16")


def _set(element: ET.Element, path: str, value: str) -> None:
    """Set the text of an element, creating missing parents."""
    for name in path.split("/"):
        found = element.find(name)
        element = ET.SubElement(element, name) if found is None else found
    element.text = value or None
