"""Charts over years as SVG: a square for each day, and the growth of a number. Nothing has to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.publish.html.formats import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SQUARE, STEP = 10, 12  # px of a day's square, and from one to the next
HEAD = 16  # px for the names of the months
WEEK = 7
LEVELS = 4
WIDTH, HEIGHT = 240, 28  # px of a growth chart


@dataclass(frozen=True, slots=True)
class Day:
    """A day with a value, a text for hover, and an address, '' for none."""

    value: int
    said: str
    href: str


def levels(values: Iterable[int]) -> Sequence[int]:
    """The least values of the second, third and fourth level, so that all levels have equally many values."""
    known = sorted(value for value in values if value > 0)
    return [known[len(known) * level // LEVELS] for level in range(1, LEVELS)] if known else []


def level_of(value: int, least: Sequence[int]) -> int:
    """The level of a value, from 1 to 4; 0 for nothing."""
    return 1 + sum(value >= one for one in least) if value > 0 else 0


def heat_map(year: int, days: Mapping[str, Day], least: Sequence[int]) -> Markup:
    """A year with a column for each week, from Monday on; the keys of `days` are like `2024-11-01`."""
    first = date(year, 1, 1)
    number = (date(year + 1, 1, 1) - first).days
    squares, shapes, names = [], list[Markup](), list[Markup]()
    for place in range(number):
        day = first + timedelta(place)
        week, weekday = divmod(place + first.weekday(), WEEK)
        x, y = week * STEP, HEAD + weekday * STEP
        if day.day == 1:
            names.append(Markup('<text x="{}" y="11">{}</text>').format(x, MONTHS[day.month - 1]))
        if (found := days.get(day.isoformat())) is None:
            squares.append(f"M{x} {y}h{SQUARE}v{SQUARE}h-{SQUARE}z")
        else:
            square = Markup(
                '<title>{}</title><rect class="heat-{}" x="{}" y="{}" width="{}" height="{}" rx="1"/>'
            ).format(found.said, level_of(found.value, least), x, y, SQUARE, SQUARE)
            link = Markup('<a href="{}" tabindex="-1">{}</a>').format(found.href, square)
            shapes.append(link if found.href else Markup("<g>{}</g>").format(square))
    width, height = 54 * STEP, HEAD + WEEK * STEP
    return Markup(
        '<svg class="chart heat" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="group" aria-label="{2}">'
        '{3}<path class="heat-0" d="{4}"/>{5}</svg>'
    ).format(
        width,
        height,
        f"Writing in {year}: {len(shapes)} days",
        Markup().join(names),
        "".join(squares),
        Markup().join(shapes),
    )


def growth(numbers: Sequence[int], about: str) -> Markup:
    """A line that shows how a number grew over time."""
    most = max(numbers, default=0) or 1
    step = WIDTH / max(len(numbers) - 1, 1)
    points = [
        f"{place * step:.1f} {HEIGHT - 1 - (HEIGHT - 3) * number / most:.1f}" for place, number in enumerate(numbers)
    ]
    line = "L".join(points)
    return Markup(
        '<svg class="growth" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">'
        '<path class="area" d="M0 {1}L{3}L{0} {1}z"/><path class="line" d="M{3}"/></svg>'
    ).format(WIDTH, HEIGHT, about, line)
