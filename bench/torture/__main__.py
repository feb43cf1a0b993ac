"""Torture: kills, faults, odd input, hostile notes and hostile servers; prints figures, and exits with 1 on a failure.

    python -m bench.torture [--kills 300] [--faults 200] [--seconds 60] [--seed N]

A short form of each is among the tests (tests/test_torture.py).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from bench.torture import faults, fuzz, kills, notes, servers


def main() -> int:
    """Run everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300, help="how many processes are killed")
    parser.add_argument("--faults", type=int, default=200, help="how many file operations fail")
    parser.add_argument("--seconds", type=float, default=60, help="how long odd input is made")
    parser.add_argument("--seed", type=int, default=None, help="the same once more")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else time.time_ns() % 1_000_000
    print(f"seed {seed}")
    failures: list[str] = []
    for name, run in (
        ("kills", lambda chance, folder: kills.run(given.kills, chance, folder)),
        ("faults", lambda chance, folder: faults.run(given.faults, chance, folder)),
        ("fuzz", lambda chance, _: fuzz.run(given.seconds, chance)),
        ("hostile notes", lambda _, folder: notes.run(folder)),
        ("hostile servers", lambda chance, _: servers.run(given.seconds / 4, chance)),
    ):
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            figures, failed = run(random.Random(seed), Path(folder))
        print(f"{name}: {', '.join(f'{count:,} {what}' for what, count in figures.items())}; "
              f"{len(failed)} failures; {time.monotonic() - start:.0f} s", flush=True)  # fmt: skip
        failures += [f"{name}: {one}" for one in failed]
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
