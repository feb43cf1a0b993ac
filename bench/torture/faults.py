"""File operations that fail, and full disks: there has to be a one-line message, and no content may be lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import test_faults

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

SIZES = (0, 1_000_000)  # bytes that a file may grow to
OPERATIONS = 40


def run(count: int, chance: Random, folder: Path) -> tuple[Counter[str], list[str]]:
    """Let `count` operations fail; returns figures and failures."""
    test_faults.install()
    figures: Counter[str] = Counter()
    failed: list[str] = []
    original = test_faults.originals(folder)
    (folder / "tmp").mkdir()
    for _ in range(count):
        name = chance.choice([*test_faults.CASES])
        case = test_faults.CASES[name]
        work = test_faults.fresh(original, folder / "work", case)
        before = test_faults.state(work)
        if chance.random() < 0.5:  # noqa: PLR2004 -- a coin
            at = chance.randrange(1, OPERATIONS)
            what = f"{name}, operation {at}"
            with test_faults.failing(at, chance.choice(test_faults.KINDS), work, folder / "tmp"):
                result = test_faults.run(case.words, work)
        else:
            size = int(SIZES[1] ** chance.random())
            what = f"{name}, {size} bytes"
            with test_faults.full_after(size):
                result = test_faults.run(case.words, work)
        figures["failed with a line" if result.exit_code else "went on"] += 1
        try:
            test_faults.check(result, what)
            if result.exit_code == 1:
                test_faults.run("log Log --db {folder}/catalogue.db", work)
                assert test_faults.state(work) == before, f"{what}: the content is another"  # noqa: S101
        except AssertionError as error:
            failed.append(str(error)[:300])
    return figures, failed
