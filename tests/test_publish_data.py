"""Every page of our own as data: the same choice, in JSON or CSV, and where it goes on."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from published import TOP, checked, example, query, served, served_to_all

from extractor.publish.plugin.data import as_csv, plain, size_of

if TYPE_CHECKING:
    from datasette.app import Datasette

NOTE = "b388f35bf3f75883a2e73f6aafee8a79"
((REVISION,),) = query(example(), "SELECT id FROM revisions WHERE note_id = ? AND number = 12", NOTE)
((LINK, ADDRESS),) = query(example(), "SELECT id, url_id FROM links WHERE text = 'Saga'")
PAGES = {
    "search": {"query", "problems", "unknown", "counts", "links", "results", "next"},
    "search?q=kafka+after:2024+author:x": {"query", "problems", "unknown", "counts", "links", "results", "next"},
    "notes?q=kafka&tag=links": {"total", "notes", "next"},
    f"note/{NOTE}": {"note", "title", "state", "is_whole", "texts", "links", "moments", "chosen"},
    f"note/{NOTE}?at=8": {"note", "title", "state", "is_whole", "texts", "links", "moments", "chosen"},
    f"note/{NOTE}/changes?from=3&to=12": {"note", "old", "new", "titles", "pieces", "links"},
    f"note/{NOTE}/blame": {"note", "passages", "is_sure"},
    f"revision/{REVISION}": {"note", "old", "new", "titles", "pieces", "links"},
    "topic?path=Messaging": {"path", "branches", "notes", "links", "images", "years"},
    "topic?path=Messaging&past=1": {"path", "branches", "notes", "links", "images", "years", "next"},
    "digest?since=365d": {"since", "until", "saved", "all_saved", "fates", "written", "days", "expiring"},
    f"link/{LINK}": {"url", "health", "places", "events", "address", "checks"},
    f"address/{ADDRESS}": {"url", "health", "places", "events", "address", "checks"},
}
LISTS = [
    "search?q=kafka",
    "search?q=kind:link+in:2024&by=date",
    "notes?notebook=Engineering&by=title",
    "topic?path=Messaging",
]


@pytest.fixture
async def ds() -> Datasette:
    return await served_to_all(checked())


def in_form(page: str, form: str) -> str:
    path, _, asked = page.partition("?")
    return f"/catalogue/-/{path}{form}" + (f"?{asked}" if asked else "")


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_as_json(ds: Datasette, page: str) -> None:
    """It is linked from the page."""
    html = (await ds.client.get(f"/catalogue/-/{page}")).text
    hrefs = [href.replace("&amp;", "&") for href in re.findall(r'<a href="([^"]*)">(?:JSON|CSV)</a>', html)]
    assert hrefs[0] == in_form(page, ".json")
    answer = await ds.client.get(hrefs[0])
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json().keys() >= PAGES[page]


@pytest.mark.parametrize("page", LISTS)
async def test_a_list_as_csv(ds: Datasette, page: str) -> None:
    """With the rows that JSON has, in the same order."""
    answer = await ds.client.get(in_form(page, ".csv"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = (await ds.client.get(in_form(page, ".json"))).json()
    if page.startswith("notes"):
        listed = told["notes"]
    elif page.startswith("topic"):
        listed = [*told["links"], *told["images"]]
    else:
        listed = [link["places"][0] for link in told["links"]]
    assert [row["id"] for row in rows] == [str(one["id"]) for one in listed]
    assert rows


@pytest.mark.parametrize("form", [".json", ".csv"])
async def test_a_list_goes_on_to_its_end(ds: Datasette, form: str) -> None:
    path, seen = f"/catalogue/-/search{form}?q=site:github.com+OR+kafka&by=date&size=3", []
    while path:
        answer = await ds.client.get(path)
        if form == ".json":
            told = answer.json()
            found = [link["url_id"] for link in told["links"]]
            path = told["next"]
        else:
            found = [int(row["url_id"]) for row in csv.DictReader(io.StringIO(answer.text))]
            path = (re.findall(r'<(.*)>; rel="next"', answer.headers.get("link", "")) or [""])[0]
        assert 0 < len(found) <= 3
        seen += found
    total = (await ds.client.get("/catalogue/-/search.json?q=site:github.com+OR+kafka")).json()["counts"]["addresses"]
    assert len(seen) == len(set(seen)) == total


@pytest.mark.parametrize("form", [".json", ".csv"])
@pytest.mark.parametrize("asked", ["", "by=title", "notebook=Engineering&by=title", "q=a"])
async def test_notes_go_on_to_their_end(ds: Datasette, form: str, asked: str) -> None:
    path, seen = f"/catalogue/-/notes{form}?{asked}&size=3", []
    while path:
        answer = await ds.client.get(path)
        told = answer.json()["notes"] if form == ".json" else list(csv.DictReader(io.StringIO(answer.text)))
        assert 0 < len(told) <= 3
        seen += [one["id"] for one in told]
        path = (re.findall(r'<(.*)>; rel="next"', answer.headers.get("link", "")) or [""])[0]
    whole = (await ds.client.get(f"/catalogue/-/notes.json?{asked}&size=1000")).json()
    assert seen == [one["id"] for one in whole["notes"]]
    assert len(seen) == whole["total"] > 4


@pytest.mark.parametrize("kind", ["note", "section", "revision"])
async def test_other_kinds_go_on_to_their_end(ds: Datasette, kind: str) -> None:
    path, seen = f"/catalogue/-/search.json?q=the+OR+a+kind:{kind}&size=2", []
    names = {"note": "notes", "section": "sections", "revision": "history"}
    while path:
        told = (await ds.client.get(path)).json()
        found = told["results"][names[kind]]
        assert 0 < len(found["rows"]) <= 2
        seen += [str(one) for one in found["rows"]]
        path = told["next"]
    assert len(seen) == len(set(seen)) == found["count"] > 2


@pytest.mark.parametrize("form", [".json", ".csv"])
async def test_a_topic_goes_on_to_its_end(ds: Datasette, form: str) -> None:
    path, seen = f"/catalogue/-/topic{form}?path=Messaging&past=1&size=4", []
    while path:
        answer = await ds.client.get(path)
        if form == ".json":
            seen += [str(one["id"]) for kind in ("links", "images") for one in answer.json()[kind]]
        else:
            seen += [row["id"] for row in csv.DictReader(io.StringIO(answer.text))]
        path = (re.findall(r'<(.*)>; rel="next"', answer.headers.get("link", "")) or [""])[0]
    whole = (await ds.client.get("/catalogue/-/topic.json?path=Messaging&past=1")).json()
    assert sorted(seen) == sorted(str(one["id"]) for kind in ("links", "images") for one in whole[kind])
    assert len(seen) > 8


async def test_a_problem_and_an_unknown_name_are_told(ds: Datasette) -> None:
    told = (await ds.client.get("/catalogue/-/search.json?q=author:x+tag:lnks")).json()
    assert [one["typed"] for one in told["problems"]] == ["author:x"]
    assert told["unknown"] == [{"kind": "tag", "typed": "lnks", "nearest": ["links"]}]


@pytest.mark.parametrize("at", ["", "8", "2025-01-01"])
async def test_a_note_as_a_file(ds: Datasette, at: str) -> None:
    """As it was at any time, and as JSON has it."""
    answer = await ds.client.get(f"/catalogue/-/note/{NOTE}.md?at={at}")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''System%20design%20links.md"
    told = (await ds.client.get(f"/catalogue/-/note/{NOTE}.json?at={at}")).json()
    assert (told["is_whole"], told["texts"]) == (True, [answer.text])
    html = (await ds.client.get(f"/catalogue/-/note/{NOTE}?at={at}")).text
    assert f'href="/catalogue/-/note/{NOTE}.md{"?at=" + at if at else ""}" download' in html


async def test_of_what_is_not_known_there_is_no_file(ds: Datasette) -> None:
    assert (await ds.client.get(f"/catalogue/-/note/{NOTE}.md?at=1999-01-01")).status_code == 404


async def test_what_is_closed_is_closed_as_data() -> None:
    rules = {"databases": {"catalogue": {"tables": {"links": {"allow": {"id": "owner"}}}}}}
    ds = await served(example(), rules)
    assert (await ds.client.get(f"/catalogue/-/note/{NOTE}.json")).status_code == 403
    assert (await ds.client.get("/catalogue/-/search.json?q=kafka")).json()["links"] == []


async def test_the_examples_of_the_manual(ds: Datasette) -> None:
    """Each that is an address of ours answers; of kept pages, the example has none (test_kept_published)."""
    manual = (TOP / "docs" / "browsing.md").read_text(encoding="utf-8")
    examples = re.findall(r"^(/catalogue/-/(?!kept/)\S+\.(?:json|csv|md)\S*)", manual, re.MULTILINE)
    assert len(examples) >= 10
    meant = {"NOTE": NOTE, "REVISION": REVISION, "/link/ID": f"/link/{LINK}", "/address/ID": f"/address/{ADDRESS}"}
    for shown in examples:
        path = re.sub("|".join(meant), lambda name: str(meant[name[0]]), shown)
        assert (await ds.client.get(path)).status_code == 200, path


@pytest.mark.parametrize(
    ("asked", "size"), [(None, 30), ("", 30), ("5", 5), ("0", 1), ("99999", 30), ("5000", 1000), ("x", 30), ("-1", 30)]
)
def test_how_many_rows(asked: str | None, size: int) -> None:
    assert size_of(asked, 30) == size


def test_half_an_emoji_stays_no_error() -> None:
    assert json.loads(json.dumps(plain({"a": ("\ud83d", {1})}))) == {"a": ["\ufffd", [1]]}
    assert as_csv(["a"], [["\ud83d"], ['b"\n']]).body == 'a\r\n\ufffd\r\n"b""\n"\r\n'
