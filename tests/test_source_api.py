"""The Data API: recorded answers of the real one, and a service on loopback whose rows move."""

from __future__ import annotations

import json
import logging
import socket
import time
from contextlib import closing
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import respx
from joplin_service import TOKEN, JoplinService, error, first_words, good

from extractor.errors import ConfigError, SourceChanged, SourceEmpty, SourceError, SourceNotFound, SourceUnreadable
from extractor.joplin.items import Note, NoteTag, Revision
from extractor.sources import api as api_module
from extractor.sources import data_api, open_source
from extractor.sources.api import ApiSource
from extractor.sources.api_address import find_token, is_api_address, parse_address
from extractor.sources.profile import ProfileSource


@pytest.fixture
def service(corpora):
    return JoplinService(corpora("profile") / "database.sqlite")


@pytest.fixture
def source(service):
    with service.running() as address, closing(ApiSource(address, TOKEN, patience=2)) as opened:
        yield opened


def read(source):
    return {reading.entry.name: reading for reading in source.read(source.entries())}


def recorded(corpora):
    folder = corpora("api")
    for answer in json.loads((folder / "_index.json").read_text()):
        yield answer, (folder / f"{answer['name']}.json").read_bytes()


# The service on loopback is as the real one


def test_the_service_answers_as_joplin_does(corpora, service):
    told = {id_ for name, row in _recorded_rows(corpora) for id_ in [row["id"]] if name in ("revisions", "notes")}
    for table in ("revisions", "notes"):  # the real one had emptied the trash just before
        marks = ",".join("?" * len(told))
        service.db.execute(f"DELETE FROM {table} WHERE id NOT IN ({marks})", list(told))  # noqa: S608 - a test's
    compared = 0
    for answer, content in recorded(corpora):
        url = urlsplit(answer["path"])
        if url.path in ("/events", "/search"):
            continue
        query = dict(parse_qsl(url.query)) | ({"token": TOKEN} if answer["token_sent"] else {})
        status, kind, body = service.answer(url.path, query)
        assert (status, kind) == (answer["status"], answer["content_type"]), answer
        if url.path == "/ping":
            assert body == json.loads(content).encode()
        elif status == 200:
            assert json.loads(body) == json.loads(content), answer
        else:
            assert first_words(body) == first_words(content), answer
        compared += 1
    assert compared == 26


def _recorded_rows(corpora):
    for answer, content in recorded(corpora):
        if "_page_" in answer["name"]:
            for row in json.loads(content)["items"]:
                yield answer["name"].partition("_")[0], row


# What is read


def test_recorded_answers_are_read_as_items(corpora):
    pages = {answer["path"]: content for answer, content in recorded(corpora) if "_page_" in answer["name"]}

    def replay(request):
        table = request.url.path.strip("/")
        page = request.url.params.get("page")
        found = [
            body for path, body in pages.items() if path.startswith(f"/{table}?") and f"&page={page}" in path + "&"
        ]
        return httpx.Response(200, content=found[0] if found else b'{"items": [], "has_more": false}')

    with respx.mock(base_url="http://127.0.0.1:41184") as mock:
        mock.get("/ping").respond(text="JoplinClipperServer")
        mock.get(url__regex=r".*").mock(side_effect=replay)
        with closing(ApiSource("http://127.0.0.1:41184", "token")) as source:
            readings = list(source.read(source.entries()))
    assert [reading.problem for reading in readings if reading.problem] == []
    assert sum(isinstance(reading.item, Revision) for reading in readings) == 1156
    assert sum(isinstance(reading.item, Note) for reading in readings) == 82


def test_the_same_items_as_in_the_profile(corpora, source):
    with closing(ProfileSource(corpora("profile"))) as profile:
        expected = {name: reading.item for name, reading in read(profile).items()}
    items = {name: reading.item for name, reading in read(source).items()}
    pairs = {(item.note_id, item.tag_id) for item in items.values() if isinstance(item, NoteTag)}
    assert pairs == {(item.note_id, item.tag_id) for item in expected.values() if isinstance(item, NoteTag)}
    for some in (items, expected):
        for name in [name for name, item in some.items() if isinstance(item, NoteTag)]:
            del some[name]
    assert items == expected
    assert (source.kind, source.has_history, source.history_days, source.master_keys()) == ("api", True, None, ())


def test_only_what_changed_is_asked_for_in_full(service, source):
    stamps = {entry.name: entry.stamp for entry in source.entries()}
    service.db.execute(
        "UPDATE notes SET body = 'new', updated_time = updated_time + 1 WHERE id IN (SELECT id FROM notes LIMIT 2)"
    )
    service.db.execute(
        "UPDATE revisions SET updated_time = updated_time + 1 WHERE id IN (SELECT id FROM revisions LIMIT 40)"
    )
    changed = [entry for entry in source.entries() if stamps[entry.name] != entry.stamp]
    assert len(changed) == 42
    service.asked.clear()
    readings = list(source.read(changed))
    assert all(reading.item is not None for reading in readings)
    assert len(service.asked) < 30
    assert sum(path.startswith("/notes/") for path, _ in service.asked) == 2


def test_a_notebook_in_the_trash_is_asked_for_because_its_notes_name_it(service, source):
    service.db.execute("UPDATE folders SET deleted_time = 5 WHERE id IN (SELECT parent_id FROM notes)")
    folders = {name: reading.item for name, reading in read(source).items() if name.startswith("folders/")}
    in_the_database = dict(service.db.execute("SELECT 'folders/' || id, deleted_time FROM folders").fetchall())
    assert {name: folder.deleted_time for name, folder in folders.items()} == in_the_database
    assert 5 in in_the_database.values()


# Rows that move


def moving(service, change):
    """Change the database before each page of revisions after the first, for as long as there are changes."""
    changes = iter(change)

    def before(path, query):
        if path == "/revisions" and query.get("page") != "1" and (statement := next(changes, None)):
            service.db.execute(statement)

    service.before = before


INSERT = """
    INSERT OR IGNORE INTO revisions
    SELECT '00' || id, parent_id, item_type, item_id, 0, '', '', '', '', 0, 1, 1 FROM revisions ORDER BY id LIMIT 3
"""


@pytest.mark.parametrize(
    "changes",
    [
        ["DELETE FROM revisions WHERE id = (SELECT min(id) FROM revisions)"] * 5,
        ["DELETE FROM revisions WHERE id IN (SELECT id FROM revisions ORDER BY id LIMIT 150)"],
        [INSERT] * 2,
        ["UPDATE revisions SET updated_time = updated_time + 1000000000000 WHERE rowid < 300"] * 20,
        ["DELETE FROM revisions WHERE id = (SELECT max(id) FROM revisions)"] * 3,
    ],
)
def test_no_row_is_lost_or_told_twice_when_rows_move_between_pages(service, source, changes):
    moving(service, changes)
    entries = [entry.item_id for entry in source.entries() if entry.name.startswith("revisions/")]
    assert sorted(entries) == [row["id"] for row in service.db.execute("SELECT id FROM revisions ORDER BY id")]


def test_rows_that_move_between_list_and_read_are_read_all_the_same(service, source):
    entries = source.entries()
    service.db.execute("DELETE FROM revisions WHERE id IN (SELECT id FROM revisions ORDER BY id LIMIT 30)")
    service.db.execute("UPDATE notes SET title = 'later', updated_time = 9")
    readings = {reading.entry.name: reading for reading in source.read(entries)}
    assert len(readings) == len(entries)
    revisions = [reading for name, reading in readings.items() if name.startswith("revisions/")]
    assert sum(reading.item is None and reading.problem is None for reading in revisions) == 30
    later = {entry.name: entry.stamp for entry in source.entries()}
    for name, reading in readings.items():
        if reading.item is not None:
            assert reading.entry.stamp == later[name]  # the stamp is that of what was read, not of what was listed


def test_a_service_that_never_holds_still_is_said_so(service, source):
    moving(service, (f"DELETE FROM revisions WHERE rowid = {n}" for n in range(1000)))  # noqa: S608 - a test's
    with pytest.raises(SourceChanged, match="kept changing"):
        source.entries()


# Other versions


def test_an_older_version_is_read_as_far_as_it_goes(service, source):
    service.db.execute("ALTER TABLE notes RENAME COLUMN deleted_time TO dt")
    service.db.execute("ALTER TABLE notes RENAME COLUMN markup_language TO ml")
    service.db.execute("ALTER TABLE resources RENAME COLUMN size TO s")
    service.before = lambda path, _: error(404, "Not Found: ") if path.startswith("/revisions") else None
    service.page = lambda table, query, page=service.page: (
        good({"items": [], "has_more": False}) if table == "folders" else page(table, query | {"include_deleted": "1"})
    )
    readings = read(source)
    notes = [reading for name, reading in readings.items() if name.startswith("notes/")]
    assert len(notes) == 83
    assert all(isinstance(reading.item, Note) for reading in notes)


# Tokens


def hang_up(handler):
    handler.close_connection = True


def break_off(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    handler.close_connection = True


@pytest.mark.parametrize(("token", "said"), [("wrong", "does not accept this token"), ("", "wants a token")])
def test_a_wrong_token_is_said_in_clear_words(service, token, said):
    with service.running() as address, pytest.raises(SourceUnreadable, match=said) as raised:
        ApiSource(address, token).entries()
    assert "Web Clipper" in raised.value.hint


@pytest.mark.parametrize(
    "fault",
    [
        lambda: error(403, f"wrong: {TOKEN}"),
        lambda: error(500, f"token={TOKEN}"),
        lambda: (200, "text/html", f"<html>{TOKEN}".encode()),
        lambda: (302, "text/html", b""),
        lambda: hang_up,
        lambda: break_off,
    ],
)
def test_the_token_is_in_no_error_and_in_no_log(service, fault, caplog):
    caplog.set_level(logging.DEBUG)
    service.before = lambda path, _: None if path == "/ping" else fault()
    with service.running() as address:
        source = ApiSource(address, TOKEN, patience=0.3)
        with pytest.raises(SourceError) as raised:
            source.entries()
        assert source.location == address
    seen: BaseException | None = raised.value
    said = [str(raised.value), repr(raised.value), raised.value.hint, repr(source), caplog.text]
    while seen is not None:
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
        said.append(repr(seen))
    assert not [text for text in said if "s3cret" in text]
    assert "/notes" not in caplog.text or "token" not in caplog.text


def test_the_token_is_not_sent_to_what_is_not_joplin(service):
    tokens = []

    def impostor(_path, query):
        tokens.append(query.get("token"))
        return 200, "text/html", b"<html>Hello"

    service.before = impostor
    with service.running() as address, pytest.raises(SourceNotFound, match="is not Joplin"):
        ApiSource(address, TOKEN).entries()
    assert tokens == [None]


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({}, ""),
        ({"JOPLIN_CATALOGUE_TOKEN": " abc\n"}, "abc"),
        ({"JOPLIN_CATALOGUE_TOKEN_FILE": "FILE"}, "from the file"),
        ({"JOPLIN_CATALOGUE_TOKEN": "abc", "JOPLIN_CATALOGUE_TOKEN_FILE": "FILE"}, "abc"),
        ({"JOPLIN_CATALOGUE_TOKEN_FILE": "/nowhere/token"}, None),
    ],
)
def test_the_token_comes_from_the_environment_or_a_file(tmp_path, environ, token):
    path = tmp_path / "token"
    path.write_text("from the file\n")
    environ = {name: value.replace("FILE", str(path)) for name, value in environ.items()}
    if token is None:
        with pytest.raises(ConfigError, match="/nowhere/token"):
            find_token(environ)
    else:
        assert find_token(environ) == token


# Addresses


@pytest.mark.parametrize(
    ("spec", "location"),
    [
        ("http://127.0.0.1:41184", "http://127.0.0.1:41184"),
        ("http://127.0.0.1", "http://127.0.0.1:41184"),
        ("HTTP://LOCALHOST:41184/", "http://127.0.0.1:41184"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
        ("http://host.docker.internal:41184", "http://host.docker.internal:41184"),
        ("http://127.0.0.1:41184?token=abc", ConfigError),
        ("http://me:abc@127.0.0.1:41184", ConfigError),
        ("https://127.0.0.1:41184", ConfigError),
        ("http://127.0.0.1:notaport", ConfigError),
        ("http://", ConfigError),
    ],
)
def test_addresses_are_canonical_and_without_secrets(spec, location):
    assert is_api_address(spec)
    if location is ConfigError:
        with pytest.raises(ConfigError) as raised:
            parse_address(spec)
        assert "abc" not in str(raised.value)
    else:
        assert parse_address(spec).location == location


@pytest.mark.parametrize("spec", ["/home/me/http", "http.md", "https://cloud.example/remote.php/dav/files/me/Joplin"])
def test_what_is_no_address_of_the_data_api(spec):
    assert not is_api_address(spec)


def test_it_is_opened_by_its_address(monkeypatch, source):
    monkeypatch.setenv("JOPLIN_CATALOGUE_TOKEN", TOKEN)
    with closing(open_source(source.location)) as opened:
        assert (opened.kind, opened.location) == ("api", source.location)
        assert len(opened.entries()) == 1304


def test_it_is_found_at_the_next_port_as_joplin_does(service, monkeypatch):
    with service.running() as address, socket.create_server(("127.0.0.1", 0)) as silent:
        port = int(address.rpartition(":")[2])
        ports = iter([silent.getsockname()[1], port])
        silent.close()
        monkeypatch.setattr(data_api, "range", lambda *_: ports, raising=False)
        source = ApiSource("http://127.0.0.1:41184", TOKEN)
        assert len(source.entries()) == 1304
        assert source.location == "http://127.0.0.1:41184"  # the same place, whichever port it has today


# Services that behave badly


def test_a_stopped_service_is_said_so(service):
    with service.running() as address:
        source = ApiSource(address, TOKEN)
        entries = source.entries()
    with pytest.raises(SourceUnreadable, match=r"stopped|broke off"):
        list(source.read(entries))
    with pytest.raises(SourceNotFound, match="Nothing answers") as raised:
        ApiSource(address, TOKEN).entries()
    assert "Start Joplin" in raised.value.hint


def endless(path, query):
    if path == "/ping":
        return None
    page = int(query.get("page", 1))
    return good({"items": [{"id": f"{page * 100 + n:032x}", "updated_time": 1} for n in range(100)], "has_more": True})


def hang(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    handler.wfile.flush()
    time.sleep(0.5)


def drip(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    try:
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass


def flood(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
    try:
        while True:
            handler.wfile.write(b" " * 65536)
    except OSError:
        pass


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (endless, "pages without end"),
        (lambda *_: good({"items": [], "has_more": True}), "pages without end"),
        (lambda *_: good({"items": [{"id": "1"}], "has_more": True}), "pages without end"),
        (lambda *_: (200, "text/html", b"<!doctype html>"), "not Joplin's Data API"),
        (lambda *_: (200, "application/json", b"[" * 100_000), "not Joplin's Data API"),
        (lambda *_: good([]), "not Joplin's Data API"),
        (lambda *_: good({"items": 3}), "not Joplin's Data API"),
        (lambda *_: good({"items": [3]}), "not Joplin's Data API"),
        (lambda *_: (302, "text/html", b""), "an error"),
        (lambda *_: error(500, "no such column: nothing_of_ours"), "an error"),
        (lambda *_: error(500, "no such column: id"), "an error"),
        (lambda *_: hang, "does not answer"),
        (lambda *_: drip, "does not answer"),
        (lambda *_: flood, "too long"),
    ],
)
def test_what_behaves_badly_ends_in_a_clear_error_and_in_bounded_time(service, behaviour, said, monkeypatch):
    monkeypatch.setattr(api_module, "MAX_ROWS", 3000)
    monkeypatch.setattr(data_api, "MAX_ITEM_SIZE", 1_000_000)
    service.before = lambda path, query: None if path == "/ping" else behaviour(path, query)
    started = time.perf_counter()
    with (
        service.running() as address,
        closing(ApiSource(address, TOKEN, patience=0.2)) as source,
        pytest.raises(SourceError, match=said),
    ):
        source.entries()
    assert time.perf_counter() - started < 60  # and not for ever


def test_one_broken_connection_is_forgiven(service, source):
    broken = iter([hang_up])
    service.before = lambda path, _: None if path == "/ping" else next(broken, None)
    assert len(source.entries()) == 1304


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"title": "\ud800"}, "half a character"),
        ({"updated_time": "soon"}, "updated_time"),
        ({"body": "x" * 2_000_000}, "larger than any item"),
    ],
)
def test_a_bad_row_is_its_own_problem(service, source, row, problem, monkeypatch):
    entries = source.entries()
    monkeypatch.setattr(data_api, "MAX_ITEM_SIZE", 1_000_000)
    bad = next(entry for entry in entries if entry.name.startswith("notes/"))
    route = service.route

    def with_bad_row(parts, query):
        status, kind, body = route(parts, query)
        if parts[0] == "notes":
            answer = json.loads(body)
            for one in answer.get("items", [answer]):
                if one["id"] == bad.item_id:
                    one.update(row)
            body = json.dumps(answer).encode()
        return status, kind, body

    service.route = with_bad_row
    readings = {reading.entry.name: reading for reading in source.read(entries)}
    assert problem in readings[bad.name].problem
    assert [reading.problem for reading in readings.values() if reading.problem] == [readings[bad.name].problem]


def test_a_joplin_without_notes_is_said_so(service, source):
    for table in ("notes", "folders", "tags", "resources", "revisions"):
        service.db.execute(f"DELETE FROM {table}")  # noqa: S608 - a test's
    with pytest.raises(SourceEmpty):
        source.entries()
