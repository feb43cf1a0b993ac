"""The finder against the same query answered row by row in Python, over real catalogues."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest
from catalogues import catalogue as make_catalogue
from catalogues import catalogue_of, copy_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import checked, example, query
from thorough import examples

from extractor.catalogue.queries.finder import ORDERS, Key, listed, read_key
from extractor.catalogue.queries.finder_conditions import wanted
from extractor.catalogue.queries.finder_counts import counts
from extractor.catalogue.queries.finder_names import finder_names, finder_sections, sites_meant
from extractor.catalogue.queries.finder_words import (
    NAMED,
    TIMES,
    WORDS,
    FinderQuery,
    Term,
    period,
    read_query,
    with_term,
    written,
)
from extractor.catalogue.queries.full_text import Search, history_search_for, search_for
from extractor.catalogue.queries.search import find_history, find_notes, find_notes_within, find_sections
from extractor.catalogue.queries.topic_names import read_topic_names
from extractor.joplin.items import Note
from extractor.names import SEPARATOR, folded

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.catalogue.queries.found import Found

YES, PERHAPS, NO = 1.0, 0.5, 0.0
PLACES = """
SELECT links.id, links.url_id, links.note_id, links.kind, urls.site, urls.host, coalesce(links.section, '') AS section,
       link_health.health, links.first_seen_at, links.absent_at, links.is_dated,
       links.removed_at IS NULL AND notes.is_present AS is_present, notes.name,
       coalesce(notes.notebook, '') AS notebook,
       (SELECT coalesce(title, '') FROM pages WHERE pages.url_id = links.url_id AND seen = 'last') AS page
FROM links JOIN notes ON notes.id = note_id JOIN urls ON urls.id = links.url_id
           JOIN link_health ON link_health.url_id = links.url_id
"""
TAGGED = "SELECT note_id, title FROM note_tags JOIN tags ON tags.id = tag_id"
MATCHING = "SELECT rowid FROM links_fts WHERE links_fts MATCH ?"


@cache
def with_pages() -> Path:
    """The example with checks, some pages, a link without a day, and one whose month alone is known."""
    catalogue = copy_of(checked(), checked().parent / "with_pages")
    query(
        catalogue,
        "INSERT INTO pages (url_id, seen, asked, seen_at, title, leads_to) "
        "SELECT id, 'last', url, '2026', 'Café Kafka-zine ' || id, url FROM urls WHERE id % 7 = 0",
    )
    query(catalogue, "UPDATE links SET is_dated = 0 WHERE id % 3 = 0")
    query(catalogue, "UPDATE links SET absent_at = NULL WHERE id % 6 = 0")
    query(catalogue, "UPDATE links SET absent_at = substr(first_seen_at, 1, 7) || '-01' WHERE id % 9 = 0")
    return catalogue


@dataclass(frozen=True)
class Places:
    """All that a query is asked of, read once."""

    rows: list[Any]
    tags: dict[str, set[str]]
    paths: dict[str, set[str]]
    db: sqlite3.Connection


@cache
def places_of(catalogue: Path) -> Places:
    db = sqlite3.connect(catalogue, check_same_thread=False)
    db.row_factory = sqlite3.Row
    tags: dict[str, set[str]] = {}
    for note, title in db.execute(TAGGED):
        tags.setdefault(note, set()).add(folded(title))
    rows = db.execute(PLACES).fetchall()
    paths = {column: {row[column] for row in rows} for column in ("section", "notebook")}
    return Places(rows, tags, paths, db)


# One query, one place


Answer = Callable[[Any], float]
"""Whether a row meets a term: certainly, perhaps, or not."""


def answer_to(term: Term, places: Places) -> Answer:
    wanted = wanted_answer(term, places)
    if not term.without or term.value == "perhaps":
        return wanted
    return lambda row: YES - wanted(row)


def wanted_answer(term: Term, places: Places) -> Answer:
    answers: dict[str, Callable[[], Answer]] = {
        **dict.fromkeys(TIMES, lambda: partial(time_answer, term)),
        "is": lambda: partial(state_answer, term),
        WORDS: lambda: lambda row: row["id"] in matching(places.db, term.match) or in_page(term, row["page"] or ""),
        "section": lambda: path_answer(term.value, "section", places.paths["section"]),
        "notebook": lambda: path_answer(term.value, "notebook", places.paths["notebook"]),
        "tag": lambda: lambda row: folded(term.value) in places.tags.get(row["note_id"], set()),
        "note": lambda: note_answer(term, places),
        "site": lambda: site_answer(term, places),
    }
    return answers.get(term.kind, lambda: lambda row: row[term.kind] == term.value)()


def state_answer(term: Term, row: Any) -> bool:
    present = {"removed": not row["is_present"], "current": bool(row["is_present"])}
    dated = {"dated": bool(row["is_dated"]), "undated": not row["is_dated"]}
    return {**present, **dated, "any": True, "perhaps": True}[term.value]


def note_answer(term: Term, places: Places) -> Answer:
    asked, names = folded(term.value), {folded(one["name"]) for one in places.rows}
    if asked in names:
        return lambda row: folded(row["name"]) == asked
    return lambda row: asked in folded(row["name"])


def site_answer(term: Term, places: Places) -> Answer:
    for column in ("site", "host"):
        if any(one[column] == term.value for one in places.rows):
            return lambda row: row[column] == term.value
    return lambda row: f".{term.value}." in f".{row['host']}."


def time_answer(term: Term, row: Any) -> float:
    """By the days between which a link came."""
    asked = period(term.value)
    assert asked is not None
    last = row["first_seen_at"]
    first = last if row["is_dated"] else row["absent_at"] or ""
    after = YES if first >= asked.first else PERHAPS if last >= asked.first else NO
    end = asked.first if term.kind == "before" else asked.end
    before = YES if last < end else PERHAPS if first < end else NO
    return {"after": after, "before": before, "in": min(after, before)}[term.kind]


def path_answer(typed: str, column: str, paths: set[str]) -> Answer:
    exact = typed.removeprefix("/")
    below = {one for one in paths if one == exact or one.startswith(f"{exact}{SEPARATOR}")}
    if typed.startswith("/") and below:
        return lambda row: row[column] in below
    asked = [folded(title) for title in typed.strip("/").replace(SEPARATOR, "/").split("/")]

    def answer(row: Any) -> bool:
        flat = [title for path in row[column].split(SEPARATOR) for title in folded(path).split("/")]
        starts = [0] if typed.startswith("/") else range(len(flat))
        return any(flat[at : at + len(asked)] == asked for at in starts)

    return answer


def in_page(term: Term, title: str) -> bool:
    words = folded(title).replace("-", " ").split()
    asked = folded(term.value).split()
    if term.is_phrase:
        return any(words[at : at + len(asked)] == asked for at in range(len(words)))
    return bool(title) and all(any(word.startswith(one) for word in words) for one in asked)


@cache
def matching(db: sqlite3.Connection, match: str) -> set[int]:
    return {row[0] for row in db.execute(MATCHING, [match])}


def brute_force(asked: FinderQuery, places: Places) -> list[tuple[Any, float]]:
    """Every place with its answer: all groups, one term of each."""
    past = any(
        term.kind == "is" and (term.value == "current" if term.without else term.value in {"removed", "any"})
        for term in asked.terms
    )
    kinds = (asked.kinds & {"link", "image"}) if asked.kinds else {"link"}
    groups = [[answer_to(term, places) for term in group] for group in asked.groups]
    found = []
    for row in places.rows:
        if row["kind"] not in kinds or not (past or row["is_present"]):
            continue
        told = min((max(float(answer(row)) for answer in group) for group in groups), default=YES)
        if asked.has("is", "perhaps") and told:
            told = YES
        found.append((row, told))
    return found


# Queries


def terms_of(places: Places) -> st.SearchStrategy[str]:
    def of(column: str) -> list[str]:
        return sorted({str(row[column]) for row in places.rows if row[column]})[:60]

    months = sorted({value[:7] for row in places.rows for value in (row["first_seen_at"], row["absent_at"]) if value})
    times = [*months, *{month[:4] for month in months}, *(f"{month}-15" for month in months[:20])]
    titles = sorted({title for path in of("section") for title in path.split(SEPARATOR) if title and "/" not in title})
    names = {
        "site": [*of("site"), *of("host"), "github", "example"],
        "section": [*titles[:40], *(f"/{path}" for path in of("section")[:20] if "/" not in path), "Nowhere"],
        "notebook": [*(f"/{path}" for path in of("notebook")), *of("notebook")],
        "tag": [*sorted({tag for some in places.tags.values() for tag in some}), "nothing"],
        "note": [*of("name"), "system", "a"],
        "kind": ["link", "image", "note"],
        "health": of("health"),
        "is": ["removed", "current", "any", "dated", "undated", "perhaps"],
        **dict.fromkeys(TIMES, times),
    }
    words = ["kafka", "Kafka", '"exactly once"', "the", "zine", '"cafe kafka"', "notes", "zzzzqqq", "message", "e"]
    one = st.one_of(
        [st.sampled_from([written(kind, value) for value in values]) for kind, values in names.items() if values]
        + [st.sampled_from(words)]
    )
    return st.tuples(st.sampled_from(["", "", "-"]), one).map("".join)


def queries(places: Places) -> st.SearchStrategy[str]:
    some = st.lists(terms_of(places), min_size=1, max_size=2).map(" OR ".join)
    return st.lists(some, max_size=3).map(" ".join)


@pytest.fixture(scope="session", params=["example", "sync"])
def places(request: pytest.FixtureRequest) -> Places:
    return places_of(with_pages() if request.param == "example" else catalogue_of("sync"))


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_what_is_found(places: Places, data: st.DataObject) -> None:
    """The same places, each once, in order, page by page; and the same counts."""
    asked = read_query(data.draw(queries(places)))
    order, most = data.draw(st.sampled_from(ORDERS)), data.draw(st.sampled_from([3, 50]))
    told = brute_force(asked, places)
    rows = [row for row, said in told if said == YES]
    conditions = wanted(asked, finder_names(places.db), finder_sections(places.db, read_topic_names(places.db)))

    counted = counts(places.db, conditions)
    assert counted.places == len(rows)
    assert counted.addresses == len({row["url_id"] for row in rows})
    assert counted.undated == sum(not row["is_dated"] for row in rows)
    assert counted.sites == Counter(row["site"] for row in rows)
    assert counted.healths == Counter(row["health"] for row in rows)
    assert counted.months == Counter(
        row["first_seen_at"][:7]
        for row in rows
        if row["is_dated"] or (row["absent_at"] or "")[:7] == row["first_seen_at"][:7]
    )
    few = counts(places.db, conditions, 3)
    assert few.is_bounded == (counted.places + counted.perhaps > 3)
    assert few.is_bounded or few.places == counted.places
    assert all(few.kinds[kind] == counted.kinds[kind] for kind in few.kinds if kind not in few.bounded_kinds)

    found: list[Any] = []
    after: Key | None = None
    for _ in range(4):
        page = listed(places.db, conditions, order, most=most, after=after)
        assert page == listed(places.db, conditions, order, most=most, after=after, is_dense=True)
        found += page.addresses
        assert len(page.addresses) == most or page.after is None
        if page.after is None:
            break
        after = read_key(page.after.as_text())
        assert after == page.after
    numbers = Counter(row["url_id"] for row in rows)
    urls = [one.url_id for one in found]
    assert len(urls) == len(set(urls))
    assert set(urls) <= set(numbers)
    assert len(urls) == len(numbers) or after is not None
    assert [one.count for one in found] == [numbers[one.url_id] for one in found]
    ids = {row["id"] for row in rows}
    assert all(place.id in ids for one in found for place in one.places)
    if order == "date" or not conditions.words.match:
        firsts = [(bool(one.places[0].is_dated), one.places[0].first_seen_at, one.places[0].id) for one in found]
        assert firsts == sorted(firsts, reverse=True)
        every = {}
        for row in rows:
            key = (bool(row["is_dated"]), row["first_seen_at"], row["id"])
            every[row["url_id"]] = max(every.get(row["url_id"], key), key)
        assert firsts == sorted(every.values(), reverse=True)[: len(firsts)]


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_what_is_perhaps_meant(places: Places, data: st.DataObject) -> None:
    """At one time after another, what is perhaps meant is what includes one more click."""
    at = data.draw(terms_of(places).filter(lambda term: term.startswith(tuple(f"{one}:" for one in TIMES))))
    asked = read_query(f"{at} {data.draw(terms_of(places))}")
    told = brute_force(asked, places)
    names = (finder_names(places.db), finder_sections(places.db, read_topic_names(places.db)))
    counted = counts(places.db, wanted(asked, *names))
    more = counts(places.db, wanted(read_query(with_term(asked, "is", "perhaps")), *names))
    if not asked.has("is", "perhaps") and not leaves_no_time(asked):
        assert counted.perhaps == sum(said == PERHAPS for _, said in told)
        assert more.places == counted.places + counted.perhaps
    assert more.perhaps == 0


def leaves_no_time(asked: FinderQuery) -> bool:
    return not wanted(asked, finder_names(places_of(with_pages()).db)).condition.possible.strip("0")


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_each_count_is_what_its_chip_leads_to(places: Places, data: st.DataObject) -> None:
    asked = read_query(data.draw(queries(places).filter(lambda text: " OR " not in text)))
    names = (finder_names(places.db), finder_sections(places.db, read_topic_names(places.db)))
    counted = counts(places.db, wanted(asked, *names))
    chips = {
        "site": counted.sites,
        "in": counted.months,
        "health": counted.healths,
        "tag": counted.tags,
        "notebook": {f"/{path}": number for path, number in counted.notebooks.items()},
        "is": {"undated": counted.undated} if counted.undated else {},
    }
    for kind, numbers in chips.items():
        for value in list(numbers)[:3]:
            if kind == "in" and asked.has("is", "perhaps"):
                continue  # which then is perhaps of any month
            told = read_query(with_term(asked, kind, value))
            assert counts(places.db, wanted(told, *names)).places == numbers[value], told.text


def test_an_undated_link_meets_a_time_only_with_its_whole_interval() -> None:
    db = places_of(with_pages()).db
    names = finder_names(db)
    counted = counts(db, wanted(read_query("in:2024"), names))
    assert counted.perhaps > 0
    certain = listed(db, wanted(read_query("in:2024"), names), "date", most=1000)
    assert all(
        place.first_seen_at[:4] == "2024" and (place.is_dated or (place.absent_at or "")[:4] == "2024")
        for one in certain.addresses
        for place in one.places
    )
    assert counts(db, wanted(read_query("after:2024 before:2024"), names)) == counts(
        db, wanted(read_query("site:nowhere.example"), names)
    )


def test_one_address_with_thousands_of_places_is_passed_over(tmp_path: Path) -> None:
    """It is one row, and the rows after it come at once."""
    catalogue = copy_of(example(), tmp_path)
    ((url_id, link_id),) = query(
        catalogue, "SELECT url_id, id FROM saved_links WHERE is_dated ORDER BY first_seen_at DESC, id DESC LIMIT 1"
    )
    columns = ", ".join(row[1] for row in query(catalogue, "PRAGMA table_info(links)") if row[1] != "id")
    query(
        catalogue,
        f"INSERT INTO links ({columns}) SELECT {columns} FROM links, "  # noqa: S608 -- names from the file itself
        "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000) "
        "SELECT n FROM numbers) WHERE id = ?",
        link_id,
    )
    statements: list[str] = []
    with closing(sqlite3.connect(catalogue)) as db:
        asked = wanted(read_query(""), finder_names(db))
        db.set_trace_callback(statements.append)
        found = listed(db, asked, "date", most=30).addresses
    assert (found[0].url_id, found[0].count > 5000) == (url_id, True)
    assert len({one.url_id for one in found}) == 30
    assert len(statements) < 10


@pytest.mark.parametrize("find", [find_notes, find_notes_within, find_sections, find_history])
def test_other_kinds_go_on_without_an_end(find: Callable[[Search], Found[Any]]) -> None:
    """Page by page the same as all at once."""
    with closing(sqlite3.connect(example())) as db:
        asked = wanted(read_query("e OR the OR a"), finder_names(db))

        def found(most: int, skipped: int) -> Found[Any]:
            search = search_for(db, asked, most, skipped)
            assert search is not None
            return find(search)

        every = found(10_000, 0)
        assert len(every.rows) == every.count > 4
        parts = [one for at in range(0, every.count, 3) for one in found(3, at).rows]
        assert parts == list(every.rows)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("kafka", "1"),
        ("kafka in:2024-07", "captured_at LIKE '2024-07%'"),
        ("kafka after:2025-03 before:2026", "captured_at LIKE '2025%' AND captured_at >= '2025-03'"),
        ("kafka -in:2024", "captured_at NOT LIKE '2024%'"),
        ('note:"Kafka field notes" kafka after:2025', "captured_at >= '2025' AND name = 'Kafka field notes'"),
        ('kafka in:2026 OR note:"Kafka field notes"', "captured_at LIKE '2026%' OR name = 'Kafka field notes'"),
    ],
)
def test_the_history_of_a_time(text: str, where: str) -> None:
    """The same words, and of the revisions that have them only those of the time."""
    with closing(sqlite3.connect(example())) as db:

        def found(typed: str) -> dict[str, str]:
            search = history_search_for(db, wanted(read_query(typed), finder_names(db)), 1000)
            assert search is not None
            return {one.id: note.title for note in find_history(search).rows for one in note.revisions}

        every = found("kafka")
        names = "SELECT id FROM (SELECT revisions.*, name FROM revisions JOIN notes ON notes.id = note_id)"
        meant = {one for (one,) in db.execute(f"{names} WHERE {where}")}
        found_ids = set(found(text))
    assert found_ids >= set(every) & meant
    assert found_ids <= meant
    assert found_ids


def test_a_note_with_all_words_in_its_title_comes_first(tmp_path: Path) -> None:
    """Also where nearly every note has them, so that none of them tells notes apart."""
    others = [
        Note(id=f"{place:032x}", updated_time=place, title="Weekly", body="server rebuild in the " * 9)
        for place in range(1, 90)
    ]
    path = make_catalogue(
        tmp_path,
        *others,
        Note(id="f" * 32, updated_time=1, title="Server rebuild in", body="One of many, in a long text."),
    )
    with closing(sqlite3.connect(path)) as db:
        search = search_for(db, wanted(read_query("server rebuild in"), finder_names(db)), 3)
        assert search is not None
        found = find_notes(search)
    assert (found.rows[0].title, found.count) == ("Server rebuild in", 90)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kafka", ["Kafka and spam", "Kafka", "Else"]),
        ("kafka -spam", ["Else"]),
        ("kafka -weeds", ["Kafka"]),
        ('kafka -"of spam"', ["Kafka and spam", "Kafka", "Else"]),
        ("kafka -spam -weeds", []),
        ("kind:note -kafka", ["Garden"]),
        ("kind:note -kafka -weeds", []),
        ("kind:note -nothing", ["Kafka and spam", "Kafka", "Else", "Garden"]),
    ],
)
def test_excluded_words_may_be_anywhere_in_a_note(tmp_path: Path, text: str, found: list[str]) -> None:
    """Not only in the title, where the words that are searched for may be."""
    notes = {"Kafka and spam": "weeds", "Kafka": "the spam", "Else": "kafka and weeds", "Garden": "weeds"}
    path = make_catalogue(
        tmp_path,
        *(
            Note(id=f"{place:032x}", updated_time=10 - place, title=title, body=body)
            for place, (title, body) in enumerate(notes.items())
        ),
    )
    with closing(sqlite3.connect(path)) as db:
        search = search_for(db, wanted(read_query(text), finder_names(db)), 9)
        assert search is not None
        got = find_notes(search) if search.query.match else find_notes_within(search)
    assert (sorted(note.title for note in got.rows), got.count) == (sorted(found), len(found))


@pytest.mark.parametrize("text", ["", "x", "~", "1~2", "1~2024~x", "1e999~~9999999999999999999999", "nan~a~1", "~~~"])
def test_a_key_that_is_none(text: str) -> None:
    key = read_key(text)
    with closing(sqlite3.connect(example())) as db:
        listed(db, wanted(read_query(""), finder_names(db)), "date", most=3, after=key)


@pytest.mark.parametrize(
    ("typed", "column", "meant"),
    [
        ("github.com", "site", ["github.com"]),
        ("GIST.github.com", "host", ["gist.github.com"]),
        ("https://github.com/", "site", ["github.com"]),
        ("github", "host", ["github.com", "gist.github.com"]),
        ("bücher.example", "site", ["xn--bcher-kva.example"]),
        ("hub.com", "host", []),
        (".", "host", []),
        ("\udc00", "host", []),
    ],
)
def test_which_sites_are_meant(typed: str, column: str, meant: list[str]) -> None:
    hosts = {"github.com": "github.com", "gist.github.com": "github.com", "a.github.io": "a.github.io"}
    hosts |= {"xn--bcher-kva.example": "xn--bcher-kva.example"}
    found = sites_meant(typed, hosts)
    if typed == "github":
        meant = [*meant, "a.github.io"]
    assert found == (column, meant)


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_means_nothing_is_named_with_the_nearest(kind: str) -> None:
    near = {"site": "githib.com", "note": "Systm design links", "section": "Mesaging", "notebook": "Enginering"}
    typed = near.get(kind, "lnks")
    with closing(sqlite3.connect(example())) as db:
        asked = wanted(read_query(written(kind, typed)), finder_names(db), finder_sections(db, read_topic_names(db)))
        assert counts(db, asked).places == 0
    (unknown,) = asked.unknown
    assert (unknown.kind, unknown.typed) == (kind, typed)
    assert unknown.nearest
