"""Topics across notes: a heading that is only the title of its note is no part of the topics below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from catalogues import built
from joplin_items import serialize
from published import served

from extractor.catalogue.queries.topic_names import TopHeading, topic_names
from extractor.joplin.items import Note

if TYPE_CHECKING:
    from datasette.app import Datasette

NOTES = {
    "a": "# Queues at work\n\n[top](https://top.example)\n\n## Kafka\n\n[one](https://one.example)\n\n### Lag\n\n[lag](https://lag.example)",
    "b": "# Kafka\n\n[two](https://two.example)\n\n# Other things\n\nx",
    "c": "# Only a heading\n\n[three](https://three.example)",
    "d": "# Databases\n\n## Indexes\n\n[four](https://four.example)",
    "e": "# Databases\n\n[five](https://five.example)\n\n# Kafka\n\n## Lag\n\n[six](https://six.example)",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tops", "titles"),
    [
        pytest.param([("a", "T", 1, True)], {"T"}, id="a title with all below it"),
        pytest.param([("a", "T", 1, False)], set(), id="nothing below it"),
        pytest.param([("a", "T", 2, True)], set(), id="of the second level"),
        pytest.param([("a", "T", 1, True), ("a", "U", 1, True)], set(), id="beside another"),
        pytest.param([("a", "T", 1, True), ("b", "T", 1, True)], {"T"}, id="of two notes"),
        pytest.param([("a", "T", 1, True), ("b", "T", 1, False)], set(), id="a topic of its own in another note"),
        pytest.param([("a", "", 1, True)], set(), id="without words"),
    ],
)
def test_what_is_only_a_title(tops: list[tuple[str, str, int, bool]], titles: set[str]) -> None:
    assert topic_names(TopHeading(*top) for top in tops).titles == titles


@pytest.mark.parametrize(
    ("path", "topic"), [("T", "T"), ("T › Kafka", "Kafka"), ("T › T › x", "T › x"), ("Kafka › T", "Kafka › T")]
)
def test_the_topic_of_a_section(path: str, topic: str) -> None:
    assert topic_names([TopHeading("a", "T", 1, True)]).topic_of(path) == topic


@pytest.fixture
async def ds(tmp_path_factory: pytest.TempPathFactory) -> Datasette:
    folder = tmp_path_factory.mktemp("topics") / "joplin"
    folder.mkdir()
    for name, body in NOTES.items():
        note = Note(id=name * 32, updated_time=1_700_000_000_000, title=f"Note {name}", body=body)
        (folder / f"{note.id}.md").write_text(serialize(note), encoding="utf-8")
    return await served(built(folder))


async def json_of(ds: Datasette, page: str, **asked: str) -> dict[str, list[dict[str, str]]]:
    answer = await ds.client.get(f"/catalogue/-/{page}.json?{urlencode(asked)}")
    assert answer.status_code == 200
    told: dict[str, list[dict[str, str]]] = answer.json()
    return told


@pytest.mark.parametrize(
    ("path", "links"),
    [
        ("Kafka", {"one", "lag", "two", "six"}),
        ("Kafka › Lag", {"lag", "six"}),
        ("Queues at work › Kafka", {"one", "lag", "two", "six"}),
        ("Queues at work", {"top", "one", "lag"}),
        ("Only a heading", {"three"}),
        ("Databases", {"four", "five"}),
        ("Databases › Indexes", {"four"}),
    ],
)
async def test_equal_topics_of_several_notes_meet(ds: Datasette, path: str, links: set[str]) -> None:
    """However a path is written, and in the finder, where the page leads."""
    topic = await json_of(ds, "topic", path=path)
    assert {link["text"] for link in topic["links"]} == links
    found = await json_of(ds, "search", q=f'section:"/{topic["path"]}"')
    assert {link["places"][0]["text"] for link in found["links"]} == links  # type: ignore[index]


async def test_the_tree(ds: Datasette) -> None:
    """The number of a topic is that of its page."""
    html = (await ds.client.get("/catalogue/-/topics")).text
    roots = dict(re.findall(r'class="root"><a [^>]*>([^<]+)</a> <span class="n">(\d+)', html))
    assert roots == {"Kafka": "4", "Queues at work": "3", "Databases": "2", "Only a heading": "1"}
    for path, number in roots.items():
        page = (await ds.client.get(f"/catalogue/-/topic?{urlencode({'path': path})}")).text
        assert f'class="tally">{number} link' in page


async def test_links_stand_together_by_topic(ds: Datasette) -> None:
    html = (await ds.client.get("/catalogue/-/topic?path=Kafka")).text
    assert len(re.findall(r'<h2 class="group">', html)) == 1


async def test_what_is_directly_under_a_topic_comes_first(ds: Datasette) -> None:
    """Also from notes whose paths begin with a title, where the order of paths is another."""
    topic = await json_of(ds, "topic", path="Kafka")
    assert [link["text"] for link in topic["links"]] == ["two", "one", "six", "lag"]
