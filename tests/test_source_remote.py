"""Sync targets that lie elsewhere: the logic on files in memory, then real WebDAV and S3 servers on loopback."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cheroot.wsgi import Server
from s3_server import s3_server
from wsgidav.wsgidav_app import WsgiDAVApp

from extractor.errors import ConfigError, SourceEmpty, SourceError, SourceNotFound, SourceUnreadable
from extractor.joplin.items import Note
from extractor.sources import open_source
from extractor.sources import remote as remote_module
from extractor.sources.fetched import Fetched, cache_folder
from extractor.sources.folder import FolderSource
from extractor.sources.protocol import Entry
from extractor.sources.remote import PASSWORD, USER, RemoteSource
from extractor.sources.remote_address import open_remote

NOTE_ID = "0123456789abcdef0123456789abcdef"
NOTE = f"A title\n\nA body\n\nid: {NOTE_ID}\nupdated_time: 2024-11-01T17:34:04.457Z\ntype_: 1".encode()


class Files:
    """Files in memory, with as much of fsspec's interface as is used; `before` is called before each of its answers."""

    def __init__(self, **contents):
        self.contents = dict(contents)
        self.etags = dict.fromkeys(contents, 1)
        self.fetched = []
        self.before = lambda _what, _name: None

    def write(self, name, content):
        self.contents[name] = content
        self.etags[name] = self.etags.get(name, 0) + 1

    def invalidate_cache(self):
        pass

    def ls(self, _root, detail):
        assert detail
        self.before("ls", "")
        return [self._info(name) for name in self.contents] + [{"name": "target/locks", "type": "directory"}]

    def info(self, path):
        self.before("info", path.rpartition("/")[2])
        return self._info(path.rpartition("/")[2])

    def cat_file(self, path, end):
        name = path.rpartition("/")[2]
        self.before("cat", name)
        self.fetched.append(name)
        return self._found(name)[:end]

    def _found(self, name):
        try:
            return self.contents[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def _info(self, name):
        content = self._found(name)
        return {"name": f"target/{name}", "type": "file", "size": len(content), "ETag": f'"{self.etags[name]}"'}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(remote_module, "_PAUSE", 0.001)


@pytest.fixture
def files():
    return Files(**{f"{n:032x}.md": NOTE.replace(NOTE_ID.encode(), f"{n:032x}".encode()) for n in range(100)})


@pytest.fixture
def source(files, tmp_path):
    return RemoteSource(files, "target", "test://target", cache=tmp_path / "cache")


def read(source, entries=None):
    return {reading.entry.name: reading for reading in source.read(source.entries() if entries is None else entries)}


def test_each_item_is_fetched_once(files, source):
    readings = read(source)
    assert sorted(files.fetched) == sorted(files.contents) == list(readings)
    assert all(isinstance(reading.item, Note) for reading in readings.values())
    assert (source.kind, source.location, source.has_history) == ("folder", "test://target", True)


def test_several_items_are_fetched_at_once_and_few_are_held(files, source):
    turns = itertools.count()
    all_at_once = threading.Barrier(remote_module.WORKERS, timeout=60)

    def before(what, _name):
        if what == "cat" and next(turns) < remote_module.WORKERS:
            all_at_once.wait()

    files.before = before
    readings = source.read(source.entries())
    assert next(readings).item is not None
    assert len(files.fetched) <= remote_module._AHEAD  # noqa: SLF001 - the bound itself
    assert len(list(readings)) == 99
    assert not all_at_once.broken


def test_only_what_changed_has_another_stamp(files, source):
    before = {entry.name: entry.stamp for entry in source.entries()}
    name = next(iter(files.contents))
    files.write(name, files.contents[name].replace(b"body", b"text"))
    changed = [entry.name for entry in source.entries() if before[entry.name] != entry.stamp]
    assert changed == [name]


def test_an_interrupted_fetch_goes_on_where_it_stopped(files, source, tmp_path):
    entries = source.entries()
    readings = source.read(entries)
    for _ in range(40):
        next(readings)
    readings.close()
    already = set(files.fetched)
    assert 40 <= len(already) < 100
    files.fetched.clear()
    again = RemoteSource(files, "target", "test://target", cache=tmp_path / "cache")
    assert len(read(again)) == 100
    assert not already & set(files.fetched)
    assert len(files.fetched) == 100 - len(already)


def test_what_was_fetched_is_private_and_kept_for_one_build_only(source, tmp_path):
    read(source)
    (folder,) = (tmp_path / "cache").iterdir()
    kept = list(folder.iterdir())
    assert len(kept) == 100
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert list(source.read([])) == []
    assert list(folder.iterdir()) == []


def test_damage_to_what_was_fetched_is_repaired(source, tmp_path):
    read(source)
    for path in next((tmp_path / "cache").iterdir()).iterdir():
        path.write_bytes(b"")
    assert not [reading.problem for reading in read(source).values() if reading.problem]


def test_a_cache_that_cannot_be_written_is_none(files, tmp_path):
    (tmp_path / "cache").write_text("a file")
    source = RemoteSource(files, "target", "test://target", cache=tmp_path / "cache")
    assert len(read(source)) == 100


@pytest.mark.parametrize("part", [0, 10, len(NOTE) - 1, len(NOTE) + 50])
def test_nothing_half_written_is_kept(files, source, part):
    name = f"{5:032x}.md"
    whole = files.contents[name]
    longer = whole.replace(b"A body", b"A body" + b"y" * 50)

    def write_on(what, asked):
        if what == "cat" and asked == name:
            files.write(name, longer[:part])
            files.before = finish

    def finish(what, asked):
        if what == "info" and asked == name:
            files.write(name, longer)

    files.before = write_on
    reading = read(source)[name]
    assert reading.item.body == "A body" + "y" * 50
    assert reading.entry.stamp == {entry.name: entry.stamp for entry in source.entries()}[name]


def test_an_item_that_was_listed_half_written_is_looked_at_again(files, source):
    name = f"{5:032x}.md"
    whole = files.contents[name]
    files.write(name, whole[:-9])
    entries = source.entries()
    files.before = lambda what, _: files.write(name, whole) if what == "info" else None
    assert isinstance(read(source, entries)[name].item, Note)


def test_an_item_that_never_holds_still_is_a_problem_and_not_trusted(files, source):
    name = f"{5:032x}.md"
    files.before = lambda what, asked: (
        files.write(name, files.contents[name] + b"x") if (what, asked) == ("cat", name) else None
    )
    reading = read(source)[name]
    assert (reading.item, reading.entry.stamp) == (None, "")
    assert "kept changing" in reading.problem


def test_what_another_device_changes_during_the_read_is_read_again(files, source):
    name = f"{1:032x}.md"

    def before(what, asked):
        if what == "cat" and asked == f"{99:032x}.md":
            files.write(name, files.contents[name].replace(b"body", b"text"))
            files.before = lambda *_: None

    files.before = before
    readings = list(source.read(source.entries()))
    assert len(readings) == 101
    assert [reading.item.body for reading in readings if reading.entry.name == name] == ["A body", "A text"]


def test_an_item_that_goes_during_the_read_is_no_problem(files, source):
    entries = source.entries()
    del files.contents[f"{5:032x}.md"]
    reading = read(source, entries)[f"{5:032x}.md"]
    assert (reading.item, reading.problem, reading.entry.stamp) == (None, None, "")


def test_a_hiccup_of_the_server_is_forgiven(files, source):
    hiccups = iter([ConnectionError("reset")] * 3)

    def before(what, _):
        if what == "cat" and (error := next(hiccups, None)):
            raise error

    files.before = before
    assert not [reading.problem for reading in read(source).values() if reading.problem]


def test_an_item_that_the_server_will_not_give_is_a_problem(files, source):
    def before(what, name):
        if what == "cat" and name == f"{5:032x}.md":
            raise OSError("500 Internal Server Error")

    files.before = before
    readings = read(source)
    assert [reading.problem for reading in readings.values() if reading.problem] == [
        "It cannot be fetched: 500 Internal Server Error (OSError)."
    ]
    assert readings[f"{5:032x}.md"].entry.stamp == ""


def test_a_server_that_lists_and_gives_nothing_ends_the_read_soon(files, source):
    def before(what, _):
        if what == "cat":
            raise OSError("503 Service Unavailable")

    files.before = before
    with pytest.raises(SourceUnreadable, match="503"):
        read(source)


def test_a_connection_that_is_lost_ends_the_read_and_deletes_nothing(files, source):
    entries = source.entries()

    def before(_what, _name):
        if len(files.fetched) > 30:
            raise ConnectionError("unreachable")

    files.before = before
    with pytest.raises(SourceUnreadable, match="unreachable"):
        list(source.read(entries))
    files.before = lambda *_: None
    fetched = len(files.fetched)
    assert len(read(source)) == 100
    assert len(files.fetched) - fetched < 100


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (FileNotFoundError(), SourceNotFound, "does not exist"),
        (PermissionError("no"), SourceUnreadable, "refuses access"),
        (TimeoutError("too slow\nand more"), SourceUnreadable, r"too slow \(TimeoutError\)"),
        (RuntimeError(), SourceUnreadable, "RuntimeError"),
    ],
)
def test_what_is_wrong_with_the_place_is_said_in_clear_words(files, source, error, raised, said):
    def fail(*_):
        raise error

    files.before = fail
    with pytest.raises(raised, match=said):
        source.entries()


def test_a_place_without_items_is_said_so(tmp_path):
    with pytest.raises(SourceEmpty):
        RemoteSource(Files(**{"readme.md": b""}), "", "test://x", cache=tmp_path).entries()


def test_a_file_larger_than_any_item_is_not_fetched(files, source, monkeypatch):
    monkeypatch.setattr(remote_module, "MAX_ITEM_SIZE", 1000)
    files.write(f"{5:032x}.md", b"x" * 1001)
    assert "larger than any item" in read(source)[f"{5:032x}.md"].problem
    assert f"{5:032x}.md" not in files.fetched


def test_keys_and_settings_come_from_info_json(files, source):
    assert (source.history_days, source.master_keys()) == (None, ())
    files.write("info.json", b'{"revisionServiceTtlDays": {"value": 365}, "masterKeys": [{"id": "a", "content": "b"}]}')
    again = RemoteSource(files, "target", "test://target")
    assert again.history_days == 365
    assert [key.id for key in again.master_keys()] == ["a"]


@pytest.mark.parametrize(
    ("info", "trusted"),
    [
        ({"size": 5, "ETag": '"a"'}, True),
        ({"size": 5, "etag": "a", "modified": None}, True),
        ({"size": 5, "LastModified": datetime.now(UTC) - timedelta(hours=1)}, True),
        ({"size": 5, "LastModified": datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)}, True),
        ({"size": 5, "LastModified": datetime.now(UTC) + timedelta(hours=1)}, False),
        ({"size": 5, "mtime": time.time() - 3600}, True),
        ({"size": 5, "mtime": time.time() + 3600}, False),
        ({"size": 5, "modified": "yesterday"}, False),
        ({"size": 5}, False),
    ],
)
def test_a_stamp_that_tells_too_little_is_not_trusted(info, trusted):
    assert (remote_module._stamp(info) != "") is trusted  # noqa: SLF001 - the rule itself


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({"XDG_CACHE_HOME": "/cache"}, "linux", "/cache/joplin-catalogue"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/joplin-catalogue/Cache"),
        ({}, "linux", "HOME/.cache/joplin-catalogue"),
        ({}, "darwin", "HOME/Library/Caches/joplin-catalogue"),
    ],
)
def test_the_cache_lies_where_caches_lie(environ, platform, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder(environ, platform).as_posix() == folder.replace("HOME", tmp_path.as_posix())


def test_an_entry_without_a_stamp_is_not_kept(tmp_path):
    fetched = Fetched("test://x", tmp_path)
    fetched.put(Entry("a", None, ""), b"content")
    assert fetched.get(Entry("a", None, "")) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "spec",
    [
        "https://me:secret@cloud.example/dav",
        "webdavs://me@cloud.example/dav",
        "s3://me:secret@bucket/x",
        "ftp://me:secret@host/x",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(spec):
    with pytest.raises(ConfigError) as raised:
        open_source(spec)
    assert "secret" not in str(raised.value)


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "webdav4.fsspec", None)
    with pytest.raises(ConfigError) as raised:
        open_remote("https://cloud.example/dav")
    assert "joplin-catalogue[webdav]" in raised.value.hint


# Real servers on loopback


@contextmanager
def webdav(folder, **options):
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {"me": {"password": "s3cret"}}}},
            "http_authenticator": {"domain_controller": None},
            "logging": {"enable": False},
            "verbose": 0,
        }
        | options
    )
    server = Server(("127.0.0.1", 0), app, numthreads=10)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"webdav://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


@pytest.fixture
def target(corpora, tmp_path, monkeypatch):
    """A tenth of a sync target, and an environment of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in (USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)

    def few_items(_folder, names):
        items = sorted(name for name in names if name.endswith(".md"))
        return set(items) - set(items[::10])

    return shutil.copytree(corpora("sync"), tmp_path / "share" / "Joplin notes", ignore=few_items)


def local_items(target):
    source = FolderSource(target)
    return {reading.entry.name: reading.item for reading in source.read(source.entries())}


def check(source, target, change):
    """Hold a remote source against the folder behind it, before and after a change."""
    readings = list(source.read(source.entries()))
    assert {reading.entry.name: reading.item for reading in readings} == local_items(target)
    assert source.history_days == 90
    stamps = {entry.name: entry.stamp for entry in source.entries()}
    assert "" not in stamps.values()
    name = next(name for name, item in local_items(target).items() if isinstance(item, Note))
    change(name, (target / name).read_text("utf-8").replace("title", "TITLE") + " ")
    assert [entry.name for entry in source.entries() if entry.stamp != stamps[entry.name]] == [name]


def test_a_webdav_server(target, monkeypatch):
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, "s3cret")
    with webdav(target.parent) as address:
        source = open_source(f"{address}/Joplin%20notes/")
        assert (source.kind, source.location) == ("folder", f"{address}/Joplin%20notes")
        check(source, target, lambda name, text: (target / name).write_text(text, "utf-8"))


def test_credentials_of_webdav_come_from_netrc_too(target, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    with webdav(target.parent) as address:
        assert len(open_source(f"{address}/Joplin notes").entries()) == 130


@pytest.mark.parametrize(
    ("path", "password", "error", "said"),
    [
        ("/Joplin notes", "wrong", SourceUnreadable, "refuses access"),
        ("/Joplin notes", "", SourceUnreadable, "refuses access"),
        ("/elsewhere", "s3cret", SourceNotFound, "does not exist"),
        ("", "s3cret", SourceEmpty, "no Joplin item"),
    ],
)
def test_what_is_wrong_with_a_webdav_server_is_said(target, monkeypatch, path, password, error, said):
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, password)
    with webdav(target.parent) as address, pytest.raises(error, match=said) as raised:
        open_source(address + path).entries()
    assert "s3cret" not in str(raised.value)


def test_a_webdav_server_that_stopped_is_said_so(target):
    with webdav(target.parent) as address:
        pass
    with pytest.raises(SourceError, match=r"webdav://.* cannot be read"):
        open_source(f"{address}/x").entries()


def test_an_s3_bucket(target, monkeypatch):
    for name, value in {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    files = {path.relative_to(target).as_posix(): path for path in target.rglob("*") if path.is_file()}
    bucket = {f"Joplin/{name}": path.read_bytes() for name, path in files.items()}
    with s3_server({"notes": bucket}) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        source = open_source("s3://notes/Joplin/")
        assert (source.kind, source.location) == ("folder", "s3://notes/Joplin")

        def change(name, text):
            (target / name).write_text(text, "utf-8")
            bucket[f"Joplin/{name}"] = text.encode()

        check(source, target, change)
        with pytest.raises(SourceNotFound):
            open_source("s3://nowhere/x").entries()
