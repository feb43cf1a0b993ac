"""A file for others holds what was chosen, and nothing else: shown by searching its bytes.

Every secret is a word of its own. Its beginning is random, so that an index that leaves out what neighbouring words
have in common still holds the rest of it: that is what is looked for, as UTF-8 and as UTF-16.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from catalogues import make, rows
from click.testing import CliRunner, Result
from joplin_histories import diff
from joplin_items import serialize
from published import METADATA, checked, served

from extractor.catalogue.choice import Choice
from extractor.catalogue.sharing import share
from extractor.catalogue.store import open_to_read
from extractor.cli import main
from extractor.joplin.items import Item, Note, Notebook, NoteTag, Resource, Revision, Tag
from extractor.publish.shared_site import share_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

DAY = 86_400_000
NOON = 1_700_000_000_000


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def word(*name: object) -> str:
    """A word that nothing else holds; the digits at its end keep a stemmer away."""
    return hashlib.sha1(repr(name).encode()).hexdigest()[:20] + "77"  # noqa: S324 -- a name, no secret


def found_in(data: bytes, words: Iterable[str]) -> list[str]:
    """Which words the bytes hold; ASCII is the same in UTF-16, but for a zero before or after each letter."""
    parts: dict[int, set[bytes]] = {}
    found = []
    for text in words:
        tail = text[8:].encode()
        if len(tail) not in parts:
            parts[len(tail)] = {
                match[1]
                for letters in (data, data.replace(b"\0", b""))
                for match in re.finditer(rb"(?=([0-9a-f]{%d}))" % len(tail), letters)
            }
        if tail in parts[len(tail)]:
            found.append(text)
    return found


def held(path: Path, words: Iterable[str]) -> list[str]:
    return found_in(path.read_bytes(), words)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_search_finds(encoding: str) -> None:
    there, other = word("there"), word("not there")
    assert found_in(b"\0\xff" + f"a{there}b".encode(encoding) + b"\0", [there, other]) == [there]


def logical(path: Path) -> bytes:
    """All that SQL can read of a file, in one piece."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return "\n".join(db.iterdump()).encode()


# --- real notes -------------------------------------------------------------------------------------------------------


class Words:
    """Words to put into notes: some to be shared, some to be kept."""

    def __init__(self) -> None:
        self.secret: dict[str, str] = {}
        self.shared: dict[str, str] = {}

    def keep(self, name: str) -> str:
        return self.secret.setdefault(name, word("secret", name))

    def give(self, name: str) -> str:
        return self.shared.setdefault(name, word("shared", name))


CHOSEN, INNER, PARENT, OTHER, THROWN = (letter * 32 for letter in "abcde")
NOTE, SECOND, PRIVATE, GONE, CONFLICT = (letter * 32 for letter in "12345")
FILE, PUBLIC_TAG, PRIVATE_TAG = (letter * 32 for letter in "678")


def notebook(id_: str, title: str, parent: str = "", **fields: Any) -> Notebook:
    return Notebook(id=id_, updated_time=NOON, title=title, parent_id=parent, **fields)


def note(id_: str, title: str, body: str, parent: str, at: int = NOON + 9 * DAY, **fields: Any) -> Note:
    return Note(id=id_, updated_time=at, title=title, body=body, parent_id=parent, **fields)


def history(note_id: str, *texts: tuple[str, str], at: int = NOON) -> list[Revision]:
    """A revision for each title and body, a day apart."""
    found: list[Revision] = []
    title, body = "", ""
    for number, (new_title, new_body) in enumerate(texts):
        metadata = json.dumps({"new": {"id": note_id, "author": word("secret", "author then")}, "deleted": []})
        found.append(
            Revision(
                id=hashlib.md5(f"{note_id}{number}".encode()).hexdigest(),  # noqa: S324 -- an id
                parent_id=found[-1].id if found else "",
                item_id=note_id,
                item_updated_time=at + number * DAY,
                updated_time=at + number * DAY,
                title_diff=diff(title, new_title),
                body_diff=diff(body, new_body),
                metadata_diff=metadata,
            )
        )
        title, body = new_title, new_body
    return found


def library(words: Words) -> list[Item]:
    keep, give = words.keep, words.give
    keep("author then")
    site = give("address")

    def address(name: str, words_of: Callable[[str], str] = keep) -> str:
        return f"<https://{words_of(name)}.example/>"

    body = f"""{keep("text before")}
[{give("link")}](https://{site}.example/{give("path")}#{give("fragment")} "{give("title")}") {keep("context")}

# {give("heading")} 𝗞𝗮𝗳𝗸𝗮

{keep("text below")}

- [{give("inside")}](:/{SECOND}) [{keep("to a private note")}](:/{PRIVATE})
- ![{keep("attachment")}](:/{FILE}) ![{give("picture")}](https://{give("picture address")}.example/a.png)
- [{keep("file")}](file:///home/{keep("user")}/a) [{keep("relative")}](../{keep("folder")}/a)
- [{keep("mail")}](mailto:{keep("mailbox")}@x.example)
- [{keep("callback")}](joplin://x-callback-url/openNote?id={PRIVATE}) [{keep("anchor")}](#{keep("slug")})
- [{give("login")}](https://{keep("login name")}:{keep("password")}@{site}.example/{give("login path")})
- https://{keep("bare name")}:{keep("bare password")}@{give("bare host")}.example/
- `{keep("code")}` <!-- {keep("comment")} --> ![](data:image/png;base64,{keep("inline picture")})

<details>{keep("html")}</details>
"""
    before = f"""# {keep("removed heading")}

[{keep("removed link")}](https://{keep("removed address")}.example/) {keep("removed text")}
![{keep("removed picture")}](:/{FILE})

"""
    private = f"""[{keep("private link")}](https://{site}.example/{words.shared["path"]}?utm_source={keep("campaign")})
[{keep("other link")}](https://{keep("private address")}.example/)

# {keep("private heading")}

{keep("private text")}
"""
    return [
        notebook(PARENT, keep("parent notebook")),
        notebook(CHOSEN, give("chosen notebook"), PARENT),
        notebook(INNER, give("inner notebook"), CHOSEN),
        notebook(OTHER, keep("other notebook"), PARENT),
        notebook(THROWN, keep("thrown notebook"), CHOSEN, deleted_time=NOON),
        notebook("f" * 32, keep("empty notebook"), CHOSEN),
        note(NOTE, give("note"), body, CHOSEN, author=keep("author"), source_url=f"https://{give('clipped')}.example/"),
        *history(NOTE, (keep("former title"), before), (give("note"), before + body), (give("note"), body)),
        note(SECOND, give("second note"), f"{keep('second text')}\n\n{address('second address', give)}", INNER),
        note(PRIVATE, keep("private note"), private, OTHER, at=NOON - 9 * DAY, author=keep("private author")),
        *history(PRIVATE, (keep("private former title"), private), at=NOON - 9 * DAY),
        note(GONE, keep("thrown note"), address("thrown address"), CHOSEN, deleted_time=NOON),
        note(CONFLICT, keep("conflict"), address("conflict address"), CHOSEN, is_conflict=True),
        note("9" * 32, keep("note in trash"), keep("text in trash"), THROWN),
        *history("0" * 32, (keep("history only"), f"# {keep('old heading')}\n\n{address('old address')}")),
        Resource(FILE, NOON, title=keep("file title"), mime="image/png", filename=keep("file name")),
        Tag(PUBLIC_TAG, NOON, title=keep("public tag")),
        Tag(PRIVATE_TAG, NOON, title=keep("private tag")),
        Tag("9" * 31 + "8", NOON, title=keep("tag of a private note")),
        *(
            NoteTag(hashlib.md5(pair.encode()).hexdigest(), NOON, note_id=pair[:32], tag_id=pair[32:])  # noqa: S324 -- an id
            for pair in (NOTE + PUBLIC_TAG, NOTE + PRIVATE_TAG, PRIVATE + PUBLIC_TAG, PRIVATE + "9" * 31 + "8")
        ),
    ]  # fmt: skip


@dataclass
class Library:
    db: Path
    words: Words


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Library:
    words = Words()
    folder = tmp_path_factory.mktemp("share") / words.keep("place of the source")
    folder.mkdir()
    for item in library(words):
        (folder / f"{item.id}.md").write_text(serialize(item), encoding="utf-8")
    (folder / f"{'0' * 31}1.md").write_text(f"{words.keep('damaged')}\n\nid: x")
    db = folder.with_name("catalogue.db")
    make(db, folder)
    with contextlib.closing(sqlite3.connect(db)) as connection:
        columns = "final_url, redirects, etag, last_modified, error, evidence, method"
        values = [words.keep(f"check {column}") for column in columns.split(", ")]
        connection.execute(
            f"INSERT INTO checks (url_id, checked_at, verdict, status, {columns}) "  # noqa: S608 -- names above
            "SELECT id, '2024-01-01T00:00:00.000Z', 'dead', 404, ?, ?, ?, ?, ?, ?, ? FROM urls",
            values,
        )
        connection.commit()
    # What is looked for is there to be found.
    assert held(db, words.shared.values()) == list(words.shared.values())
    assert set(words.secret.values()) - set(held(db, words.secret.values())) <= {words.secret["damaged"]}
    return Library(db, words)


def names(words: dict[str, str], found: Iterable[str]) -> set[str]:
    known = {text: name for name, text in words.items()}
    return {known[text] for text in found}


# The words of the paragraphs and items with a link that goes along.
IN_CONTEXT = {"text before", "context", "to a private note", "attachment"}


@pytest.mark.parametrize(
    ("options", "added"),
    [
        pytest.param([], set(), id="nothing but the notebook"),
        pytest.param(["--tag", "public tag"], {"public tag"}, id="tag that was chosen"),
        pytest.param(["--with-tags"], {"public tag", "private tag"}, id="all tags"),
        pytest.param(["--with-context"], IN_CONTEXT, id="context"),
    ],
)
def test_what_was_chosen_and_nothing_else(real: Library, tmp_path: Path, options: list[str], added: set[str]) -> None:
    words, out = real.words, tmp_path / "out.db"
    given = [words.secret.get(option, option) for option in options]
    result = run("share", out, "--db", real.db, "--notebook", words.shared["chosen notebook"], *given)
    assert result.exit_code == 0, result.output
    found = names(words.secret, held(out, words.secret.values()))
    assert found == added
    inner = {"inner notebook", "second note", "second address", "inside"} if "--tag" in options else set()
    assert names(words.shared, held(out, words.shared.values())) == set(words.shared) - inner
    ids = {PARENT, OTHER, THROWN, PRIVATE, GONE, CONFLICT, FILE, "f" * 32, "9" * 32, "0" * 32}
    ids |= set(rows(real.db, "SELECT id FROM revisions UNION SELECT id FROM note_tags"))
    assert held(out, ids) == []
    assert str(real.db.parent).encode() not in out.read_bytes()


@pytest.mark.parametrize(
    ("options", "added"),
    [
        pytest.param([], set(), id="nothing but the notebook"),
        pytest.param(["--with-tags"], {"public tag", "private tag"}, id="all tags"),
        pytest.param(["--with-context"], IN_CONTEXT, id="context"),
    ],
)
def test_pages_hold_the_same_and_nothing_else(
    real: Library, tmp_path: Path, options: list[str], added: set[str]
) -> None:
    words, out = real.words, tmp_path / "pages"
    result = run("share", "--html", out, "--db", real.db, "--notebook", words.shared["chosen notebook"], *options)
    assert result.exit_code == 0, result.output
    assert names(words.secret, found_in(every_byte(out), words.secret.values())) == added
    assert names(words.shared, found_in(every_byte(out), words.shared.values())) == set(words.shared) - {"title"}
    others = {OTHER, THROWN, PRIVATE, GONE, CONFLICT, FILE, *rows(real.db, "SELECT id FROM revisions")}
    assert found_in(every_byte(out), others) == []
    assert str(real.db.parent).encode() not in every_byte(out)


def every_byte(folder: Path) -> bytes:
    """All files of a folder, with their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 8
    return b"\0".join(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() for path in files)


def test_one_note_alone(real: Library, tmp_path: Path) -> None:
    """Of a note that was chosen by name, the notebook was not."""
    out = tmp_path / "out.db"
    assert run("share", out, "--db", real.db, "--note", NOTE).exit_code == 0
    found = names(real.words.shared, held(out, real.words.shared.values()))
    assert not found & {"chosen notebook", "inner notebook", "second note", "inside"}
    assert held(out, real.words.secret.values()) == []
    assert rows(out, "SELECT notebook_id, notebook FROM notes") == [(None, None)]
    assert rows(out, "SELECT * FROM notebooks") == []


def test_how_it_stands_in_the_file(real: Library, tmp_path: Path) -> None:
    out, words = tmp_path / "out.db", real.words.shared
    assert run("share", out, "--db", real.db, "--notebook", CHOSEN).exit_code == 0
    path = f"{words['chosen notebook']} › {words['inner notebook']}"
    assert rows(out, "SELECT id, parent_id, path FROM notebooks ORDER BY id") == [
        (CHOSEN, "", words["chosen notebook"]),
        (INNER, CHOSEN, path),
    ]
    assert rows(out, "SELECT id, notebook, state FROM notes ORDER BY id") == [
        (NOTE, words["chosen notebook"], "current"),
        (SECOND, path, "current"),
    ]
    address = f"https://{words['address']}.example/"
    assert rows(out, "SELECT url FROM links WHERE text = ?", words["link"]) == [
        f"{address}{words['path']}#{words['fragment']}"
    ]
    assert rows(out, "SELECT url FROM links WHERE target = 'note'") == [f":/{SECOND}"]
    assert rows(out, "SELECT url FROM links WHERE text = ?", words["login"]) == [address + words["login path"]]
    # An id is a digest of the address, from which a weak password could be guessed.
    by_text = "SELECT id FROM links WHERE text = ?"
    assert rows(out, by_text, words["login"]) != rows(real.db, by_text, words["login"])
    assert rows(out, by_text, words["link"]) == rows(real.db, by_text, words["link"])
    bare = f"https://{words['bare host']}.example/"
    assert rows(out, "SELECT url, text FROM links WHERE syntax = 'bare'") == [(bare, bare)]
    # The private note had the address earlier, spelled otherwise.
    spelling, since = rows(real.db, "SELECT url, first_seen_at FROM urls WHERE canonical = ?", address + words["path"])[
        0
    ]
    assert ("utm_source" in spelling, since[:10]) == (True, "2023-11-05")
    assert rows(out, "SELECT url, first_seen_at FROM urls WHERE canonical = ?", address + words["path"]) == [
        (address + words["path"], "2023-11-15T22:13:20.000Z")
    ]
    assert set(rows(out, "SELECT health, verdict, status, checked_at FROM link_health")) == {
        ("dead", "dead", 404, "2024-01-01T00:00:00.000Z")
    }
    assert rows(out, "SELECT count(*) FROM dead_links") == rows(out, "SELECT count(*) FROM links WHERE target = 'web'")
    assert rows(out, "SELECT count(*) FROM sections WHERE id IN (SELECT rowid FROM sections_fts WHERE sections_fts MATCH 'kafka')") == [1]  # fmt: skip # noqa: E501 -- one query
    assert rows(out, "SELECT DISTINCT context FROM links") == [""]


# --- every column of every table --------------------------------------------------------------------------------------


@dataclass
class Marked:
    """A catalogue in which each text is a word of its own, by table, column and key of the row."""

    db: Path
    words: dict[tuple[str, str, tuple[object, ...]], str]
    ids: set[str]


def tables(db: sqlite3.Connection) -> list[str]:
    found = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    return [name for (name,) in found if "_fts" not in name and not name.startswith(("sqlite_", "_"))]


def marked_text(table: str, column: str, key: tuple[object, ...], before: str | None) -> str:
    text = word(table, column, key)
    if (table, column) == ("links", "url") and before and before.startswith(("http", "//")):
        return f"https://{text}.example/{text}?{text}#{text}"
    return text


def mark(db: sqlite3.Connection, table: str) -> Iterator[tuple[tuple[str, str, tuple[object, ...]], str]]:
    """Put a word of its own into each text of a table that is neither an id nor one of a closed set of words."""
    about = db.execute(f"PRAGMA table_info([{table}])").fetchall()
    keys = [column[1] for column in sorted(about, key=lambda column: column[5]) if column[5]]
    references = {row[3] for row in db.execute(f"PRAGMA foreign_key_list([{table}])")}
    if not db.execute(f"SELECT 1 FROM [{table}]").fetchone():  # noqa: S608 -- a name of the schema
        values = [word(table, name) if type_ == "TEXT" else 1 for _, name, type_, *_ in about]
        db.execute(f"INSERT INTO [{table}] VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 -- likewise
    for _, name, type_, *_ in about:
        if type_ != "TEXT" or name in references or name == "id" or name.endswith("_id"):
            continue
        where = " AND ".join(f"[{key}] = ?" for key in keys)
        for *key, before in db.execute(f"SELECT {', '.join(keys)}, [{name}] FROM [{table}]").fetchall():  # noqa: S608 -- likewise
            if name == "removed_at" and before is None:
                continue  # it stands there now
            if (table, name) == ("links", "url") and str(before).startswith(":/"):
                continue  # it leads to another note, whose id is looked for
            text = marked_text(table, name, tuple(key), before)
            try:
                db.execute(f"UPDATE [{table}] SET [{name}] = ? WHERE {where}", [text, *key])  # noqa: S608 -- likewise
            except sqlite3.IntegrityError as error:
                assert "CHECK" in str(error), (table, name)  # noqa: PT017 -- any other has to be thought about
                break
            yield (table, name, tuple(key)), word(table, name, tuple(key))


@pytest.fixture(scope="module")
def marked(example_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Marked:
    path = shutil.copy(example_db, tmp_path_factory.mktemp("marked") / "catalogue.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN")
        db.execute(
            "INSERT INTO checks (url_id, checked_at, verdict, status, method, final_url, redirects, elapsed_ms, etag, "
            "last_modified, error, evidence) SELECT id, '', '', 404, '', '', '', 1, '', '', '', '' FROM urls"
        )
        words = {name: text for table in tables(db) for name, text in mark(db, table)}
        ids: set[str] = set()
        for table in tables(db):
            for _, name, type_, *_ in db.execute(f"PRAGMA table_info([{table}])").fetchall():
                if type_ == "TEXT" and (name == "id" or name.endswith("_id")):
                    ids |= {row[0] for row in db.execute(f"SELECT [{name}] FROM [{table}] WHERE [{name}] <> ''")}  # noqa: S608 -- likewise
        db.execute("COMMIT")
    return Marked(path, words, ids)


# What goes along of a chosen row, and which rows these are. Whoever adds a line here gives something to others.
GIVEN = {
    ("notebooks", "title"): "SELECT id FROM notebooks WHERE id = :notebook",
    ("notes", "title"): "SELECT id FROM chosen",
    ("notes", "created_at"): "SELECT id FROM chosen",
    ("notes", "updated_at"): "SELECT id FROM chosen",
    ("sections", "title"): "SELECT id FROM sections WHERE removed_at IS NULL AND note_id IN chosen",
    ("sections", "path"): "SELECT id FROM sections WHERE removed_at IS NULL AND note_id IN chosen",
    ("sections", "first_seen_at"): "SELECT id FROM sections WHERE removed_at IS NULL AND note_id IN chosen",
    ("links", "url"): "SELECT id FROM standing WHERE target = 'web'",
    ("links", "text"): "SELECT id FROM standing",
    ("links", "title"): "SELECT id FROM standing",
    ("links", "first_seen_at"): "SELECT id FROM standing",
    (
        "address_health",
        "health",
    ): "SELECT url_id FROM link_health JOIN standing USING (url_id) WHERE health <> 'expired'",
    ("address_health", "verdict"): "SELECT url_id FROM address_health WHERE url_id IN (SELECT url_id FROM standing)",
    ("address_health", "checked_at"): "SELECT url_id FROM address_health WHERE url_id IN (SELECT url_id FROM standing)",
}
WITH_TAGS = {("tags", "title"): "SELECT tag_id FROM note_tags WHERE note_id IN chosen"}
WITH_CONTEXT = {("links", "context"): "SELECT id FROM standing"}
CHOSEN_ROWS = """
CREATE TEMP TABLE chosen AS SELECT id FROM notes WHERE state = 'current' AND notebook_id = :notebook;
CREATE TEMP TABLE standing AS SELECT * FROM links WHERE removed_at IS NULL AND note_id IN (SELECT id FROM chosen)
  AND (target = 'web' OR target = 'note' AND substr(url, 3, 32) IN (SELECT id FROM chosen))
"""


@pytest.mark.parametrize(
    ("options", "more"),
    [
        pytest.param({}, {}, id="as it is"),
        pytest.param({"with_tags": True}, WITH_TAGS, id="with tags"),
        pytest.param({"with_context": True}, WITH_CONTEXT, id="with context"),
    ],
)
def test_no_column_of_no_table_goes_along_unasked(
    marked: Marked, tmp_path: Path, options: dict[str, bool], more: dict[tuple[str, str], str]
) -> None:
    """Each text in each column of the schema is looked for, so that a column added later is looked for, too."""
    out, (notebook_id,) = tmp_path / "out.db", rows(marked.db, "SELECT id FROM notebooks ORDER BY id LIMIT 1")
    with contextlib.closing(open_to_read(marked.db)) as db:
        share(db, out, Choice(notebooks=(notebook_id,)), **options)
        expected: set[tuple[str, str, tuple[object, ...]]] = set()
        for statement in CHOSEN_ROWS.split(";"):
            db.execute(statement.replace(":notebook", f"'{notebook_id}'"))
        ids = {row[0] for row in db.execute("SELECT id FROM chosen").fetchall()} | {notebook_id}
        for (table, column), sql in (GIVEN | more).items():
            found = db.execute(re.sub(r"IN chosen\b", "IN (SELECT id FROM chosen)", sql), {"notebook": notebook_id})
            expected |= {(table, column, (key,)) for (key,) in found.fetchall()}
        if more is WITH_TAGS:
            ids |= {key for table, _, (key,) in expected if table == "tags"}
    by_word = {text: name for name, text in marked.words.items()}
    assert len(by_word) == len(marked.words)
    assert len(ids) > 3
    assert {name[:2] for name in expected} == set(GIVEN | more)
    assert expected <= set(marked.words)
    for data in (out.read_bytes(), logical(out)):
        assert {by_word[text] for text in found_in(data, by_word)} == expected
        assert set(found_in(data, marked.ids)) == ids


@pytest.mark.parametrize("options", [{}, {"with_tags": True}, {"with_context": True}], ids=str)
def test_pages_show_no_column_that_the_file_does_not_have(
    marked: Marked, tmp_path: Path, options: dict[str, bool]
) -> None:
    """What pages show is at most what the file holds; that is what the test above looks at."""
    (notebook_id,) = rows(marked.db, "SELECT id FROM notebooks ORDER BY id LIMIT 1")
    with contextlib.closing(open_to_read(marked.db)) as db:
        share(db, tmp_path / "out.db", Choice(notebooks=(notebook_id,)), **options)
        share_pages(db, tmp_path / "pages", Choice(notebooks=(notebook_id,)), **options)
    in_pages = every_byte(tmp_path / "pages")
    in_file = (tmp_path / "out.db").read_bytes() + logical(tmp_path / "out.db")
    for looked_for in (marked.words.values(), marked.ids):
        found = set(found_in(in_pages, looked_for))
        assert len(found) > 3
        assert found <= set(found_in(in_file, looked_for))


def test_each_text_of_the_schema_was_marked(marked: Marked) -> None:
    columns = {name[:2] for name in marked.words}
    assert len(columns) > 90
    for column in (
        ("note_bodies", "body"), ("revision_diffs", "body_diff"), ("revisions", "text_removed"),
        ("sources", "location"), ("source_items", "name"), ("source_items", "fields"), ("problems", "detail"),
        ("notes", "author"), ("resources", "title"), ("checks", "evidence"), ("links", "context"), ("urls", "url"),
        ("links", "folded"),
    ):  # fmt: skip
        assert column in columns
    assert len(held(marked.db, marked.words.values())) > 0.98 * len(
        marked.words
    )  # a few lie across the border of two pages


def test_a_copy_from_which_the_rest_was_deleted_would_not_do(marked: Marked, tmp_path: Path) -> None:
    """What the search is for: SQL shows nothing of it any more, the file still holds it."""
    out = shutil.copy(marked.db, tmp_path / "out.db")
    with contextlib.closing(sqlite3.connect(out, isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = OFF")  # as SQLite is by itself
        for table in tables(db):
            db.execute(f"DELETE FROM [{table}]")  # noqa: S608 -- likewise
    assert found_in(logical(out), marked.words.values()) == []
    assert len(held(out, marked.words.values())) > len(marked.words) / 2


# --- as a file --------------------------------------------------------------------------------------------------------


TABLES = ("notebooks", "notes", "tags", "note_tags", "sections", "urls", "links", "link_health")
VIEWS = ("saved_links", "images", "dead_links", "linkedin_posts")


@pytest.mark.parametrize("table", [*TABLES, *VIEWS])
def test_columns_are_called_as_in_the_catalogue(example_db: Path, tmp_path: Path, table: str) -> None:
    out = tmp_path / "out.db"
    assert run("share", out, "--db", example_db, "--notebook", "Engineering").exit_code == 0
    columns, known = ({row[1] for row in rows(path, f"PRAGMA table_xinfo([{table}])")} for path in (out, example_db))
    assert columns
    assert columns <= known


def test_a_sound_file(example_db: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    assert run("share", out, "--db", example_db, "--notebook", "Engineering", "--with-tags").exit_code == 0
    assert rows(out, "PRAGMA integrity_check") == ["ok"]
    assert rows(out, "PRAGMA foreign_key_check") == []
    assert rows(out, "PRAGMA journal_mode") == ["delete"]
    assert str(tmp_path).encode() not in out.read_bytes()
    for table in ("note_bodies", "sections", "links"):
        rows(out, f"INSERT INTO {table}_fts ({table}_fts) VALUES ('integrity-check')")  # noqa: S608 -- raises if not
    for table in ("saved_links", "images"):
        same = "SELECT url_id FROM {} WHERE notebook LIKE 'Engineering%' AND note_state = 'current' ORDER BY 1"
        if table == "saved_links":
            assert rows(out, same.format(table)) == rows(example_db, same.format(table))


ONLY_IN_A_CATALOGUE = {
    "removed_sections",
    "notes_that_changed_most",
    "changes_of_a_day",
    "moved_links",
    "dead_links_of_a_time",
    "suspect_links",
    "changed_pages",
    "changed_texts",
    "missing_anchors",
    "addresses_of_one_page",
}


async def test_datasette_shows_it(tmp_path: Path) -> None:
    """With the catalogue's own metadata.yml; its pages of notes and revisions are not there."""
    out = tmp_path / "catalogue.db"
    assert run("share", out, "--db", checked(), "--notebook", "Engineering", "--with-tags").exit_code == 0
    ds = await served(out, METADATA)
    shown = rows(out, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE '%_fts%' "
                      "AND name NOT LIKE 'sqlite_%'")  # fmt: skip
    assert (await ds.client.get("/catalogue")).status_code == 200
    for table in shown:
        page = await ds.client.get(f"/catalogue/{table}")
        assert page.status_code == 200, page.text
        assert (await ds.client.get(f"/catalogue/{table}.json?_shape=array")).json(), table
    for table in ("notes", "sections", "links"):
        assert (await ds.client.get(f"/catalogue/{table}.json?_shape=array&_search=kafka")).json(), table
    queries = METADATA["databases"]["catalogue"]["queries"]
    given = urlencode(
        {"site": "github.com", "since": "2024-01-01", "until": "", "text": "kafka", "note": "kafka", "tag": "kafka"}
    )
    answers = {name: (await ds.client.get(f"/catalogue/{name}.json?{given}")).status_code for name in queries}
    assert {name for name, status in answers.items() if status != 200} <= ONLY_IN_A_CATALOGUE
    (note_id,) = rows(out, "SELECT id FROM notes LIMIT 1")
    assert (await ds.client.get(f"/catalogue/-/note/{note_id}")).status_code == 404


def test_others_may_read_it_as_any_new_file(example_db: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run("share", tmp_path / "out.db", "--db", example_db, "--notebook", "Reading").exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.db").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        pytest.param([], "Choose what to share", 2, id="nothing chosen"),
        pytest.param(["--with-tags"], "Choose what to share", 2, id="nothing chosen but more of it"),
        pytest.param(["--notebook", "Nowhere"], "No notebook 'Nowhere'", 1, id="no such notebook"),
        pytest.param(["--tag", "nothing"], "No tag 'nothing'", 1, id="no such tag"),
        pytest.param(["--note", "nothing at all"], "No note 'nothing at all'", 1, id="no such note"),
        pytest.param(["--note", "Kafka"], "No note 'Kafka'", 1, id="a part of a title"),
        pytest.param(["--note", "Conference notes, spring 2024"], "it is trashed", 1, id="in the trash"),
        pytest.param(["--notebook", "Home lab", "--tag", "kafka"], "contains no current note", 1, id="empty"),
    ],
)
def test_what_cannot_be_shared(example_db: Path, tmp_path: Path, options: list[str], words: str, code: int) -> None:
    result = run("share", tmp_path / "out.db", "--db", example_db, *options)
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    assert list(tmp_path.iterdir()) == []


def a_file(path: Path, _: Path) -> None:
    path.write_bytes(b"mine")


def a_folder(path: Path, _: Path) -> None:
    path.mkdir()


def a_catalogue(path: Path, catalogue: Path) -> None:
    shutil.copy(catalogue, path)


def a_link_to_it(path: Path, catalogue: Path) -> None:
    path.symlink_to(catalogue)


def open_elsewhere(path: Path, _: Path) -> None:
    a_file(path, _)
    path.with_name("out.db-wal").write_bytes(b"frames")


@pytest.mark.parametrize(
    ("there", "force", "words"),
    [
        (a_file, [], "already exists"),
        (a_file, ["--force"], None),
        (a_folder, ["--force"], "is a folder"),
        (a_catalogue, [], "is a catalogue"),
        (a_catalogue, ["--force"], "is a catalogue"),
        (a_link_to_it, ["--force"], "is a catalogue"),
        (open_elsewhere, ["--force"], "has"),
    ],
)
def test_what_is_there_already(
    example_db: Path,
    tmp_path: Path,
    there: Callable[[Path, Path], None],
    force: list[str],
    words: str | None,
) -> None:
    out = tmp_path / "out.db"
    there(out, example_db)
    before = out.read_bytes() if out.is_file() else None
    result = run("share", out, "--db", example_db, "--notebook", "Reading", *force)
    if words is None:
        assert result.exit_code == 0, result.stderr
        assert rows(out, "SELECT count(*) FROM notes") != [0]
    else:
        assert (result.exit_code > 0, words in result.stderr) == (True, True), result.stderr
        assert (out.read_bytes() if out.is_file() else None) == before
    assert {path.name for path in tmp_path.iterdir()} <= {"out.db", "out.db-wal"}


def test_whole_or_not_at_all(example_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        raise OSError("no space left")

    out = tmp_path / "out.db"
    out.write_bytes(b"before")
    monkeypatch.setattr("extractor.catalogue.sharing.complete", fails)
    assert isinstance(run("share", out, "--db", example_db, "--notebook", "Reading", "--force").exception, OSError)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.db", b"before")]
    assert "cannot be written" in run("share", tmp_path / "no" / "out.db", "--db", example_db, "--tag", "kafka").stderr


def test_a_build_never_writes_into_it(example_db: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    assert run("share", out, "--db", example_db, "--notebook", "Reading").exit_code == 0
    before = out.read_bytes()
    assert run("build", "examples/joplin", "--db", out).exit_code == 1
    assert out.read_bytes() == before
