"""The history of a note as a strip of bars: one for each moment, its height by what was added and removed."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from extractor.publish.html.formats import day_of, human_month

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UP, DOWN, FOOT = 30, 16, 16  # px above and below the line, and for the months
WIDEST, NARROWEST, WIDTH = 56, 5, 1120  # px from bar to bar (at most, at least), and of all bars if they fit
THICKEST = 20
MOST_SHOWN = 200  # moments around the chosen one
MONTH_ROOM = 64  # px for the name of a month


@dataclass(frozen=True, slots=True)
class Moment:
    """A revision, or (`revision_id` None) the note as last read, if it differs from its latest revision.

    The latter is the current note or, if `is_now` is false, its last known text.

    A lost revision whose text is known from later ones has neither number nor time, and is not a step of the history.
    """

    number: int | None
    revision_id: str | None
    captured_at: str | None
    summary: str
    state: str
    added: int
    removed: int
    is_echo: bool
    is_now: bool = True

    @property
    def name(self) -> str:
        """`#14`, `lost`, `now`, or `last`."""
        if self.revision_id is None:
            return "now" if self.is_now else "last"
        return f"#{self.number}" if self.number else "lost"

    @property
    def at(self) -> str:
        """Its name in an address."""
        return self.revision_id or "now" if not self.number else str(self.number)


@dataclass(frozen=True, slots=True)
class Window:
    """The moments that are shown, from the index `first`, and how many come `before` and `after` them."""

    shown: Sequence[Moment]
    first: int
    after: int

    @property
    def before(self) -> int:
        """How many moments come before those shown."""
        return self.first

    @property
    def last(self) -> int:
        """The index of the last moment shown."""
        return self.first + len(self.shown) - 1


def window_of(moments: Sequence[Moment], chosen: int) -> Window:
    """At most MOST_SHOWN moments around the chosen one."""
    first = max(min(chosen - MOST_SHOWN // 2, len(moments) - MOST_SHOWN), 0)
    shown = moments[first : first + MOST_SHOWN]
    return Window(shown, first, len(moments) - first - len(shown))


def strip(moments: Sequence[Moment], chosen: int, address: Callable[[Moment], str], total: int | None = None) -> Markup:
    """The strip as SVG, whose bars lead to `address`; for the keyboard there are links beside it.

    It shows these moments, out of `total` if they are not all.
    """
    step = max(NARROWEST, min(WIDEST, WIDTH / max(len(moments), 1)))
    most = sqrt(max([max(moment.added, moment.removed) for moment in moments], default=0) or 1)
    parts: list[Markup] = []
    last_month, last_label = "", -MONTH_ROOM * 1.0
    for place, moment in enumerate(moments):
        x = place * step
        parts.append(_bar(moment, x, step, most, address(moment), is_chosen=place == chosen))
        month = (moment.captured_at or "")[:7]
        if month and month != last_month and x - last_label >= MONTH_ROOM:
            parts.append(
                Markup('<text x="{:.1f}" y="{}">{}</text>').format(x + 1, UP + DOWN + FOOT - 3, human_month(month))
            )
            last_label = x
        last_month = month or last_month
    width = max(len(moments) * step, MONTH_ROOM)
    said = f"{total or len(moments)} states of this note over time"
    return Markup(
        '<svg class="timeline" width="{0:.0f}" height="{1}" viewBox="0 0 {0:.0f} {1}" role="group" aria-label="{2}">'
        '<line x1="0" x2="{0:.0f}" y1="{3}" y2="{3}"/>{4}</svg>'
    ).format(
        width,
        UP + DOWN + FOOT,
        said,
        UP + 0.5,
        Markup("").join(parts),
    )


def _bar(moment: Moment, x: float, step: float, most: float, address: str, *, is_chosen: bool) -> Markup:
    up, down = (UP - 4) * sqrt(moment.added) / most, (DOWN - 4) * sqrt(moment.removed) / most
    width = max(min(step - 2, THICKEST), 2)
    bar = x + (step - width) / 2
    said = f"{moment.name} · {day_of(moment.captured_at)} · {moment.summary}"
    kind = "chosen" if is_chosen else "echo" if moment.is_echo else ""
    # Formatted as plain text: Markup.format takes ten times as long, and there may be thousands of bars.
    return Markup(  # noqa: S704 -- everything that is not a number is escaped here
        f'<a href="{escape(address)}" tabindex="-1" class="{kind}"><title>{escape(said)}</title>'
        f'<rect class="hit" x="{x:.1f}" y="0" width="{step:.1f}" height="{UP + DOWN}"/>'
        f'<rect class="add" x="{bar:.1f}" y="{UP - max(up, 1.5):.1f}" width="{width:.1f}" height="{max(up, 1.5):.1f}"/>'
        f'<rect class="del" x="{bar:.1f}" y="{UP + 1}" width="{width:.1f}" height="{down:.1f}"/></a>'
    )
