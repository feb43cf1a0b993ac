"""What Joplin's own renderer makes of every note of the corpora, and of the sample notes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extractor.joplin.item_reader import parse_item
from extractor.joplin.items import Note
from extractor.markdown import Document, parse

HERE = Path(__file__).parent
SYNTAX = {"inline": "markdown", "reference": "markdown", "autolink": "autolink", "bare": "linkify", "html": "html"}

# Where the truth differs and this is right: by note and the address in the truth, with the address here. Besides, the
# renderer shows footnotes behind all else, and the truth has their links there, under whatever heading is the last;
# here they count where they are written, so that a heading added at the end does not move them. So does the truth of
# the sample notes.
RIGHT = {
    # Joplin's sanitizer gives `<a broker="https://...">`, which has no href, the href "#": nobody wrote it.
    ("4980152e7fa7261a614f8c16b030191d", "#"): None,
    # It also replaces `are://...`, a scheme that it does not know, by "#"; what was written is kept.
    ("c5b3bd5e8ce04d9aefce1e30620ebc56", "#"): "are://static.example.org/guide",
}


@pytest.fixture(scope="module")
def truth(corpora):
    """Rows of truth/markdown.jsonl with the body and the document that is made of it."""
    folder = corpora("truth")
    bodies = {}
    for line in (folder / "notes.bodies.jsonl").open():
        row = json.loads(line)
        bodies[row["id"]] = row["body"]
    rows = [json.loads(line) for line in (folder / "markdown.jsonl").open()]
    markups = {1: "markdown", 2: "html"}
    return [
        (row, bodies[row["note_id"]], parse(bodies[row["note_id"]], markups[row["markup_language"]])) for row in rows
    ]


def headings(document: Document) -> list[tuple]:
    return [(h.level, h.title, list(h.path[:-1]), h.line) for h in document.headings]


def links(document: Document) -> list[tuple]:
    """Kind, syntax, address, text, title and the titles of the headings above; the truth has no text of `<a>`."""
    return [
        (
            link.kind,
            SYNTAX[link.syntax],
            link.href,
            None if (link.syntax, link.kind) == ("html", "link") else link.text,
            link.title,
            list(document.headings[link.section].path) if link.section is not None else [],
        )
        for link in document.links
    ]


def true_links(row: dict, *, in_footnotes: bool = False) -> list[tuple]:
    found = []
    for item in row["items"]:
        if item["type"] == "heading" or ("footnote" in item.get("container", ())) != in_footnotes:
            continue
        href = item.get("href", item.get("src"))
        known = (row["note_id"], href)
        if known in RIGHT and item["syntax"] == "html":
            href = RIGHT[known]
        if href is not None:
            text = item.get("text", item.get("alt"))
            path = item.get("heading_path")
            found.append((item["type"], item["syntax"], href, text, item["title"], path))
    return found


def test_every_heading(truth):
    for row, _, document in truth:
        if row["markup_language"] == 1:
            expected = [
                (item["level"], item["text"], item["parent_path"], item["line"] + 1)
                for item in row["items"]
                if item["type"] == "heading"
            ]
            assert headings(document) == expected, row["note_id"]


def test_every_link_and_image(truth):
    for row, _, document in truth:
        if row["markup_language"] == 1:
            found = links(document)
            for link in true_links(row, in_footnotes=True):
                place = next(i for i, other in enumerate(found) if other[:5] == link[:5])
                del found[place]
            assert found == true_links(row), row["note_id"]


def test_every_link_and_image_of_html_notes(truth):
    notes = [(row, document) for row, _, document in truth if row["markup_language"] == 2]
    assert notes
    for row, document in notes:
        assert [link[:5] for link in links(document)] == [link[:5] for link in true_links(row)], row["note_id"]


def test_the_differences_are_few_and_still_there(truth):
    ids = {row["note_id"] for row, _, _ in truth}
    assert {note for note, _ in RIGHT} <= ids
    assert len(RIGHT) == 2


def test_lines(truth):
    """The truth tells the first line of the block, or none; here it is the line on which the link itself starts."""
    for _, body, document in truth:
        lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for link in document.links:
            written = "\n".join(lines[link.line - 1 : link.line + 2])
            assert link.url[:20] in written or link.syntax == "reference"
            assert link.syntax in ("bare", "autolink") or link.text.rpartition(" ")[2] in written


def test_the_sample_notes():
    rows = json.loads((HERE / "corpora" / "example-truth.json").read_text())["notes"]
    checked = 0
    for row in rows:
        file = HERE.parent / "examples" / "joplin" / f"{row['id']}.md"
        if not file.exists():
            continue
        note = parse_item(file.read_text())
        assert isinstance(note, Note)
        document = parse(note.body, "html" if note.markup_language == 2 else "markdown")
        assert [(h.level, h.title, list(h.path)) for h in document.headings] == [
            (h["level"], h["text"], h["path"]) for h in row["headings"]
        ]
        assert [
            (link.kind, link.href, list(document.headings[link.section].path) if link.section is not None else [])
            for link in document.links
        ] == [(link["kind"], link["href"], link["section_path"]) for link in row["links"]]
        checked += 1
    assert checked > 10
