"""What is typed into the finder, and what chips make of it. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.catalogue.queries.finder_words import (
    WORDS,
    Period,
    period,
    query_of_choice,
    read_query,
    with_other_value,
    with_term,
    without_terms,
    written,
)


def told(text: str) -> list[list[str]]:
    """Groups of terms, each as `-kind:value`."""
    return [
        [f"{'-' if term.without else ''}{term.kind}:{term.value}" for term in group]
        for group in read_query(text).groups
    ]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", []),
        ("kafka", [["words:kafka"]]),
        ("key kafka", [["words:key"], ["words:kafka"]]),
        ('"exactly once" kafka', [["words:exactly once"], ["words:kafka"]]),
        ('"exactly', [["words:exactly"]]),
        ("kafka -streams", [["words:kafka"], ["-words:streams"]]),
        ("a OR b c", [["words:a", "words:b"], ["words:c"]]),
        ("OR a OR", [["words:a"]]),
        ("a OR 🚀 b", [["words:a"], ["words:b"]]),
        ("a or b", [["words:a"], ["words:or"], ["words:b"]]),
        ("site:a.org OR -tag:b", [["site:a.org", "-tag:b"]]),
        ("SITE:GitHub.com", [["site:GitHub.com"]]),
        ('note:"Reading list" x', [["note:Reading list"], ["words:x"]]),
        (r'tag:"so \"called\" \\"', [['tag:so "called" \\']]),
        ('section:"/Messaging › Kafka"', [["section:/Messaging › Kafka"]]),
        ("-notebook:Engineering", [["-notebook:Engineering"]]),
        ("kind:links kind:Image", [["kind:link"], ["kind:image"]]),
        ("health:dead health:unchecked", [["health:dead"], ["health:unknown"]]),
        ("after:2026-03 before:2026-06 in:2026", [["after:2026-03"], ["before:2026-06"], ["in:2026"]]),
        ("is:removed", [["is:removed"]]),
        ("https://example.org/a", [["words:https://example.org/a"]]),
        ("std::vector 12:30", [["words:std::vector"], ["words:12:30"]]),
        ("author:bar", [["words:author bar"]]),
        ("re: invoice", [["words:re"], ["words:invoice"]]),
        ("- 🚀 *", []),
    ],
)
def test_what_is_typed(text: str, groups: list[list[str]]) -> None:
    assert told(text) == groups


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("author:bar", "There is no qualifier author:"),
        ("sits:github.com", "Did you mean 'site'?"),
        ("site:", "site: needs a value after the colon, such as site:github.com."),
        ("site: kafka", "site: needs a value after the colon"),
        ("after:winter", "after: must be followed by a day such as 2026-03-05, a month such as 2026-03 or a year"),
        ("in:2026-13", "not by “2026-13”"),
        ("health:well", "health: must be followed by dead, expired"),
        (
            "kind:video",
            "kind: must be followed by link, image, page, note, section, attachment or revision, not by “video”.",
        ),
        ("is:here", "is: must be followed by removed"),
        (" ".join(f"tag:t{number}" for number in range(41)), "Only the first 40"),
    ],
)
def test_what_is_not_understood_is_named(text: str, says: str) -> None:
    (problem,) = read_query(text).problems
    assert says in problem.says
    assert problem.typed in text


@pytest.mark.parametrize("text", ["kafka site:github.com -tag:x", '"a:b"', "https://x.org", "a OR b", "C++"])
def test_what_is_understood_has_no_problem(text: str) -> None:
    assert read_query(text).problems == ()


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("kafka", ['"kafka"*']),
        ("kafk site:a.org", ['"kafk"*']),
        ("key kafka", ['"key"', '"kafka"*']),
        ("𝗞𝗮𝗳𝗸𝗮", ['"𝗞𝗮𝗳𝗸𝗮"* OR "Kafka"*']),
        ("snake_case", ['("snake") AND ("case"*)']),
        ("Große", ['"Große"* OR "Grosse"* OR "große"*']),
        ('"exactly once"', ['"exactly once"']),
        ('kafka -"𝗞𝗲𝘆 facts"', ['"kafka"', '"𝗞𝗲𝘆 facts" OR "Key facts"']),
        ('NEAR( AND "*^ " x', ['"NEAR"', '"AND"', '"x"*']),
    ],
)
def test_words_have_no_meaning_for_fts(text: str, matches: list[str]) -> None:
    """The last word, unless it is in quotes, is perhaps not typed to its end, whatever qualifier follows."""
    assert [term.match for term in read_query(text).terms if term.kind == WORDS] == matches


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("kafka", set()),
        ("kind:image", {"image"}),
        ("kind:link OR kind:note", {"link", "note"}),
        ("kind:link kind:note", set()),
        ("-kind:revision", {"link", "image", "page", "note", "section", "attachment"}),
        ("kind:image OR tag:x", {"link", "image", "page", "note", "section", "attachment", "revision"}),
    ],
)
def test_kinds(text: str, kinds: set[str]) -> None:
    assert read_query(text).kinds == kinds


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-03", "2026-03-01", "2026-04-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2026-3-5", "2026-03-05", "2026-03-06"),
    ],
)
def test_periods(text: str, first: str, end: str) -> None:
    assert period(text) == Period(first, end)


@pytest.mark.parametrize("text", ["", "26", "2026-00", "2026-13", "2025-02-29", "2026-", "winter", "9999", "0000"])
def test_what_is_no_period(text: str) -> None:
    assert period(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "value", "instead", "becomes"),
    [
        ("", "site", "github.com", False, "site:github.com"),
        ("kafka", "site", "github.com", False, "kafka site:github.com"),
        ('"exactly', "tag", "a b", False, '"exactly" tag:"a b"'),
        ("a OR kind:note b", "kind", "image", True, "a b kind:image"),
        ("in:2026 x in:2025", "in", "2026-03", True, "x in:2026-03"),
        ("x", "tag", 'so "called"', False, r'x tag:"so \"called\""'),
    ],
)
def test_a_chip_adds_a_qualifier(text: str, kind: str, value: str, instead: bool, becomes: str) -> None:
    assert with_term(read_query(text), kind, value, instead=instead) == becomes


def test_a_chip_takes_a_qualifier_out() -> None:
    query = read_query('a OR tag:x "b c" site:y')
    assert without_terms(query, [query.terms[1]]) == 'a "b c" site:y'


def test_a_name_is_corrected() -> None:
    query = read_query('kafka  -tag:lnks OR tag:"lnks" lnks')
    assert with_other_value(query, "tag", "lnks", "my links") == 'kafka  -tag:"my links" OR tag:"my links" lnks'


ANYTHING = st.lists(
    st.sampled_from(
        ["kafka", "-", '"', "\\", " ", "OR ", "site:", "tag:", "a b", "in:2026", "is:any ", ":", "x:y ", "é"]
    )
).map("".join)


@given(ANYTHING)
def test_what_a_chip_adds_is_all_that_changes(text: str) -> None:
    """And what it takes out again leaves what was there; spaces apart, the text is the query."""
    before = read_query(text)
    after = read_query(with_term(before, "tag", 'x "y"'))

    def of(groups: tuple) -> list[list[tuple]]:
        return [[(term.kind, term.value, term.without, term.match) for term in group] for group in groups]

    assert of(after.groups) == [*of(before.groups), [("tag", 'x "y"', False, "")]]
    assert of(read_query(without_terms(after, [after.terms[-1]])).groups) == of(before.groups)


@given(st.text(max_size=20).filter(str.strip))
def test_every_name_can_be_written(name: str) -> None:
    (term,) = read_query(written("tag", name)).terms
    assert (term.kind, term.value) == ("tag", name)


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({}, ""),
        ({"topic": "Messaging › Kafka", "year": "2024"}, 'section:"/Messaging › Kafka" in:2024'),
        ({"site": "github.com", "health": "dead", "month": "2024-02"}, "site:github.com health:dead in:2024-02"),
        ({"dated": 0, "notebook": "Engineering", "host": "a.org", "tag": None, "page": 2},
         "is:undated notebook:/Engineering site:a.org"),
    ],
)  # fmt: skip
def test_old_addresses_as_words(choice: dict[str, object], text: str) -> None:
    assert query_of_choice(choice) == text
