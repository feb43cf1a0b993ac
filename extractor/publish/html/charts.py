"""Charts as SVG, drawn on the server: nothing to load, colours from the style sheet, texts for screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.catalogue.link_health import health_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEIGHT, FOOT = 96, 18  # px of the bars, and of each line of labels below
NARROW, WIDE, WIDTH = 12, 34, 306  # px from bar to bar (at least, at most), and of all bars if they fit
TARGET = 26  # px from bar to bar if bars can be reached by keyboard (WCAG 2.2, 2.5.8: 24)
LABEL_ROOM = 56  # px for the name of a month


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `label` is below it if there is room, `said` is shown on hover.

    A `name` is always right below the bar, and the label, if there is one, is below the name even without room.
    """

    label: str
    said: str
    value: int
    href: str = ""
    name: str = ""


def bars(given: Sequence[Bar], about: str, *, by_keyboard: bool = False) -> Markup:
    """Vertical bars, narrower if there are many; with `by_keyboard`, those with links can be reached by keyboard."""
    most = max((bar.value for bar in given), default=0) or 1
    step = max(_step(len(given)), TARGET if by_keyboard else 0)
    reach = Markup('aria-label="{}"') if by_keyboard else Markup('tabindex="-1"')
    parts: list[Markup] = []
    last, last_x = "", -LABEL_ROOM
    for place, bar in enumerate(given):
        x = place * step
        height = max(round(bar.value / most * (HEIGHT - 4)), 2 if bar.value else 0)
        shape = Markup(
            '<rect class="hit" x="{}" y="0" width="{}" height="{}"/>'
            '<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="1"/>'
        ).format(x, step, HEIGHT, x + 2, HEIGHT - height, step - 3, height)
        parts.append(
            Markup('<a href="{}" {}><title>{}</title>{}</a>').format(bar.href, reach.format(bar.said), bar.said, shape)
            if bar.href and bar.value
            else Markup("<g><title>{}</title>{}</g>").format(bar.said, shape)
        )
        if bar.name:
            parts.append(_below(x, bar.name))
            parts.append(_below(x, bar.label, line=2) if bar.label else Markup(""))
        elif bar.label != last and x - last_x >= LABEL_ROOM:
            parts.append(_below(x, bar.label))
            last, last_x = bar.label, x
    foot = FOOT * (2 if any(bar.name for bar in given) else 1)
    width = max(len(given) * step, LABEL_ROOM)
    return Markup(
        '<svg class="chart" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="group" aria-label="{2}">'
        '<line x1="0" x2="{0}" y1="{3}" y2="{3}"/>{4}</svg>'
    ).format(width, HEIGHT + foot, about, HEIGHT + 0.5, Markup("").join(parts))


def _below(x: int, words: str, line: int = 1) -> Markup:
    """A label below the bar at `x`."""
    return Markup('<text x="{}" y="{}">{}</text>').format(x + 2, HEIGHT + FOOT * line - 4, words)


def share(parts: Mapping[str, int], about: str) -> Markup:
    """One horizontal bar, divided by the number of addresses of each health; a part has the class `is-HEALTH`."""
    total = sum(parts.values()) or 1
    at = 0.0
    shapes: list[Markup] = []
    for name, value in parts.items():
        if value:
            width = 100 * value / total
            shapes.append(
                Markup(
                    '<rect class="is-{}" x="{:.2f}" y="0" width="{:.2f}" height="10"><title>{} {:,}</title></rect>'
                ).format(name, at, width, health_name(name), value)
            )
            at += width
    return Markup(
        '<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(about, Markup("").join(shapes))


def length(value: int, most: int) -> Markup:
    """A horizontal bar to show beside a number."""
    return Markup(
        '<svg class="length" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{:.1f}" height="4"/></svg>'
    ).format(100 * value / (most or 1))


def columns(given: Sequence[tuple[str, Mapping[str, int]]], about: str) -> Markup:
    """Vertical bars of one height, each divided by the number of addresses of each health: shares over time."""
    parts: list[Markup] = []
    step = _step(len(given))
    last_x = -LABEL_ROOM
    for place, (label, shares) in enumerate(given):
        x, y = place * step, 0.0
        total = sum(shares.values()) or 1
        said = f"{label}: " + ", ".join(f"{value:,} {health_name(name)}" for name, value in shares.items() if value)
        shapes: list[Markup] = []
        for name, value in shares.items():
            height = HEIGHT * value / total
            if value:
                shapes.append(
                    Markup('<rect class="is-{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
                        name, x + 2, y, step - 3, height
                    )
                )
            y += height
        parts.append(Markup("<g><title>{}</title>{}</g>").format(said, Markup("").join(shapes)))
        if x - last_x >= LABEL_ROOM:
            parts.append(_below(x, label))
            last_x = x
    width = max(len(given) * step, last_x + LABEL_ROOM)
    return Markup(
        '<svg class="chart" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}</svg>'
    ).format(width, HEIGHT + FOOT, about, Markup("").join(parts))


def _step(number: int) -> int:
    """The px from bar to bar: as many as there are, within limits."""
    return max(NARROW, min(WIDE, WIDTH // max(number, 1)))
