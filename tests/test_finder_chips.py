"""What the finder says beside what it finds: the months below their bars, and what was not searched."""

from __future__ import annotations

import re

import pytest

from extractor.catalogue.queries.finder_words import read_query
from extractor.publish.html.finder_chips import months_chart
from extractor.publish.html.paths import Paths
from extractor.publish.pages.finder_page import not_searched


@pytest.mark.parametrize(
    ("months", "below"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"2026-03": 2}, ["Mar", "2026"], id="one"),
        pytest.param(
            {"2025-11": 1, "2026-02": 3},
            ["Nov", "2025", "Dec", "Jan", "2026", "Feb"],
            id="in each month with none, too",
        ),
        pytest.param(
            {"2026-05": 1, "2026-08": 1}, ["May", "2026", "Jun", "Jul", "2026", "Aug"], id="the year again in July"
        ),
        pytest.param({"2022-01": 1, "2025-02": 1}, ["2022", "2023", "2024", "2025"], id="years, of many months"),
    ],
)
def test_what_is_below_the_bars(months: dict[str, int], below: list[str] | None) -> None:
    chart = months_chart(read_query("kafka"), months, Paths("/catalogue"))
    assert (re.findall(r"<text[^>]*>([^<]*)", str(chart)) if chart else None) == below


def test_a_bar_keeps_the_order() -> None:
    chart = months_chart(read_query("kafka"), {"2026-03": 2}, Paths("/catalogue"), "date")
    assert 'href="/catalogue/-/search?q=kafka+in%3A2026-03&amp;by=date"' in str(chart)


@pytest.mark.parametrize(
    ("kinds", "says"),
    [
        (set(), ""),
        (
            {"note", "section", "attachment"},
            (
                "Not searched: notes, sections, attachments. They support words and note:, notebook: and tag:, "
                "but no other qualifiers."
            ),
        ),
        (
            {"note", "revision"},
            (
                "Not searched: notes, the history. They support words and note:, notebook: and tag:; "
                "the history also before:, after: and in:, but no other qualifiers."
            ),
        ),
        (
            {"revision"},
            (
                "Not searched: the history, which supports words, note:, notebook: and tag:, "
                "and before:, after: and in:, but no other qualifiers."
            ),
        ),
    ],
)
def test_what_was_not_searched_is_named(kinds: set[str], says: str) -> None:
    assert not_searched(kinds) == says
