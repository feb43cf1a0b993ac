"""What leaves for other programs: bookmarks that browsers read, and Markdown that reads back as the same links."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from catalogues import catalogue, rows
from click.testing import CliRunner, Result

from extractor.catalogue.export_markdown import DEEPEST, NOTE_LEVEL
from extractor.catalogue.export_tree import address_of, one_line
from extractor.cli import main
from extractor.joplin.items import Item, Note, Notebook, NoteTag, Tag
from extractor.markdown import parse
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from pathlib import Path

SAVED = "FROM saved_links"
NOON = 1_700_000_000_000  # 2023-11-14T22:13:20Z


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def export(form: str, db: Path, *options: str) -> str:
    result = run("export", form, "--db", db, *options)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def note(name: str, title: str, body: str, **fields: Any) -> Note:
    return Note(id=name * 32, updated_time=NOON, title=title, body=body, **{"parent_id": "a" * 32, **fields})


def notebook(name: str, title: str, parent: str = "", **fields: Any) -> Notebook:
    return Notebook(id=name * 32, updated_time=NOON, title=title, parent_id=parent * 32, **fields)


def tagged(title: str, *notes: str) -> list[Item]:
    tag = Tag(id=f"{sum(title.encode()):032x}", updated_time=NOON, title=title)
    pairs = (NoteTag(f"{tag.id[16:]}{name * 16}", NOON, note_id=name * 32, tag_id=tag.id) for name in notes)
    return [tag, *pairs]


@dataclass
class Bookmark:
    """An entry as read back, with the folders around it."""

    folders: tuple[str, ...]
    address: str
    attributes: dict[str, str | None]
    title: str = ""
    description: str = ""


@dataclass
class Bookmarks(HTMLParser):
    """Reads a bookmark file by its tags, as linkding does; folders by the lists that are open, as browsers do."""

    found: list[Bookmark] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.reading = self.heading = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.reading = tag
        if tag == "dl":
            self.open.append(self.heading)
        elif tag == "h3":
            self.heading = ""
        elif tag == "a":
            attributes = dict(attrs)
            self.found.append(Bookmark(tuple(self.open[1:]), attributes.pop("href") or "", attributes))

    def handle_endtag(self, tag: str) -> None:
        self.reading = ""
        if tag == "dl":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.reading == "h3":
            self.heading += data
        elif self.reading == "a":
            self.found[-1].title += data
        elif self.reading == "dd":
            self.found[-1].description += data.strip()


def read(text: str) -> list[Bookmark]:
    parser = Bookmarks()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.found


def saved(db: Path) -> Counter[tuple[str | None, str]]:
    """Address and text of each link in `saved_links`, once for each section."""
    found = rows(
        db,
        f"SELECT note_id, section, url, link {SAVED} ORDER BY line, "  # noqa: S608 -- a constant of this module
        "(SELECT position FROM links WHERE links.id = saved_links.id)",
    )
    places: dict[tuple[str, str, str | None], str] = {}
    for note_id, section, url, text in found:
        places.setdefault((note_id, section, address_of(url)), one_line(text))
    return Counter((address, text or str(address)) for (_, _, address), text in places.items())


@pytest.mark.parametrize("name", ["example_db", "sync_db"])
def test_bookmarks_are_what_is_saved(request: pytest.FixtureRequest, name: str) -> None:
    db = request.getfixturevalue(name)
    found = read(export("bookmarks", db, "--with-tokens"))
    assert found
    assert Counter((one.address, one.title) for one in found) == saved(db)


@pytest.mark.parametrize("name", ["example_db", "sync_db"])
def test_markdown_is_what_is_saved(request: pytest.FixtureRequest, name: str) -> None:
    """A document that is parsed as notes are gives the links that were written into it, and none beside."""
    db = request.getfixturevalue(name)
    document = parse(export("markdown", db, "--with-tokens"))
    found = Counter((address_of(link.url), one_line(link.text)) for link in document.links)
    expected = saved(db)
    assert {link.kind for link in document.links} == {"link"}
    assert found == Counter({(a, shown(str(a)) if t == a else t): n for (a, t), n in expected.items()})
    places = {" › ".join(one_line(part) for part in heading.path) for heading in document.headings}
    for notebook, title, section in rows(db, f"SELECT notebook, note, section {SAVED}"):
        above, below = (notebook or "").split(" › "), (section or "").split(" › ") if section is not None else []
        if len(below) <= DEEPEST - NOTE_LEVEL:
            named = [one_line(part) or "Untitled" for part in (*filter(None, above), title or "", *below)]
            assert " › ".join(named) in places


def shown(address: str) -> str:
    """A link without a text, as Markdown shows it."""
    (link,) = parse(f"<{address}>").links
    return one_line(link.text)


def test_folders_dates_and_tags(tmp_path: Path) -> None:
    db = catalogue(
        tmp_path,
        notebook("a", "Work"),
        notebook("b", "Inner", "a"),
        note("1", "Reading", "[top](https://a.example/)\n\n# T\n\n## Old\n\n<https://b.example/>", parent_id="b" * 32),
        *tagged("kafka", "1"),
        *tagged("a, b", "1"),
        note("2", "Without notebook", "https://c.example/x#part-2", parent_id=""),
    )
    home, top, old = read(export("bookmarks", db))
    assert (home.folders, home.title) == (("Without notebook",), "https://c.example/x#part-2")
    assert home.attributes == {"add_date": str(NOON // 1000)}
    assert (top.folders, top.address, top.title) == (("Work", "Inner", "Reading"), "https://a.example/", "top")
    assert top.attributes == {"add_date": str(NOON // 1000), "tags": "a  b,kafka"}
    assert top.description == "Work › Inner › Reading"
    assert (old.folders, old.title) == (("Work", "Inner", "Reading", "T", "Old"), "https://b.example/")
    assert export("markdown", db) == (
        "## Without notebook\n\n- <https://c.example/x#part-2> — by 2023-11-14\n\n"
        "# Work › Inner\n\n## Reading\n\n- [top](https://a.example/) — by 2023-11-14\n\n"
        "### T\n\n#### Old\n\n- <https://b.example/> — by 2023-11-14\n\n"
    )


NO_WEB_LINK = "![a](https://x.example/a.png) [m](mailto:a@x.example) [f](file:///etc/passwd) [n](:/" + "1" * 32 + ")"
X = "https://x.example/"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("[a](https://x.example) [b](https://x.example/)", [(X, "a")], id="twice in a place"),
        pytest.param("[](https://x.example/)\n\n[b](https://x.example/)", [(X, "b")], id="text from the other"),
        pytest.param("# A\n\n<https://x.example/>\n\n# B\n\n[b](https://x.example/)", [(X, X), (X, "b")], id="two"),
        pytest.param("# A\n\n[1](https://x.example/)\n\n# A\n\n[2](https://x.example/)", [(X, "1")], id="one name"),
        pytest.param("//x.example/a", [(X + "a", "//x.example/a")], id="without scheme"),
        pytest.param("[a](https://me:secret@x.example/)", [(X, "a")], id="password"),
        pytest.param("[a](<https://x.example/ä b?q=ü#ö>)", [(X + "%C3%A4%20b?q=%C3%BC#%C3%B6", "a")], id="encoded"),
        pytest.param(NO_WEB_LINK, [], id="no web link"),
    ],
)  # fmt: skip
def test_which_links(tmp_path: Path, body: str, expected: list[tuple[str, str]]) -> None:
    db = catalogue(tmp_path, notebook("a", "A"), note("1", "N", body))
    assert [(one.address, one.title) for one in read(export("bookmarks", db))] == expected
    found = parse(export("markdown", db)).links
    assert [(link.url, link.text) for link in found] == expected


NASTY = [
    '<script>alert("x")</script>', "</A></DL><DT>", "<!--", "]]>", "<https://evil.example>",
    "<a href='//evil.example'>", "[x](https://evil.example/)", "![x](https://evil.example/x.png)",
    "x](https://evil.example/) [",
    "https://evil.example/",
    "ftp://evil.example http://evil.example", "//evil.example", "mailto:a@evil.example", "www.evil.example",
    "a & b &amp; c &copy;", "&#60;b&#62;", "*bold* _it_ `code` ~~s~~ ==m== $x$ $$y$$", "back\\slash \\[ \\", "\\", "`",
    "^[note] [^1]", "[toc]", "C # ##", "#", "1. one", "- [ ] x", "+ x", "> quote", "---", "===", "~~~", "```", "$$",
    "| a | b |", ":smile:", "{{x}}", "'\"'", "a\tb", "x\u2028y\x85z", "\U0001f600 𝗞𝗮𝗳𝗸𝗮 \u202e", "",
]  # fmt: skip


@pytest.mark.parametrize("nasty", NASTY)
def test_names_change_nothing_but_themselves(tmp_path: Path, nasty: str) -> None:
    """Whatever stands in a title, a heading or the text of a link, it is shown and does nothing."""
    escaped = "".join(f"&#{ord(char)};" if char.isascii() else char for char in nasty)
    heading = f"# x{escaped}" if nasty.strip() else "# x"
    body = f"{heading}\n\n[{escaped}](https://x.example/?a=1&copy=2&amp;copy;(b))"
    items = [notebook("a", "A" + nasty), note("1", "N" + nasty, body), *tagged("t" + nasty, "1")]
    db = catalogue(tmp_path, *items)
    address = "https://x.example/?a=1&copy=2&copy;(b)"
    text = one_line(nasty)
    names = [one_line("A" + nasty), one_line("N" + nasty), one_line("x" + nasty)]
    (bookmark,) = read(export("bookmarks", db))
    assert (bookmark.address, bookmark.title, list(bookmark.folders)) == (address, text or address, names)
    assert bookmark.attributes["tags"] == one_line("t" + nasty).replace(",", " ")
    written = export("bookmarks", db)
    # Chromium reads line by line and looks for the last > before the end tag.
    (line,) = [line.strip() for line in written.split("\n") if "<DT><A" in line]
    assert line[: line.index("</A>")].rpartition(">")[2].count("<") == 0
    document = parse(export("markdown", db))
    (link,) = document.links
    assert (link.kind, link.url, one_line(link.text)) == ("link", address, text or address)
    assert [one_line(heading.title) for heading in document.headings] == names


def test_deep_sections_keep_their_names(tmp_path: Path) -> None:
    body = "\n\n".join(f"{'#' * level} {level}" for level in range(1, 7)) + "\n\n<https://x.example/>"
    db = catalogue(tmp_path, notebook("a", "A"), note("1", "N", body))
    assert read(export("bookmarks", db))[0].folders == ("A", "N", "1", "2", "3", "4", "5", "6")
    headings = parse(export("markdown", db)).headings
    assert [(heading.level, heading.title) for heading in headings] == [
        (1, "A"), (2, "N"), (3, "1"), (4, "2"), (5, "3"), (6, "4"), (6, "4 › 5"), (6, "4 › 5 › 6"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Notes called after the link in them."""
    numbers = count(1)

    def linked(title: str, notebook: str, **fields: Any) -> Note:
        return note(f"{next(numbers):x}", title, f"https://{title}.example/", parent_id=notebook * 32, **fields)

    return catalogue(
        tmp_path_factory.mktemp("library"),
        notebook("a", "Work"),
        notebook("b", "Backend", "a"),
        notebook("c", "CI/CD", "b"),
        notebook("d", "Home"),
        notebook("e", "Backend", "d"),
        notebook("f", "Trash", "a", deleted_time=NOON),
        linked("work", "a"),
        linked("backend", "b"),
        linked("cicd", "c"),
        linked("home", "d"),
        linked("homebackend", "e"),
        linked("thrown", "a", deleted_time=NOON),
        *tagged("Kafka", "2", "4"),
        *tagged("linux", "1", "4"),
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "work backend cicd home homebackend"),
        (["--notebook", "Work"], "work backend cicd"),
        (["--notebook", "wORK"], "work backend cicd"),
        (["--notebook", "a" * 32], "work backend cicd"),
        (["--notebook", "aaaa"], "work backend cicd"),
        (["--notebook", "Work › Backend"], "backend cicd"),
        (["--notebook", "work/backend"], "backend cicd"),
        (["--notebook", "Work/Backend/CI/CD"], "cicd"),
        (["--notebook", "CI/CD"], "cicd"),
        (["--notebook", "CI/CD", "--notebook", "Home"], "cicd home homebackend"),
        (["--tag", "kafka"], "backend home"),
        (["--tag", "kafka", "--tag", "linux"], "work backend home"),
        (["--notebook", "Work", "--tag", "kafka"], "backend"),
        (["--note", "cicd"], "cicd"),
        (["--note", "3333"], "cicd"),
        (["--note", "CICD", "--note", "work"], "cicd work"),
        (["--notebook", "Work", "--tag", "kafka", "--note", "homebackend"], "backend homebackend"),
    ],
)
@pytest.mark.parametrize("form", ["bookmarks", "markdown"])
def test_choosing(library: Path, form: str, options: list[str], expected: str) -> None:
    text = export(form, library, *options)
    found = [one.address for one in read(text)] if form == "bookmarks" else [link.url for link in parse(text).links]
    assert sorted(found) == sorted(f"https://{name}.example/" for name in expected.split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--notebook", "Wor"], "No notebook 'Wor'"),
        (["--notebook", "Trash"], "No notebook 'Trash'"),
        (["--notebook", "Backend"], "are named 'Backend': bbbbbbbb Work › Backend; eeeeeeee Home › Backend"),
        (["--tag", "kaf"], "No tag 'kaf' in the catalogue. There are: Kafka, linux. Did you mean 'Kafka'?"),
        (["--note", "nothing"], "No note 'nothing'"),
        (["--note", "thrown"], "'thrown' cannot be chosen: it is trashed"),
    ],
)
@pytest.mark.parametrize("form", ["bookmarks", "markdown"])
def test_what_cannot_be_chosen(library: Path, tmp_path: Path, form: str, options: list[str], words: str) -> None:
    output = tmp_path / "out"
    result = run("export", form, "--db", library, "--output", output, *options)
    assert (result.exit_code, words in result.stderr) == (1, True), result.stderr
    assert not output.exists()


@pytest.mark.parametrize("form", ["bookmarks", "markdown"])
def test_a_note_that_joplin_no_longer_has(example_db: Path, form: str) -> None:
    """Its links are those that its history ends with: not saved in Joplin now, as `share` has it."""
    ((title, url),) = rows(
        example_db, "SELECT name, max(url) FROM links JOIN notes ON notes.id = note_id WHERE state = 'gone'"
    )
    assert (url in export(form, example_db), title in export(form, example_db)) == (False, False)
    for command in (("export", form), ("share", "x.db")):
        result = run(*command, "--db", example_db, "--note", title)
        assert (result.exit_code, "cannot be chosen: it is gone" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("form", "said"), [("bookmarks", "5 bookmarks"), ("markdown", "5 bookmarks"), ("revisions", "0 revisions")]
)
@pytest.mark.parametrize("there", [None, 0o644], ids=["new", "there"])
def test_an_export_may_be_a_file(library: Path, tmp_path: Path, form: str, said: str, there: int | None) -> None:
    """It is for its owner alone, and may take the place of an earlier one."""
    output = tmp_path / "out"
    if there is not None:
        output.write_text("an earlier and longer export\n" * 1000)
        output.chmod(there)
    result = run("export", form, "--db", library, "-o", output)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{output}: {said}\n")
    assert output.read_text(encoding="utf-8") == export(form, library)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


@pytest.mark.parametrize("form", ["bookmarks", "markdown", "revisions"])
def test_where_an_export_cannot_be_written(library: Path, tmp_path: Path, form: str) -> None:
    db, link = tmp_path / "catalogue.db", tmp_path / "link"
    shutil.copy(library, db)
    link.symlink_to(db)
    before = db.read_bytes()
    for output, words in (
        (tmp_path / "nowhere" / "out", "cannot be written"),
        (db, "is the catalogue"),
        (link, "is the catalogue"),
    ):
        result = run("export", form, "--db", db, "-o", output)
        assert (result.exit_code, words in result.stderr) == (1, True), result.output
        assert result.stderr.startswith(f"joplin-catalogue: {output} ")
    assert db.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_an_export_may_go_into_a_pipe(library: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o640)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        assert run("export", "bookmarks", "--db", library, "-o", pipe).exit_code == 0
        assert reader.communicate()[0] == export("bookmarks", library)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o640


def test_an_address_for_programs() -> None:
    assert address_of("no address") is None
    known = address_of("https://x.example/a?b#c")
    assert known == "https://x.example/a?b#c"
    assert read_address(known) == read_address("https://x.example/a?b#c")
    assert iso(NOON) == "2023-11-14T22:13:20.000Z"
