"""`share --html`: a folder of pages, whole or not at all, in which what is hostile stays text."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogues import built
from click.testing import CliRunner, Result
from hostile import HTML, VECTORS
from joplin_items import serialize
from published import checked, example

from extractor.catalogue.shared_schema import SharedSection
from extractor.cli import main
from extractor.joplin.items import Note, Notebook
from extractor.output_folder import GROWING, MARKER
from extractor.publish.shared_site import write
from extractor.publish.shared_site.contents import _topic_names
from extractor.publish.shared_site.site_paths import topic_file

if TYPE_CHECKING:
    from collections.abc import Callable

NOTE = "b388f35bf3f75883a2e73f6aafee8a79"


def shared(*arguments: object, db: Path | None = None) -> Result:
    given = ["share", "--html", *map(str, arguments), "--db", str(db or example())]
    return CliRunner().invoke(main, given)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Page(HTMLParser):
    """The addresses, ids, elements and texts of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.add(tag)
        self.attributes |= given.keys()
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a":
            self.hrefs.append(given["href"])
        elif "src" in given or "href" in given:
            self.loaded.append(given.get("src") or given["href"])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "out"
    assert shared(folder, "--notebook", "Engineering", "--with-tags", "--with-context", db=checked()).exit_code == 0
    return folder


def test_every_address_leads_somewhere(pages: Path) -> None:
    assert len(list(pages.rglob("*.html"))) > 20
    assert_all_leads(pages)


def test_a_topic_without_links_of_its_own_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "joplin").mkdir()
    body = "# A\n\n## B\n\n### C\n\n[x](https://x.example)\n\n# \n\n## D\n\n[y](https://y.example)\n\n# E"
    note = Note(id="a" * 32, updated_time=1, title="N", body=body)
    (tmp_path / "joplin" / f"{note.id}.md").write_text(serialize(note), encoding="utf-8")
    out = tmp_path / "out"
    assert shared(out, "--note", "N", db=built(tmp_path / "joplin")).exit_code == 0
    assert_all_leads(out)
    assert [path.name[:2] for path in (out / "topics").iterdir()] == ["a-"]


def assert_all_leads(pages: Path) -> None:
    """To a file that is there, at a place that is on it; nothing is loaded from anywhere else."""
    known = {path: Page(path) for path in pages.rglob("*.html")}
    for path, page in known.items():
        for href in [*page.hrefs, *page.loaded]:
            if href.startswith(("https://", "http://")):
                assert href not in page.loaded
                continue
            name, _, anchor = href.partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), (path.name, href)
            if anchor and not anchor.startswith("q="):
                assert anchor in known[target].ids, (path.name, href)


def test_each_link_is_on_the_page_of_its_note_and_of_its_topic(pages: Path) -> None:
    note = (pages / f"notes/{NOTE}.html").read_text(encoding="utf-8")
    topic = (pages / topic_file("Messaging")).read_text(encoding="utf-8")
    for html in (note, topic):
        assert "https://kafka.apache.org/documentation/" in html
        assert re.search(r'class="badge is-dead">dead since <time', html)
    assert ">Messaging</a>" in (pages / "topics.html").read_text(encoding="utf-8")


def test_no_page_lets_anything_run(pages: Path) -> None:
    for path in pages.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
        assert len(policy) == 1
        assert policy[0].startswith("default-src 'none';")
        assert "unsafe" not in policy[0]
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", html)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    """In titles of notebooks and notes, headings, texts and addresses of links."""
    folder = tmp_path / "joplin"
    folder.mkdir()
    items = [Notebook(id="b" * 32, updated_time=1, title=HTML[5])]
    for number, vector in enumerate([*VECTORS, *HTML]):
        flat = " ".join(vector.split())
        body = f"# {flat}\n\n[{flat}](https://ok.example/{number} '{flat}') ![{flat}](https://ok.example/{flat})\n\n{vector}"
        items.append(Note(id=f"{number:032x}", updated_time=1, title=flat, body=body, parent_id="b" * 32))
    for item in items:
        (folder / f"{item.id}.md").write_text(serialize(item), encoding="utf-8")
    out = tmp_path / "out"
    assert shared(out, "--notebook", "b" * 32, "--with-context", db=built(folder)).exit_code == 0
    known = {Path("index.html"), Path("topics.html"), Path("notes.html"), Path("search.html")}
    allowed = Page(out / "index.html").elements | Page(out / "search.html").elements
    allowed |= {"aside", "details", "summary", "ol", "section"}
    for path in out.rglob("*.html"):
        page = Page(path)
        assert page.elements <= allowed, (path.name, page.elements - allowed)
        assert not {name for name in page.attributes if name.startswith("on") or name in {"style", "srcdoc"}}
        assert all(re.match(r"https?://|#|(?:\.\./)?[a-z]+(?:/|\.html)", href) for href in page.hrefs), path.name
        known.discard(path.relative_to(out))
    assert not known
    for path in (out / "index").iterdir():  # one call each, of JSON
        found = re.fullmatch(r"catalogueIndex\.(?:names|rows)\((.*)\);\n", path.read_text(encoding="utf-8"), re.DOTALL)
        assert found
        json.loads(found[1])


def test_sections_meet_as_in_the_catalogue() -> None:
    def section(key: int, parent: int | None, title: str, level: int) -> SharedSection:
        return SharedSection(key, "a" * 32, parent, level, title, title, None, None, 0, None)

    assert _topic_names([section(1, None, "Title", 1), section(2, 1, "Kafka", 2)]).titles == {"Title"}
    assert _topic_names([section(1, None, "Title", 1)]).titles == frozenset()


# --- whole or not at all ----------------------------------------------------------------------------------------------


def nothing(_: Path) -> None:
    pass


def empty(out: Path) -> None:
    out.mkdir()


def a_file(out: Path) -> None:
    out.write_text("mine")


def other_files(out: Path) -> None:
    out.mkdir()
    (out / "mine.txt").write_text("mine")


def pages_of_before(out: Path) -> None:
    assert shared(out, "--notebook", "Reading").exit_code == 0


def pages_and_more(out: Path) -> None:
    pages_of_before(out)
    (out / "notes" / "mine.txt").write_text("mine")


def pages_without_their_list(out: Path) -> None:
    pages_of_before(out)
    (out / MARKER).write_text("[")


def pages_through_a_link(out: Path) -> None:
    pages_of_before(out.with_name("elsewhere"))
    out.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("there", "force", "words"),
    [
        (nothing, [], None),
        (empty, [], None),
        (a_file, ["--force"], "is a file"),
        (other_files, ["--force"], "mine.txt"),
        (pages_of_before, [], "already exists"),
        (pages_of_before, ["--force"], None),
        (pages_and_more, ["--force"], "notes/mine.txt"),
        (pages_without_their_list, ["--force"], "contains files that `share` did not write"),
        (pages_through_a_link, ["--force"], None),
    ],
)
def test_what_is_there_already(
    tmp_path: Path, there: Callable[[Path], None], force: list[str], words: str | None
) -> None:
    out = tmp_path / "out"
    there(out)
    before, beside = files_of(tmp_path), set(tmp_path.iterdir())
    result = shared(out, "--notebook", "Engineering", *force)
    if words is None:
        assert result.exit_code == 0, result.output
        assert b"System design links" in (out / "notes.html").read_bytes()
        assert set(tmp_path.iterdir()) == beside | {out}
    else:
        assert (result.exit_code, words in result.stderr) == (1, True), result.output
        assert files_of(tmp_path) == before


@pytest.mark.parametrize("there", [nothing, pages_of_before])
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: Callable[[Path], None]
) -> None:
    out = tmp_path / "out"
    there(out)
    before = files_of(tmp_path)

    def fails(_: object) -> object:
        yield from [("index.html", "half")]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "site_files", fails)
    assert "out cannot be written: No space left" in shared(out, "--notebook", "Engineering", "--force").stderr
    assert files_of(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if before else [])


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """What was there stays, and what was left half done goes with the next one."""
    pages_of_before(tmp_path / "out")
    before = files_of(tmp_path / "out")
    program = (
        "import os, signal\nfrom extractor.publish.shared_site import write\nfrom extractor.cli import main\n"
        "write.index_files = lambda site: iter([('index.html', os.kill(os.getpid(), signal.SIGKILL))])\n"
        f"main(['share', '--html', 'out', '--force', '--notebook', 'Engineering', '--db', {str(example())!r}])\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files_of(tmp_path / "out") == before
    (left,) = tmp_path.glob(GROWING.format("*"))
    assert any(left.iterdir())
    assert shared(tmp_path / "out", "--notebook", "Engineering", "--force").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_others_may_read_it_as_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert shared(tmp_path / "out", "--notebook", "Reading").exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out" / "index.html").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o750
