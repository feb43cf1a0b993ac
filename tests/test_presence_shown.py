"""What pages and commands say of notes that are not as Joplin has them now, and what they call them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from catalogues import CORPORA, make, rows
from click.testing import CliRunner, Result
from published import NAME, served
from test_presence import NOON, A, B, Target, encrypted, history, note, single, write

from extractor.catalogue.check_plan import Selection, plan
from extractor.catalogue.checks import places
from extractor.catalogue.choice import Choice
from extractor.catalogue.store import open_to_read
from extractor.cli import main
from extractor.timeline import NamedSection, note_name

if TYPE_CHECKING:
    from pathlib import Path

C, D, E, F = (letter * 32 for letter in "cdef")
STATES = {
    A: "current",
    B: "encrypted",
    C: "history only",
    D: "trashed",
    E: "conflict",
    F: "gone",
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue with a note of each state, all but one with a link to an address of its own."""
    folder = tmp_path_factory.mktemp("states")
    target, db = folder / "target", folder / NAME
    there: Target = (
        note(A, title="Current")
        | note(D, title="Trashed", deleted_time=NOON)
        | note(E, title="Current", is_conflict=True)
    )
    make(db, write(target, there | note(B, title="Encrypted") | note(F, title="Gone")), *single(folder, history(C)))
    make(db, write(target, there | encrypted(B)))
    assert dict(rows(db, "SELECT id, state FROM notes")) == STATES
    return db


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


async def page(db: Path, path: str) -> str:
    answer = await (await served(db)).client.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.text


# What is there now


def test_the_column(db: Path) -> None:
    assert set(rows(db, "SELECT id FROM notes WHERE is_present")) == {A, B, C}
    assert set(rows(db, "SELECT url FROM saved_links")) == {f"https://{letter}.example/" for letter in "abc"}


def test_what_is_checked_and_exported(db: Path) -> None:
    wanted = {f"https://{letter}.example/" for letter in "abc"}
    assert {target.url for target in plan(open_to_read(db), Selection(), NOON).targets} == wanted
    for form in ("bookmarks", "markdown"):
        assert set(re.findall(r"https://\w\.example/", run("export", form, "--db", db).stdout)) == wanted


@pytest.mark.parametrize(
    ("name", "letter"), [("Current", "a"), ("Encrypted", "b"), ("Old", "c"), (E, "e"), ("cccc", "c")]
)
def test_a_note_that_is_named(db: Path, name: str, letter: str) -> None:
    """A copy of a conflict by its id: its title is that of the note."""
    chosen = plan(open_to_read(db), Selection(notes=Choice(notes=(name,))), NOON)
    assert [target.url for target in chosen.targets] == [f"https://{letter}.example/"]
    (found,) = places(open_to_read(db), [target.key for target in chosen.targets], chosen.notes).values()
    assert [place["note_id"] for place in found] == [letter * 32]
    assert f"https://{letter}.example/" in run("export", "bookmarks", "--db", db, "--note", name).stdout


@pytest.mark.parametrize("name", ["Trashed", "Gone"])
def test_what_cannot_be_named(db: Path, name: str) -> None:
    for command in (["check-links"], ["export", "bookmarks"], ["share", db.with_name("shared.db")]):
        result = run(*command, "--db", db, "--note", name)
        assert (result.exit_code, f"'{name}' cannot be chosen" in result.stderr) == (1, True), command


def test_only_what_can_be_read_as_it_is_now_is_shared(db: Path, tmp_path: Path) -> None:
    """Whoever encrypts a note means it for fewer eyes, and what it says now nobody knows."""
    out = tmp_path / "shared.db"
    for name, state in (("Encrypted", "encrypted"), ("Old", "history only")):
        result = run("share", out, "--db", db, "--note", name)
        assert (result.exit_code, f"it is {state}" in result.stderr) == (1, True)
    assert run("share", out, "--db", db, "--note", "Current").exit_code == 0
    for secret in (B, C, "Encrypted", "b.example", "c.example"):
        assert secret.encode() not in out.read_bytes()
    assert rows(out, "SELECT note, url FROM saved_links") == [("Current", "https://a.example/")]


async def test_the_list_of_notes(db: Path) -> None:
    html = await page(db, "/catalogue/-/notes")
    choices = dict(re.findall(r'>([^<]+) <span class="n">(\d+)</span></a></li>', html))
    elsewhere = {"Only history known": "1", "In the trash": "1", "Conflicts": "1", "Gone from Joplin": "1"}
    assert choices == {"Notes now": "3", **elsewhere}
    assert [name in html for name in ("Current", "Encrypted", "Old", "Trashed", "Gone<")] == [True] * 3 + [False] * 2


async def test_a_search_has_what_is_there_first(db: Path) -> None:
    html = await page(db, "/catalogue/-/search?q=heading+kind:note")
    titles = re.findall(r'<a class="title" href="/catalogue/-/note/(\w)', html)
    assert sorted(titles[:2]) == ["a", "b"]
    assert set(titles[2:]) == {"d", "e", "f"}


async def test_a_note_that_was_deleted_for_good_before_the_first_build(tmp_path: Path) -> None:
    """Only its last revision is left, as Joplin leaves it: one number everywhere, and it is not in it."""
    db = tmp_path / NAME
    built = run("build", write(tmp_path / "target", note(A, title="Kept") | history(B)), "--db", db)
    assert re.search(r"notes +1  1 current; and 1 gone\n", built.stdout)
    assert re.search(r"links +1  ", built.stdout)
    assert "to 1 addresses" in built.stdout
    assert rows(db, "SELECT url FROM saved_links") == ["https://a.example/"]
    assert [target.url for target in plan(open_to_read(db), Selection(), NOON).targets] == ["https://a.example/"]
    assert re.findall(r"https://\w.example/", run("export", "bookmarks", "--db", db).stdout) == ["https://a.example/"]
    html = await page(db, "/catalogue")
    assert dict(re.findall(r"<dt>(.*?)</dt><dd><a[^>]*>([\d,]+)", html)) == {
        "Notes now": "1",
        "Links now": "1",
        "Images now": "0",
        "Sections now": "1",
        "Revisions": "1",
    }
    assert "b.example" not in html
    sections = (await page(db, "/catalogue/-/search?q=old")).partition('id="g-section"')[2]
    assert "&amp;past=1" in sections
    assert ">only in the past</span>" in sections
    topic = await page(db, "/catalogue/-/topic?path=Old")
    assert "<small>no longer in Joplin</small>" in topic


# What is said of what is past


@pytest.mark.parametrize(
    ("id_", "said"),
    [
        (A, None),
        (B, "This note is now encrypted. This is its last readable text."),
        (C, "The sources have only the history of this note"),
        (D, None),
        (F, "This note is no longer in Joplin."),
    ],
)
async def test_the_page_of_a_note(db: Path, id_: str, said: str | None) -> None:
    html = await page(db, f"/catalogue/-/note/{id_}")
    assert ('class="message-info"' in html) == bool(said)
    assert said is None or said in html
    assert f"https://{id_[0]}.example/" in html
    assert ("Copy Joplin link" in html) == (STATES[id_] not in {"gone", "history only"})


def link_of(db: Path, id_: str) -> int:
    (link,) = rows(db, "SELECT id FROM links WHERE note_id = ?", id_)
    return int(link)


@pytest.mark.parametrize("id_", STATES)
async def test_the_page_of_a_link(db: Path, id_: str) -> None:
    """Of one that stands nowhere now, no check will ever come."""
    html = await page(db, f"/catalogue/-/link/{link_of(db, id_)}")
    is_present = STATES[id_] in {"current", "encrypted", "history only"}
    assert (">Where it is<" in html, ">Where it was<" in html) == (is_present, not is_present)
    assert ("check-links" in html, ">not checked<" in html) == (is_present, is_present)
    words = {"gone": "no longer in Joplin", "conflict": "a conflict copy", "trashed": "in the trash"}
    assert is_present or f"the note is {words[STATES[id_]]}" in html


async def test_the_page_of_a_link_that_was_removed(tmp_path: Path) -> None:
    db, folder = tmp_path / NAME, tmp_path / "target"
    make(db, write(folder, history(A) | note(A, 1000, body="nothing")))
    html = await page(db, f"/catalogue/-/link/{link_of(db, A)}")
    assert ">Where it was<" in html
    assert "check-links" not in html
    assert re.search(r"once, (?:from|by) <time", html)


# What a note is called


@pytest.mark.parametrize(
    ("title", "sections", "name"),
    [
        ("Title", [(1, 1, "H", "H")], "Title"),
        ("", [(1, 1, "H", "H")], "Untitled"),
        (None, [(9, 1, "Later", "Later"), (3, 2, "First", "First")], "First"),
        (None, [(1, 1, "", ""), (2, 1, "H", "H")], "H"),
        (None, [(None, 2, "A › B", "B"), (None, 1, "A", "A"), (7, 3, "C", "C")], "C"),
        (None, [(None, 2, "A › B", "B"), (None, 1, "A", "A")], "A"),
        (None, [(1, 1, "", "")], "aaaaaaaa"),
        (None, [], "aaaaaaaa"),
    ],
)
def test_what_a_note_is_called(title: str | None, sections: list[Any], name: str) -> None:
    assert note_name(A, title, [NamedSection(*section) for section in sections]) == name


async def test_a_note_without_a_known_title_has_one_name(tmp_path: Path) -> None:
    """The seed of this project is such a note: the first heading that is known of it stands everywhere."""
    db = tmp_path / NAME
    make(db, CORPORA / "seed.txt")
    assert rows(db, "SELECT title, name FROM notes") == [(None, "Messaging")]
    assert set(rows(db, "SELECT note FROM saved_links")) == {"Messaging"}
    assert rows(db, "SELECT label FROM revisions") == ["Messaging #1 (2024-11-01)"]
    (note_id,) = rows(db, "SELECT id FROM notes")
    for path in ("", "/-/notes", f"/-/note/{note_id}", "/-/links", "/notes", "/saved_links", "/links"):
        html = await page(db, f"/catalogue{path}")
        assert ">Messaging<" in html, path
        assert "ntitled" not in html, path
    assert "The sources have only the history of this note." in await page(db, f"/catalogue/-/note/{note_id}")
    assert run("log", "Messaging", "--db", db).stdout.startswith("#1  2024-11-01")
    assert "<H3>Messaging</H3>" in run("export", "bookmarks", "--db", db).stdout


def test_a_note_of_which_nothing_can_be_read_is_called_by_its_id(tmp_path: Path) -> None:
    db = tmp_path / NAME
    make(db, write(tmp_path / "target", encrypted(A)))
    assert rows(db, "SELECT title, name FROM notes") == [(None, "aaaaaaaa")]
