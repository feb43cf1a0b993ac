"""Hostile notes: how time and space grow if they are twice as long."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from catalogues import catalogue
from test_growth import BODIES, NOTE, PER_HEADING, PER_LINK, PER_NOTE

from extractor.joplin.items import Note

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 8_000  # headings or links in the shorter of two notes
MOST = 2.5  # times as long for twice the note; 2.2 on an idle machine, and 4 if it grows quadratically


def run(folder: Path, size: int = SIZE) -> tuple[Counter[str], list[str]]:
    """Build each kind of note in two lengths; returns figures and failures."""
    figures: Counter[str] = Counter()
    failed: list[str] = []
    empty, _ = _build(folder / "empty", "")
    for name, body in BODIES.items():
        costs = []
        for times in (1, 2):
            # The shortest of three times: garbage collection disturbs some of them.
            tries = [_build(folder / f"{name} {times} {one}", body(times * size)) for one in range(3)]
            bytes_, seconds = min(tries, key=lambda one: one[1])
            links = 0 if name.endswith("headings") else times * size
            headings = times * size if "headings" in name or "sections" in name else 1
            allowed = PER_NOTE * len(body(times * size)) + PER_LINK * links + PER_HEADING * headings
            costs.append(seconds)
            if bytes_ - empty > allowed:
                failed.append(f"{name}, {times * size:,}: {bytes_ - empty:,} bytes, {allowed:,} are allowed")
        figures["notes"] += 2
        print(f"  {name:20} {2 * size:,}: {costs[1]:5.1f} s, {costs[1] / costs[0]:.2f} times {costs[0]:.1f} s; "
              f"{bytes_ / 1e6:.1f} MB of {allowed / 1e6:.1f} MB", flush=True)  # fmt: skip
        if costs[1] > MOST * costs[0]:
            failed.append(f"{name}: {costs[1]:.1f} s for twice the note of {costs[0]:.1f} s")
    return figures, failed


def _build(folder: Path, body: str) -> tuple[int, float]:
    folder.mkdir()
    start = time.process_time()
    db = catalogue(folder, Note(id=NOTE, updated_time=1, title="Log", body=body))
    return db.stat().st_size, time.process_time() - start
