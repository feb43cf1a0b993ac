"""What the pages work out by themselves: origins of lines, search words, charts, trees. Pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.catalogue.queries.search_words import END, START, phrase
from extractor.publish.html.blame import blame
from extractor.publish.html.charts import Bar, bars, columns, share
from extractor.publish.html.highlight import highlighted, marked, reading_text
from extractor.publish.html.history_strip import Moment, strip
from extractor.publish.html.topic_tree import Topic, grown, initial, titled
from extractor.publish.pages.start_page import every_month

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "# a", "a b c", "a b d"]), max_size=14)


@pytest.mark.parametrize(
    ("texts", "owners"),
    [
        (["a\nb"], "11"),
        (["a\nb", "a\nx\nb"], "121"),
        (["a\nb", "b"], "1"),
        (["a", "", "a"], "3"),
        (["a\nb\nc", "c\na\nb"], "211"),
        (["a", "a", "a\nb"], "13"),
        (["x\ny", "x\nz", "x\nz\ny"], "123"),
    ],
)
def test_blame(texts: list[str], owners: str) -> None:
    found = blame([(str(number), text) for number, text in enumerate(texts, 1)])
    assert "\n".join(line for _, line in found) == texts[-1]
    assert "".join(owner for owner, _ in found) == owners


@pytest.mark.parametrize(
    ("texts", "bases", "owners"),
    [
        (["a", "a\nx", "a\nx\ny"], [None, 0, 0], "123"),  # x came by a sync from the other branch
        (["a", "a\nx", "a\ny", "a\nx\ny\nz"], [None, 0, 0, 1], "1234"),
        (["a", "a\nx", "a\ny", "a\nx\ny\nz"], [None, 0, 0, 2], "1234"),
        (["a\nb", "a", "a\nb"], [None, 0, 1], "13"),  # gone and back on the same branch
        (["a\nb", "a", "a\nb"], [None, 0, 0], "11"),
        (["a", "b", "b\nc"], [None, None, 1], "23"),
        (["a\nb", "b\na", "b\na\nc"], [None, None, 1], "123"),  # in another order, one of them is new
    ],
)
def test_blame_of_branches(texts: list[str], bases: list[int | None], owners: str) -> None:
    found = blame([(str(number), text) for number, text in enumerate(texts, 1)], bases)
    assert "\n".join(line for _, line in found) == texts[-1]
    assert "".join(owner for owner, _ in found) == owners


@given(st.lists(LINES, min_size=1, max_size=6))
def test_blame_keeps_the_text(histories: list[list[str]]) -> None:
    texts = ["\n".join(lines) for lines in histories]
    found = blame(list(enumerate(texts)))
    assert "\n".join(line for _, line in found) == texts[-1]
    assert all(line in texts[owner].split("\n") for owner, line in found)


def test_a_phrase_in_both_forms() -> None:
    assert phrase("𝗞𝗲𝘆 facts!") == '"𝗞𝗲𝘆 facts" OR "Key facts"'
    assert phrase("!") == ""


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Kafka <b>", "kafka", "<mark>Kafka</mark> &lt;b&gt;"),
        ("Idempotency keys", "key", "Idempotency <mark>keys</mark>"),
        ("Idempotency keys", "idempotent", "<mark>Idempotency</mark> keys"),
        ("click on the cli", "clients", "click on the cli"),
        ("running shoes", "runs", "<mark>running</mark> shoes"),
        ("Über Café", "uber cafe", "<mark>Über</mark> <mark>Café</mark>"),
        ("𝗞𝗮𝗳𝗸𝗮", "kafka", "<mark>𝗞𝗮𝗳𝗸𝗮</mark>"),
        ("U\u0308ber alles", "über", "<mark>U\u0308ber</mark> alles"),
        ("nothing", "", "nothing"),
    ],
)
def test_highlighting(text: str, query: str, shown: str) -> None:
    assert str(highlighted(text, query)) == shown


@pytest.mark.parametrize(
    ("snippet", "shown"),
    [
        ("see [@Kafka#](https://x.example/a) now", "see @Kafka# now"),
        ("## Title **@Kafka#** `code`", "Title @Kafka# code"),
        ("<em>@Kafka#</em> <a href='x'>y</a>", "@Kafka# y"),
        ("https://@kafka#.apache.org/", "https://@kafka#.apache.org/"),
        ("**[x](https://@kafka#.apache.org/)**, [y](https://y.example)", "x https://@kafka#.apache.org/ , y"),
        ('![x](https://@kafka#.example "title")', 'x https://@kafka#.example "title"'),
        ("<b>x</b> <a href='https://@kafka#.example'>y</a>", "x <a href='https://@kafka#.example'>y"),
        ("| a | b |\n|---|:--:|\n| @one# | two |", "a b @one# two"),
        ("- one\n- @two#", "one @two#"),
    ],
)
def test_snippets_are_read_without_their_markup(snippet: str, shown: str) -> None:
    marks = str.maketrans({"@": START, "#": END}) if "@" in snippet else {}
    plain = snippet.replace("##", "§§").translate(marks).replace("§§", "##")
    assert reading_text(plain).replace(START, "@").replace(END, "#") == shown


def test_a_snippet_is_harmless() -> None:
    assert marked(f"1 < {START}2{END} & <3") == "1 &lt; <mark>2</mark> &amp; &lt;3"


def moment(number: int, added: int, removed: int = 0, month: int = 1) -> Moment:
    return Moment(
        number, f"r{number}", f"2024-{month:02d}-01T00:00:00.000Z", "<sum>", "complete", added, removed, False
    )


def test_the_strip_has_a_bar_for_each_moment() -> None:
    svg = strip([moment(1, 100), moment(2, 0, 50, 6), moment(3, 4, 4, 12)], 1, lambda one: f"/at/{one.number}?a&b")
    assert svg.count('class="hit"') == 3
    assert svg.count('class="chosen"') == 1
    assert 'href="/at/2?a&amp;b"' in svg
    assert "&lt;sum&gt;" in svg
    assert "Jan 2024" in svg


def test_a_strip_of_nothing() -> None:
    assert "<svg" in strip([], 0, lambda _: "")


def test_charts_are_harmless_and_tell_their_numbers() -> None:
    svg = bars([Bar("2024", "<Jan>: 3", 3, "/x?a&b"), Bar("2024", "Feb: 0", 0)], "<about>")
    assert svg.count("<rect") == 4
    assert svg.count("<a ") == 1
    assert "&lt;Jan&gt;: 3" in svg
    assert 'aria-label="&lt;about&gt;"' in svg
    assert share({"alive": 3, "dead": 1, "moved": 0}, "x").count("<rect") == 2
    assert "75.00" in share({"alive": 3, "dead": 1}, "x")
    assert share({}, "x").count("<rect") == 0
    assert "2 alive" in columns([("2024-01", {"alive": 2, "dead": 0})], "x")


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ({}, []),
        ({"2024-01": 2}, [("2024-01", 2)]),
        ({"2023-11": 1, "2024-02": 3}, [("2023-11", 1), ("2023-12", 0), ("2024-01", 0), ("2024-02", 3)]),
    ],
)
def test_months_without_a_link_have_their_place(months: dict[str, int], expected: list[tuple[str, int]]) -> None:
    assert every_month(months) == expected


def test_a_tree_of_topics() -> None:
    tree = grown({"Messaging › Kafka › Keys": 1, "Auth": 2, "Messaging › NATS": 1}, {"Messaging › Kafka › Keys": 3})
    (messaging, auth) = map(tree.with_branches, tree.roots)
    assert (messaging.title, messaging.notes, messaging.links, messaging.all_links) == ("Messaging", 0, 0, 3)
    assert [branch.title for branch in messaging.branches] == ["Kafka", "NATS"]
    assert [branch.branches for branch in tree.with_branches(tree.roots[0], 1).branches] == [(), ()]
    assert (auth.title, auth.notes, auth.all_links) == ("Auth", 2, 0)


def test_headings_without_a_title_are_not_in_the_tree() -> None:
    def named(*titles: str) -> Topic:
        first, *rest = titles
        return Topic(first, first, branches=tuple(map(named, rest)))

    kafka = Topic("Kafka", "Kafka", branches=(named("", "Keys"), named("Lag", "", "Alerts")))
    assert titled(kafka) == Topic("Kafka", "Kafka", branches=(named("Lag", "Alerts"),))


@pytest.mark.parametrize(
    ("title", "letter"),
    [("Kafka", "K"), ("kafka", "K"), ("𝗞𝗮𝗳𝗸𝗮", "K"), ("Übersicht", "U"), ("🌱 Seeds", "S"), ("2024", "#"),
     ("日本", "日"), ("…", "#"), ("ß", "S")],
)  # fmt: skip
def test_the_letter_of_a_topic(title: str, letter: str) -> None:
    assert initial(title) == letter
