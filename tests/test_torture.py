"""A short form of each torture; `make torture` is the long one."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from bench.torture import faults, fuzz, kills, servers

if TYPE_CHECKING:
    from pathlib import Path

SEED = 1
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


def test_kills(tmp_path: Path) -> None:
    figures, failed = kills.run(3, random.Random(SEED), tmp_path, notes=3)  # noqa: S311 -- chance is no secret
    assert failed == []
    assert figures["killed in time"] + figures["had ended"] == 3


def test_faults(tmp_path: Path) -> None:
    figures, failed = faults.run(6, random.Random(SEED), tmp_path)  # noqa: S311 -- chance is no secret
    assert failed == []
    assert figures.total() == 6


def test_odd_input() -> None:
    figures, failed = fuzz.run(2, random.Random(SEED))  # noqa: S311 -- chance is no secret
    assert failed == []
    assert min(figures["read"], figures["refused"]) > 0


def test_hostile_servers() -> None:
    figures, failed = servers.run(2, random.Random(SEED))  # noqa: S311 -- chance is no secret
    assert failed == []
    assert figures["checks"] > 0
