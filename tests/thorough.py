"""How much of what could be tried for ever `make test` tries; `make torture` tries all of it."""

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
    """One of so many, evenly, and the last; all of them where it is to be thorough."""
    found = list(every)
    return found if THOROUGH else [one for at, one in enumerate(found, 1) if at % share == 0 or at == len(found)]


def examples(number: int) -> int:
    """Of so many made up cases how many are tried now."""
    return number if THOROUGH else max(number // SHARE, min(number, 15))


def use_profile() -> None:
    """How long something takes is measured by tests of that alone: a busy machine makes no case slow."""
    settings.register_profile(
        "tests", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("tests")
