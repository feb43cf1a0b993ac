"""Beside other databases: they are as without the plugin, and so is Datasette; catalogues are as they are alone."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from catalogues import copy_of
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from published import ASKED, IS_DATASETTE_0, example, query, served

import extractor.publish
from extractor.publish.plugin import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ELSEWHERE = {"host": "data.example"}
FROM_ANOTHER_SITE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
OF_PLAIN = [
    *("/plain", "/plain.json", "/plain.db", "/plain?sql=select+1", "/plain?sql=selec", "/plain.json?sql=select+1"),
    *("/plain/notes", "/plain/notes.json", "/plain/notes.csv", "/plain/notes?url__contains=a", "/plain/notes/1"),
    *("/plain/notes/7", "/plain/nothing", "/plain/-", "/plain/-/1", "/plain/-/topics", "/plain/-/note/abcd"),
]
OF_ALL = [
    *("/-/plugins", "/-/settings", "/-/settings.json", "/-/allow-debug", "/-/nothing", "/-/static/app.css"),
    *("/favicon.ico", "/nothing", "/nothing.json"),
]
ALONE = ["/", "/.json", "/-/databases.json", "/-/metadata.json"]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A database with a table that is called as one of ours, and one that is called as our pages are."""
    path = tmp_path / "plain.db"
    query(path, "CREATE TABLE notes (id INTEGER PRIMARY KEY, url TEXT, note TEXT)")
    query(path, "INSERT INTO notes VALUES (1, 'https://example.com/a', 'x')")
    query(path, "CREATE TABLE [-] (id INTEGER PRIMARY KEY)")
    query(path, "INSERT INTO [-] VALUES (1)")
    return path


@pytest.fixture
def without_plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("datasette.handle_exception.rich", None)  # it comes with us
    name = pm.get_name(extractor.publish)
    if name is not None:
        pm.unregister(extractor.publish)
    yield
    if name is not None:
        pm.register(extractor.publish, name)


async def answers(datasette: Datasette, paths: list[str], headers: Mapping[str, str]) -> dict[str, Any]:
    await datasette.invoke_startup()
    found = {}
    for path in paths:
        answer = await datasette.client.get(path, headers=headers)
        text = re.sub(r"[\d.]+ ?ms|\"query_ms\": [\d.]+", "", answer.text)
        if path.startswith("/-/plugins"):
            text = ""  # ours is there
        found[path] = answer.status_code, sorted(answer.headers.items()) if text else [], text
    return found


@pytest.fixture
async def as_without(without_plugin: None, plain: Path) -> dict[bool, dict[str, Any]]:
    """What Datasette answers without the plugin, by whether the file is served as immutable."""
    del without_plugin
    return {
        is_immutable: await answers(
            Datasette([], immutables=[str(plain)]) if is_immutable else Datasette([str(plain)]),
            [*OF_PLAIN, *OF_ALL, *ALONE],
            ELSEWHERE | FROM_ANOTHER_SITE,
        )
        for is_immutable in (False, True)
    }


@pytest.mark.parametrize("is_immutable", [False, True])
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a catalogue"])
async def test_another_database_is_as_without_the_plugin(
    plain: Path, as_without: dict[bool, dict[str, Any]], is_immutable: bool, beside: bool
) -> None:
    pm.register(extractor.publish, "joplin_catalogue")
    try:
        catalogues = [str(example())] if beside else []
        files = {"immutables": [str(plain)]} if is_immutable else {}
        datasette = Datasette(catalogues + ([] if is_immutable else [str(plain)]), **files)
        paths = [*OF_PLAIN, *OF_ALL, *([] if beside else ALONE)]
        found = await answers(datasette, paths, ELSEWHERE | FROM_ANOTHER_SITE)
    finally:
        pm.unregister(extractor.publish)
    for path, answer in found.items():
        assert answer == as_without[is_immutable][path], path
    assert found["/plain.db"][0] == (200 if is_immutable else 403)


async def test_an_address_of_nothing_is_not_found(plain: Path) -> None:
    """With rich installed, Datasette itself fails here for want of an exception to print."""
    answer = await (await served(plain)).client.get("/plain/a/b/c/d")
    assert (answer.status_code, "catalogue.css" in answer.text) == (404, False)


async def test_catalogues_beside_other_databases(plain: Path, tmp_path: Path) -> None:
    work = copy_of(example(), tmp_path / "work").rename(tmp_path / "work.db")
    ds = await served(example(), {"databases": {"work": {"title": "At work"}}}, work, plain)
    for name, title in {"catalogue": "Joplin catalogue", "work": "At work"}.items():
        start = await ds.client.get(f"/{name}")
        assert f"<h1>{title}</h1>" in start.text
        assert "links_by_section" in start.text
        assert '<a href="/">All databases</a>' in start.text
        table = await ds.client.get(f"/{name}/notes")
        assert 'id="facet-state"' in table.text
        assert "catalogue.css" in table.text
        assert (await ds.client.get(f"/{name}/-/topics")).status_code == 200
        assert "big-search" in (await ds.client.get(f"/{name}/-/nothing")).text
        for path in (f"/{name}", f"/{name}.json", f"/{name}/links.json", f"/{name}/-/topics"):
            assert (await ds.client.get(path, headers=ELSEWHERE)).status_code == 421, path
            assert (await ds.client.get(path, headers=FROM_ANOTHER_SITE)).status_code == 403, path
    home = (await ds.client.get("/")).text
    assert {"/catalogue", "/work", "/plain"} <= set(re.findall(r'href="([^"]*)"', home))


async def test_two_catalogues_that_are_called_the_same_are_told_apart(tmp_path: Path) -> None:
    work = copy_of(example(), tmp_path / "work").rename(tmp_path / "work.db")
    ds = await served(example(), None, work)
    for name in ("catalogue", "work"):
        assert f"<h1>Joplin catalogue ({name})</h1>" in (await ds.client.get(f"/{name}")).text


@pytest.mark.parametrize(
    ("files", "titles"),
    [
        (["catalogue", "work"], {"catalogue": "Mine", "work": "Joplin catalogue"}),
        (["work"], {"work": "Mine"}),
    ],
)
async def test_of_which_a_file_speaks_that_says_catalogue(
    tmp_path: Path, files: list[str], titles: dict[str, str]
) -> None:
    served_files = [copy_of(example(), tmp_path / name).rename(tmp_path / f"{name}.db") for name in files]
    ds = await served(served_files[0], {"databases": {"catalogue": {"title": "Mine"}}}, *served_files[1:])
    for name, title in titles.items():
        assert f"<h1>{title}</h1>" in (await ds.client.get(f"/{name}")).text


async def test_a_database_of_another_kind_may_be_called_catalogue(tmp_path: Path) -> None:
    other = tmp_path / "catalogue.db"
    query(other, "CREATE TABLE notes (id INTEGER PRIMARY KEY)")
    work = copy_of(example(), tmp_path / "work").rename(tmp_path / "work.db")
    ds = await served(
        work, {"databases": {"catalogue": {"title": "Products", "tables": {"notes": {"size": 1}}}}}, other
    )
    assert "<h1>Joplin catalogue</h1>" in (await ds.client.get("/work")).text
    assert "catalogue.css" not in (await ds.client.get("/catalogue/notes")).text


async def test_a_catalogue_that_comes_later_is_one(plain: Path) -> None:
    ds = await served(plain)
    ds.add_database(Database(ds, str(example())), "later")
    assert (await ds.client.get("/later.json", headers=ELSEWHERE)).status_code == 421
    later = (await ds.client.get("/later")).text
    assert "Latest links" in later
    assert "<h1>Joplin catalogue</h1>" in later or not IS_DATASETTE_0  # 1.0 reads what is said of it at its start


@pytest.mark.parametrize("path", ["/catalogue.db", "/catalogue"])
async def test_a_catalogue_is_not_downloaded_beside_other_databases(plain: Path, path: str) -> None:
    ds = Datasette([str(plain)], immutables=[str(example())])
    await ds.invoke_startup()
    answer = await ds.client.get(path)
    assert answer.status_code == (403 if path.endswith(".db") else 200)
    assert ".db" not in answer.text.partition("<main")[2]


async def test_what_asks_all_databases_at_once_is_guarded(plain: Path) -> None:
    ds = await served(example(), None, plain, crossdb=True)
    path = ASKED.format(".json").replace("catalogue", "_memory") + "sql=select+title+from+catalogue.notes"
    assert (await ds.client.get(path)).status_code == 200
    assert (await ds.client.get(path, headers=ELSEWHERE)).status_code == 421


async def test_settings_are_set_where_nothing_but_catalogues_is_served(plain: Path) -> None:
    async def said(*beside: Path, **given: int) -> dict[str, Any]:
        ds = await served(example(), None, *beside, settings=given)
        return (await ds.client.get("/-/settings.json")).json()

    assert (await said())["sql_time_limit_ms"] == 3000
    assert (await said())["allow_download"] is False
    assert (await said(sql_time_limit_ms=500))["sql_time_limit_ms"] == 500
    assert (await said(plain))["sql_time_limit_ms"] == 1000
    assert (await said(plain))["allow_download"] is True


@pytest.mark.parametrize(("with_plain", "is_frozen", "times"), [(False, False, 1), (True, False, 0), (False, True, 0)])
async def test_the_garbage_collector_of_a_process_that_serves_catalogues_alone(
    plain: Path, monkeypatch: pytest.MonkeyPatch, with_plain: bool, is_frozen: bool, times: int
) -> None:
    """It belongs to the whole process, and whoever has frozen anything has set it up."""
    called: list[None] = []
    monkeypatch.setattr(settings, "collect_seldom_for_good", lambda: called.append(None))
    monkeypatch.setattr(gc, "get_freeze_count", lambda: int(is_frozen))
    await served(example(), None, *([plain] if with_plain else []))
    assert len(called) == times


async def test_what_the_user_draws_comes_first(tmp_path: Path) -> None:
    for name, says in {"table-catalogue-notes.html": "mine alone", "row.html": "all rows"}.items():
        (tmp_path / name).write_text(says)
    ds = await served(example(), template_dir=str(tmp_path))
    ((note,),) = query(example(), "SELECT id FROM notes LIMIT 1")
    assert (await ds.client.get("/catalogue/notes")).text == "mine alone"
    assert (await ds.client.get(f"/catalogue/notes/{note}")).text == "all rows"
    assert "catalogue.css" in (await ds.client.get("/catalogue/links")).text


async def test_what_metadata_says_is_what_it_said_before(plain: Path) -> None:
    """Datasette writes what others say into what it was told first."""
    first = await served(example(), {"databases": {"catalogue": {"tables": {"notes": {"title": "Mine"}}}}}, plain)
    assert "<h1>Mine" in (await first.client.get("/catalogue/notes")).text
    second = await served(example(), None, plain)
    assert "<h1>Notes" in (await second.client.get("/catalogue/notes")).text


PROGRAM = """
import asyncio, json, sys
import datasette.app, datasette.handle_exception, datasette.views.table, datasette.views.base, datasette.plugins
import datasette.forbidden, datasette.default_permissions
modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "datasette"}
before = {name: {key: id(value) for key, value in vars(module).items()} for name, module in modules.items()}
async def main():
    ds = datasette.app.Datasette([sys.argv[1]])
    await ds.invoke_startup()
    for path in ("/", "/catalogue", "/catalogue/notes", "/nothing"):
        await ds.client.get(path)
asyncio.run(main())
changed = [
    f"{name}.{key}" for name, module in modules.items() for key, value in vars(module).items()
    if before[name].get(key) not in (None, id(value))
    and not key.startswith(("_cached", "_reason_id"))  # by Datasette itself
]
print(json.dumps(changed))
"""


def test_no_module_of_datasette_is_changed() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(example())], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout.splitlines()[-1]) == []
