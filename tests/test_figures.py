"""Links, addresses and bookmarks are three figures: each is the same wherever it is told, on every corpus."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue_of, copy_of, rows
from click.testing import CliRunner
from published import served

from extractor.catalogue.check_plan import Selection, plan
from extractor.catalogue.choice import Choice
from extractor.catalogue.conditions import CURRENT
from extractor.catalogue.export_tree import address_of, saved_links
from extractor.catalogue.queries.finder_conditions import wanted
from extractor.catalogue.queries.finder_counts import counts
from extractor.catalogue.queries.finder_names import exact_sections, finder_names, finder_sections
from extractor.catalogue.queries.finder_words import query_of_choice, read_query
from extractor.catalogue.queries.saved_links import healths
from extractor.catalogue.queries.topic_names import read_topic_names
from extractor.catalogue.status import contents
from extractor.catalogue.store import open_to_read
from extractor.cli import main
from extractor.publish.html.topic_tree import walk
from extractor.publish.pages.start_page import read_start
from extractor.publish.pages.topic_page import Shown, read_topic
from extractor.publish.pages.topics import tree

if TYPE_CHECKING:
    from pathlib import Path

CORPORA = ("example", "sync", "sync-deleted", "sync-broken", "sync-odd", "profile", "e2ee-native", "exports/raw")


@pytest.fixture(scope="module", params=CORPORA)
def db(request: pytest.FixtureRequest) -> Path:
    return catalogue_of(request.param)


def test_links(db: Path) -> None:
    """The rows of `saved_links`: every place of a link in a note that is there now."""
    (links,) = rows(db, "SELECT count(*) FROM saved_links")
    with closing(open_to_read(db)) as catalogue:
        assert contents(catalogue).links == links
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        start = read_start(connection)
        assert start.totals.links == links
        assert sum(healths(connection).values()) == links
        names, of_topics = finder_names(connection), read_topic_names(connection)
        sections = finder_sections(connection, of_topics)
        assert counts(connection, wanted(read_query(""), names)).places == links
        topics = tree(connection, of_topics)
        roots = [topics.with_branches(root) for root in topics.roots]
        without = connection.execute("SELECT count(*) FROM saved_links WHERE section IS NULL").fetchone()[0]
        assert sum(topic.links for topic in walk(roots)) + without == links
        for root in roots:
            view = read_topic(connection, root.path, of_topics, Shown())
            assert (view.all_links, view.in_notes > 0) == (root.all_links, True), root.path
            asked = read_query(query_of_choice({"topic": root.path}))
            if root.path:
                assert counts(connection, wanted(asked, names, sections)).places == root.all_links, root.path
                exact = exact_sections(connection, of_topics, [f"/{root.path}"])
                assert (exact is not None) == bool(sections.meant(f"/{root.path}")), root.path
                assert counts(connection, wanted(asked, names, exact)).places == root.all_links, root.path


def test_addresses(db: Path, tmp_path: Path) -> None:
    """What check-links asks: each address once, of links and images, whatever its places."""
    (addresses,) = rows(db, f"SELECT count(DISTINCT url_id) FROM links WHERE {CURRENT}")  # noqa: S608 -- of the program
    with closing(open_to_read(db)) as catalogue:
        assert contents(catalogue).addresses == addresses
        assert len(plan(catalogue, Selection(), 0).targets) == addresses
    result = CliRunner().invoke(main, ["check-links", "--db", str(copy_of(db, tmp_path)), "--exclude", "/"])
    assert "0 of 0 addresses checked" in result.output


def test_each_change_has_a_time(db: Path) -> None:
    """A lost revision has none of its own, but was there by that of the first one that was made from it."""
    assert rows(db, "SELECT * FROM link_history WHERE captured_at IS NULL") == []


def test_bookmarks(db: Path, tmp_path: Path) -> None:
    """What is exported: each address once for each section of a note."""
    found = rows(db, "SELECT note_id, section, url FROM saved_links")
    bookmarks = len({(note_id, section, address_of(url)) for note_id, section, url in found})
    with closing(open_to_read(db)) as catalogue:
        assert saved_links(catalogue, Choice()).total == bookmarks
    for form, entry in (("bookmarks", r"<DT><A "), ("markdown", r"^- ")):
        output = tmp_path / form
        result = CliRunner().invoke(main, ["export", form, "--with-tokens", "--db", str(db), "-o", str(output)])
        said = f"{bookmarks:,} bookmark{'' if bookmarks == 1 else 's'}"
        assert result.stderr == f"{output}: {said}\n"
        assert len(re.findall(entry, output.read_text(encoding="utf-8"), re.MULTILINE)) == bookmarks


async def test_what_the_start_page_counts(db: Path) -> None:
    """And what the summary of a build says."""
    html = await page(db, "/catalogue")
    figures = {
        name: int(number.replace(",", "")) for name, number in re.findall(r"<dt>(.*?)</dt><dd><a[^>]*>([\d,]+)", html)
    }
    with closing(open_to_read(db)) as catalogue:
        told = contents(catalogue)
    assert figures["Notes now"] == sum(told.present_notes.values())
    assert figures["Links now"] == told.links
    assert figures["Images now"] == told.images
    assert figures["Sections now"] == told.sections
    assert f">{told.links:,} link{'' if told.links == 1 else 's'}" in await page(db, "/catalogue/-/links")
    assert f'>All <span class="n">{told.images:,}</span>' in await page(db, "/catalogue/-/images")
    notes = figures["Notes now"]
    assert f">{notes:,} note{'' if notes == 1 else 's'}<" in await page(db, "/catalogue/-/notes")


async def page(db: Path, path: str) -> str:
    answer = await (await served(db)).client.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.text
