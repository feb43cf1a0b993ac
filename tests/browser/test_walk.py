"""A walk through the catalogue in a real browser: no error on the console, no request to any other host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Visitor
    from playwright.sync_api import Browser

NOTE = "b388f35bf3f75883a2e73f6aafee8a79"


def test_from_the_start_page_to_a_link_and_back_in_time(visitor: Visitor) -> None:
    page = visitor.open("/catalogue")
    page.get_by_role("link", name="System design links", exact=True).first.click()
    page.wait_for_url(re.compile(rf"/-/note/{NOTE}"))
    assert page.get_by_role("heading", level=1).inner_text() == "System design links"

    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"at=19"))
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"at=18"))
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"at=19"))

    page.get_by_role("link", name="What changed").click()
    page.wait_for_url(re.compile(r"/-/revision/"))
    assert page.locator("tr.added").count() > 0
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('.tally').textContent.startsWith('revision 18,')")

    page.locator(".link-list a").first.click()
    page.wait_for_url(re.compile(r"/-/link/"))
    assert page.get_by_role("heading", name="Where it is").is_visible()
    page.locator(".places-list a.title").first.click()
    page.wait_for_url(re.compile(rf"/-/note/{NOTE}#link-"))
    assert page.locator(":target").is_visible()


def test_a_line_inside_a_paragraph_leads_to_the_paragraph(visitor: Visitor) -> None:
    page = visitor.open(f"/catalogue/-/note/{NOTE}")
    lines = page.eval_on_selector_all(".prose [id^=line-]", "all => all.map(one => Number(one.id.slice(5)))")
    line = next(line for line in lines[20:] if line + 1 not in lines)
    page = visitor.open(f"/catalogue/-/note/{NOTE}?at=20#line-{line + 1}")
    page.wait_for_url(re.compile(rf"#line-{line}$"))
    assert page.locator(":target").is_visible()


def test_the_same_heading_stays_in_sight_through_time(visitor: Visitor) -> None:
    page = visitor.open(f"/catalogue/-/note/{NOTE}")
    page.locator(".prose h3", has_text="Databases").evaluate("heading => heading.scrollIntoView()")
    for step in ("at=19", "at=18"):
        page.keyboard.press("ArrowLeft")
        page.wait_for_url(re.compile(step))
        page.wait_for_load_state()
        top = page.locator(".prose h3", has_text="Databases").evaluate("h => h.getBoundingClientRect().top")
        assert abs(top) < 40


def test_search_from_anywhere(visitor: Visitor) -> None:
    page = visitor.open("/catalogue/-/topics")
    page.keyboard.press("/")
    page.keyboard.type("idempotency")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"q=idempotency"))
    page.get_by_role("link", name="APIs › Idempotency").click()
    page.wait_for_url(re.compile(r"/-/topic"))
    assert page.get_by_role("heading", level=1).inner_text() == "Idempotency"


def test_a_chip_writes_into_the_box_and_takes_out_again(visitor: Visitor) -> None:
    page = visitor.open("/catalogue/-/search?q=kafka")
    page.get_by_role("navigation", name="Narrow down further").get_by_role("link", name="apache.org").click()
    page.wait_for_url(re.compile(r"site%3A"))
    assert page.locator("#q").input_value() == "kafka site:apache.org"
    page.get_by_role("link", name="site:apache.org").click()
    page.wait_for_url(re.compile(r"q=kafka$"))
    assert page.locator("#q").input_value() == "kafka"


def test_a_month_can_be_chosen_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open("/catalogue/-/search")
    bar = page.locator(".facets .chart a").last
    bar.focus()
    size = bar.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 24
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"in%3A\d{4}"))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("kafka not", ["kafka notebook:Engineering", 'kafka notebook:"Engineering › Backend"']),
        ("kafka -tag:lin", ["kafka -tag:links"]),
        ("site:hub", ["site:github.com"]),
        ('tag:"system d', ['tag:"system design"']),
    ],
)
def test_the_box_completes_the_qualifier_that_is_typed(visitor: Visitor, typed: str, offered: list[str]) -> None:
    page = visitor.open("/catalogue/-/search")
    sync_api = pytest.importorskip("playwright.sync_api")
    page.locator("#q").fill(typed)
    options = page.locator("#qualifiers option")
    sync_api.expect(options.first).to_have_attribute("value", offered[0])
    values = [one.get_attribute("value") for one in options.all()]
    assert values[: len(offered)] == offered
    page.locator("#q").fill("zeta:")
    sync_api.expect(options).to_have_count(0)


def test_the_strip_of_time_leads_to_each_moment(visitor: Visitor) -> None:
    page = visitor.open(f"/catalogue/-/note/{NOTE}")
    page.locator(".timeline a").nth(4).click()
    page.wait_for_url(re.compile(r"at=5"))
    assert page.get_by_text("#5 of 20").is_visible()


def test_the_link_to_joplin_is_copied(visitor: Visitor) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visitor.site)
    page = visitor.open(f"/catalogue/-/note/{NOTE}")
    page.get_by_role("button", name="Copy Joplin link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"joplin://x-callback-url/openNote?id={NOTE}"


def test_no_button_is_broken_on_a_telephone(visitor: Visitor) -> None:
    """There is room for four in two rows; each has one line."""
    page = visitor.open(f"/catalogue/-/note/{NOTE}")
    page.set_viewport_size({"width": 390, "height": 844})
    heights = page.eval_on_selector_all(".meta .actions > *", "all => all.map(one => one.offsetHeight)")
    assert len(heights) == 4
    assert max(heights) < 40


def test_attached_pictures_are_there(visitor: Visitor) -> None:
    page = visitor.open("/catalogue/-/images?show=here")
    page.wait_for_load_state("networkidle")
    widths = page.eval_on_selector_all("main img", "all => all.map(one => one.naturalWidth)")
    assert widths
    assert min(widths) > 0


def test_everything_can_be_reached_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open(f"/catalogue/-/note/{NOTE}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for landmark in ("banner", "main", "contentinfo", "search"):
        assert page.get_by_role(landmark).count() == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "shown", "foot"),
    [
        ({"timezone_id": "Asia/Tokyo"}, "19 May 2025, 01:44", "in the zone Asia/Tokyo"),
        ({"timezone_id": "America/New_York"}, "18 May 2025, 12:44", "in the zone America/New_York"),
        ({"timezone_id": "UTC"}, "18 May 2025, 16:44", "Times are UTC"),
        ({"timezone_id": "Asia/Tokyo", "java_script_enabled": False}, "18 May 2025, 16:44", "Times are UTC"),
    ],
)
def test_times_are_those_of_the_reader(
    chromium: Browser, site: str, options: dict[str, object], shown: str, foot: str
) -> None:
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/catalogue/-/note/{NOTE}?at=12")
    time = page.locator(".moment time")
    assert (time.inner_text(), time.get_attribute("title")) == (shown, "2025-05-18 16:44:11.145 UTC")
    assert foot in page.get_by_role("contentinfo").inner_text()
    context.close()
