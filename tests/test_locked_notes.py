"""Notes that Joplin 3.7 keeps locked: encrypted, as last readable, for nobody else; opened with the lock's password."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from catalogues import content, make, rows
from click.testing import CliRunner
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joplin_histories import diff, revision
from joplin_items import serialize
from joplin_service import TOKEN, JoplinService, error, good
from published import served

from extractor.build import build
from extractor.catalogue.choice import Choice
from extractor.catalogue.export_tree import saved_links
from extractor.catalogue.sharing import share
from extractor.catalogue.store import reading
from extractor.cli import main
from extractor.errors import NotFound
from extractor.joplin.item_reader import parse_item
from extractor.joplin.items import EncryptedItem, Note, Notebook, Revision
from extractor.joplin.locked import is_locked_text, locked_text
from extractor.keys import Keys
from extractor.sources import open_source
from extractor.sources.sync_info import parse_sync_info

if TYPE_CHECKING:
    from pathlib import Path

NOTE, BOX, KEY = "ab" * 16, "aa" * 16, "cc" * 16
MARCH, DAY = 1_772_323_200_000, 86_400_000
SECRET, PASSWORD = "5e" * 256, "lock and key"
ONE, TWO, THREE = (f"- [{name}](https://{name.lower()}.example/login)\n" for name in ("One", "Two", "Three"))
OPEN, LOCKED = f"# Banks\n\n{ONE}{TWO}", f"# Banks\n\n{ONE}{THREE}"


def encrypted(plain: bytes, password: str, iterations: int) -> str:
    salt, iv = os.urandom(32), os.urandom(12)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, 32)
    parts = {"salt": salt, "iv": iv, "ct": AESGCM(key).encrypt(iv, plain, None)}
    return json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})


def cipher_text(body: str, key_id: str = KEY, prefix: str = "JED01") -> str:
    chunk = encrypted(body.encode("utf-16-le"), SECRET, 3)
    return f"{prefix}0000220a{key_id}{len(chunk):06x}{chunk}"


# Joplin derives the key with 220,000 iterations, 0.1 s: once for all tests.
LOCK = {"id": KEY, "content": encrypted(bytes.fromhex(SECRET), PASSWORD, 220_000), "encryption_method": 8}


def note(body: str, at: int = 2 * DAY, **fields: object) -> Note:
    times = {"created_time": MARCH - 60 * DAY, "user_created_time": MARCH - 60 * DAY}
    return Note(NOTE, MARCH + at, parent_id=BOX, title="Account links", body=body, **times, **fields)  # type: ignore[arg-type]


def root(number: int, body: str, at: int, *, is_locked: bool) -> Revision:
    """A revision that stands alone, as Joplin makes them whenever the lock of a note changes."""
    properties = json.dumps({"new": {"id": NOTE, "parent_id": BOX, "is_locked": int(is_locked)}, "deleted": []})
    made = revision(f"b{number}" * 16, "", diff("", body), at=MARCH + at, metadata_diff=properties)
    return replace(made, item_id=NOTE, title_diff=diff("", "Account links"), is_locked=is_locked)


def target(folder: Path, *items: Note | Revision, lock: object = LOCK) -> Path:
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        path.unlink()
    (folder / "info.json").write_text(json.dumps({"version": 3, "masterKeys": [], "noteLockKey": lock}))
    for item in (Notebook(BOX, MARCH, title="Bank"), *items):
        (folder / f"{item.id}.md").write_text(serialize(item))
    return folder


def locked_target(folder: Path, prefix: str = "JED01") -> Path:
    """A note with one revision in clear, and one made after it was locked."""
    closed = cipher_text(LOCKED, prefix=prefix)
    return target(
        folder,
        root(1, OPEN, 0, is_locked=False),
        root(2, closed, DAY, is_locked=True),
        note(closed, is_locked=True),
    )


CURRENT = "SELECT url FROM links WHERE removed_at IS NULL ORDER BY url"
STATE = "SELECT state, is_present, is_locked, title, notebook FROM notes"
AS_LOCKED = [("encrypted", 1, 1, "Account links", "Bank")]


def test_a_locked_note_is_encrypted_and_keeps_what_was_last_readable(tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    make(db, locked_target(tmp_path / "joplin"))
    assert rows(db, STATE) == AS_LOCKED
    assert rows(db, CURRENT) == ["https://one.example/login", "https://two.example/login"]
    assert rows(db, "SELECT path FROM sections WHERE removed_at IS NULL") == ["Banks"]
    assert rows(db, "SELECT number, state, title FROM revisions ORDER BY number") == [
        (1, "complete", "Account links"),
        (2, "encrypted", "Account links"),
    ]
    assert rows(db, "SELECT count(*) FROM link_changes WHERE change = 'removed'") == [0]
    assert rows(db, "SELECT count(*) FROM problems") == [0]
    with closing(sqlite3.connect(db)) as connection:
        for table in ("note_bodies", "revisions", "sections", "links"):
            found = connection.execute(f"SELECT count(*) FROM {table}_fts WHERE {table}_fts MATCH 'JED01*'")  # noqa: S608
            assert found.fetchone() == (0,), table


def test_a_note_that_was_read_before_it_was_locked(tmp_path: Path) -> None:
    """Joplin then deletes its history in clear."""
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    make(
        db,
        target(source, root(1, OPEN, 0, is_locked=False), note(OPEN + "last [words](https://words.example/)\n", DAY)),
    )
    make(db, target(source, note(cipher_text(LOCKED), is_locked=True)))
    assert rows(db, STATE) == AS_LOCKED
    assert "https://words.example/" in rows(db, CURRENT)
    assert rows(db, "SELECT substr(body, 1, 7) FROM note_bodies") == ["# Banks"]


@pytest.mark.parametrize("prefix", ["JED01", "JLD01"])
def test_the_password_of_the_lock_opens_it(tmp_path: Path, prefix: str) -> None:
    """At once, or later, also a revision that Joplin has deleted since."""
    source, once, later = locked_target(tmp_path / "joplin", prefix), tmp_path / "once.db", tmp_path / "later.db"
    make(once, source, keys=Keys([PASSWORD]))
    assert rows(once, STATE) == [("current", 1, 1, "Account links", "Bank")]
    assert rows(once, CURRENT) == ["https://one.example/login", "https://three.example/login"]
    assert rows(once, "SELECT number, state FROM revisions ORDER BY number") == [(1, "complete"), (2, "complete")]
    make(later, source)
    (source / f"{'b2' * 16}.md").unlink()
    make(later, source)
    report = make(later, source, keys=Keys([PASSWORD]))
    assert (report.closed, report.unopened) == (0, {})
    assert content(later) == content(once)


def test_an_unlocked_note_goes_on(tmp_path: Path) -> None:
    """With each change of the lock its history begins anew: that is no removal and no new link."""
    db = tmp_path / "catalogue.db"
    steps = [root(1, OPEN, 0, is_locked=False), root(2, cipher_text(LOCKED), DAY, is_locked=True)]
    source = target(tmp_path / "joplin", *steps, root(3, OPEN, 2 * DAY, is_locked=False), note(OPEN))
    make(db, source)
    assert rows(db, STATE) == [("current", 1, 0, "Account links", "Bank")]
    assert rows(db, "SELECT url, removed_at FROM links ORDER BY url") == [
        ("https://one.example/login", None),
        ("https://two.example/login", None),
    ]
    assert rows(db, "SELECT DISTINCT first_revision_id FROM links") == ["b1" * 16]


@pytest.mark.parametrize(
    ("lock", "password", "said"),
    [
        (LOCK, "wrong", "none of the given passwords opens it"),
        ({"id": KEY, "content": "{}", "encryption_method": 8}, PASSWORD, "lacks its salt"),
    ],
)
def test_what_cannot_be_opened_is_one_line_and_stops_nothing(
    tmp_path: Path, lock: object, password: str, said: str
) -> None:
    source, db = locked_target(tmp_path / "joplin"), tmp_path / "catalogue.db"
    (source / "info.json").write_text(json.dumps({"version": 3, "noteLockKey": lock}))
    file = tmp_path / "passwords"
    file.write_text(f"{password}\n")
    done = CliRunner().invoke(main, ["build", str(source), "--db", str(db), "--password-file", str(file)])
    assert done.exit_code == 0, done.output
    (line,) = [line for line in done.output.splitlines() if "encrypted." in line]
    assert line.startswith("  2 items stay encrypted. Master key")
    assert said in line
    assert rows(db, "SELECT count(*) FROM problems") == [0]
    assert rows(db, STATE) == AS_LOCKED


def test_what_goes_out_to_others_leaves_locked_notes_out(tmp_path: Path) -> None:
    """Also where they could be opened."""
    db = tmp_path / "catalogue.db"
    source = locked_target(tmp_path / "joplin")
    for keys in (Keys(), Keys([PASSWORD])):
        make(db, source, keys=keys)
        with reading(db) as catalogue:
            assert saved_links(catalogue, Choice()).total == 0
            for choice in (Choice(notes=("Account links",)), Choice(notebooks=("Bank",))):
                with pytest.raises(NotFound):
                    share(catalogue, tmp_path / "shared.db", choice)
            with pytest.raises(NotFound, match="it is locked"):
                saved_links(catalogue, Choice(notes=("Account links",)))
        done = CliRunner().invoke(main, ["export", "revisions", "--db", str(db)])
        assert (done.exit_code, done.output) == (0, "")
        shown = CliRunner().invoke(main, ["show", "Account links", "--db", str(db)])
        assert "https://one.example/login" in shown.output


def insert(db: sqlite3.Connection, table: str, item: Note | Notebook | Revision) -> None:
    values = [getattr(item, name) for name in item.__slots__]
    db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 -- a test's


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A database of Joplin 3.7 with the note, not locked yet."""
    path = tmp_path / "database.sqlite"
    items = {
        "notes": note(OPEN),
        "folders": Notebook(BOX, MARCH, title="Bank"),
        "revisions": root(1, OPEN, 0, is_locked=False),
    }
    with closing(sqlite3.connect(path)) as db, db:
        for table, item in items.items():
            db.execute(f"CREATE TABLE {table} ({', '.join(item.__slots__)})")
            insert(db, table, item)
        for table in ("tags", "resources", "note_tags"):
            db.execute(f"CREATE TABLE {table} (id, title, updated_time, tag_id, note_id)")
    return path


def locks(service: JoplinService, path: str, query: dict[str, str]):
    """What Joplin 3.7 does with a locked note: it is in no list, and its text is refused (pull request 16098)."""
    (is_locked,) = service.db.execute("SELECT is_locked FROM notes").fetchone()
    if not is_locked:
        return None
    if path in {"/notes", "/revisions"}:
        return good({"items": [], "has_more": False})
    if path == f"/notes/{NOTE}" and "body" in query.get("fields", ""):
        return error(403, "Forbidden: the text of a locked note cannot be read")
    return None


def test_a_locked_note_that_the_data_api_lists_no_more_is_not_gone(profile: Path, tmp_path: Path) -> None:
    service, db = JoplinService(profile), tmp_path / "catalogue.db"
    service.before = lambda path, query: locks(service, path, query)

    def update() -> list[object]:
        with closing(open_source(address, token=TOKEN)) as source:
            build([source], db)
        return rows(db, "SELECT state, is_present, is_locked FROM notes")

    with service.running() as address:
        assert update() == [("current", 1, 0)]
        service.db.execute("UPDATE notes SET is_locked = 1, body = 'JED01', updated_time = updated_time + 1")
        for _ in range(2):
            assert update() == [("encrypted", 1, 1)]
        assert rows(db, CURRENT) == ["https://one.example/login", "https://two.example/login"]
        service.db.execute("UPDATE notes SET is_locked = 0, body = ?, updated_time = updated_time + 1", [OPEN])
        assert update() == [("current", 1, 0)]
        service.db.execute("DELETE FROM notes")
        service.before = lambda _path, _query: None
        assert update() == [("gone", 0, 0)]
        closed = root(2, cipher_text(LOCKED), DAY, is_locked=True)
        insert(service.db, "revisions", closed)
        assert update() == [("encrypted", 1, 1)]


@pytest.mark.parametrize(
    ("body", "is_closed"),
    [
        (cipher_text(LOCKED), True),
        (cipher_text(LOCKED, prefix="JLD01"), True),
        ("JED010000220a" + KEY, True),  # an empty text has no chunks
        ("JED0100002210" + KEY + '0000a4{"salt":"AAAA","iv":"BBBB","ct":"CC=="}', True),
        ("JED01 is how cipher text begins", False),
        (cipher_text(LOCKED) + "\nis what I found in my note", False),
        ("> " + cipher_text(LOCKED), False),
        ("", False),
    ],
)
def test_locked_text_is_told_by_its_form(body: str, is_closed: bool) -> None:
    assert is_locked_text(body) is is_closed
    plain, said = (note(body, is_locked=flag) for flag in (False, True))
    read = parse_item(serialize(plain))
    if is_closed:
        assert isinstance(read, EncryptedItem)
        assert read.locked == replace(plain, body="", is_locked=True)
        assert read == parse_item(serialize(said))
    else:
        assert read == plain
    assert (locked_text(root(1, body, 0, is_locked=True)) == body) is is_closed


def test_the_lock_key_of_a_target() -> None:
    assert [key.id for key in parse_sync_info(json.dumps({"noteLockKey": LOCK})).master_keys] == [KEY]
    for odd in (None, [], {}, {"id": KEY}, "key"):
        assert parse_sync_info(json.dumps({"noteLockKey": odd})).master_keys == ()


async def test_its_page_shows_what_was_last_readable(tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    make(db, locked_target(tmp_path / "joplin"))
    client = (await served(db)).client
    page = (await client.get(f"/catalogue/-/note/{NOTE}")).text
    assert "This note is now encrypted. This is its last readable text." in page
    assert "https://one.example/login" in page
    assert f'href="/catalogue/-/note/{NOTE}?at=2"' in page
    locked = (await client.get(f"/catalogue/-/note/{NOTE}?at=2")).text
    assert "its text cannot be read" in locked
    for path in (f"note/{NOTE}", f"note/{NOTE}?at=2", f"revision/{'b2' * 16}", f"note/{NOTE}/changes"):
        assert "JED01" not in (await client.get(f"/catalogue/-/{path}")).text, path
