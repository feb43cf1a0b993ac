"""How many of the possible cases `make test` tries; `make torture`, which sets THOROUGH, tries all of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

THOROUGH = bool(os.environ.get("THOROUGH"))
SHARE = 4


def some(every: Iterable[T], share: int = SHARE) -> list[T]:
    """One of each `share` cases, evenly, and the last; all of them if THOROUGH is set."""
    found = list(every)
    return found if THOROUGH else [one for at, one in enumerate(found, 1) if at % share == 0 or at == len(found)]


def examples(number: int) -> int:
    """How many generated cases are tried, out of `number`."""
    return number if THOROUGH else max(number // SHARE, min(number, 15))


def use_profile() -> None:
    """Register Hypothesis's profile: no deadlines, as a busy machine makes cases slow; other tests measure time."""
    settings.register_profile(
        "tests", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("tests")
