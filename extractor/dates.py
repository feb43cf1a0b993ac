"""How to write a date of which only the latest possible day is known."""

from __future__ import annotations

NOT_KNOWN = "earlier, day not known"
"""What lists and charts by date call all of those together."""


def at_or_by(shown: str, is_dated: object) -> str:
    """A date in any form, such as `1 Oct 2026`; `by 1 Oct 2026` if it is only a bound."""
    return shown if is_dated or not shown else "by " + shown
