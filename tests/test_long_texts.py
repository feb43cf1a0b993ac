"""The page of a long note shows it in parts that together are the page of the whole text; each place in it is found."""

from __future__ import annotations

import json
import re
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest
from catalogues import built
from hypothesis import given, settings
from hypothesis import strategies as st
from published import served
from test_follower import IN_LISTS, LINES
from thorough import examples

import extractor.publish.html.text_parts as parts_of
from bench.long_note import NOTE, patch, steps, write
from extractor.catalogue.keyframes import stored_patches
from extractor.catalogue.store import reading
from extractor.catalogue.stored_history import stored_history
from extractor.chunked import Chunked
from extractor.joplin.hunks import MARGIN, context, from_units, to_units
from extractor.joplin.patch import apply_patch, parse_patch
from extractor.markdown import Document, parse
from extractor.publish.html.blame import blame
from extractor.publish.html.markdown_html import part_to_html, to_html
from extractor.publish.html.note_parts import KnownLink, Rendered
from extractor.publish.html.patched_lines import Lengths, windowed
from extractor.publish.html.paths import Paths
from extractor.publish.html.rendering import rendered_part
from extractor.publish.html.text_parts import documents_of_changes, long_text
from extractor.publish.pages.blame_page import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from extractor.joplin.hunks import Hunk
    from extractor.publish.html.long_text import LongText

PATHS = Paths("/catalogue")
BOARD = '```jsoncanvas\n{"nodes": [{"type": "text", "text": "# C\\n\\n[a](https://a.b)"}]}\n```\n\n'
TEXT = (
    "---\nfront: matter\n---\n\n[toc]\n\n# A\n\n[one](https://one.example) [to b](#b-2) [r] x[^n]\n\n"
    "- a\n- b ^[in [i](https://i.j)]\n- c\n\n## B\n\n> ## B\n\n[to it](#own) ![p](https://p.q/r.png)\n\n"
    f'{BOARD}1. x\n2. - # In a list [two](https://two.example)\n\n<a id="own"></a> text\n\n'
    "[^n]: note [n](https://n.example)\n\n    # Heading of a note\n\n[r]: https://r.example\n\n"
    "| [t](https://t.u) | b |\n|---|---|\n| c | d |\n\nlast[^n] https://bare.example\n\nunder\n---\n\nend"
)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts end as soon as they can."""
    for name in ("A_PART", "AT_HEADING", "LONG"):
        monkeypatch.setattr(parts_of, name, 1)
    monkeypatch.setattr(parts_of, "IN_LIST", 30)


def parts(body: str) -> LongText:
    """A body in parts, of which there are some."""
    text = long_text(body)
    assert text is not None
    return text


def address(line: int, anchor: str) -> str:
    return f"?line={line}#{anchor}"


def shown(text: LongText) -> list[Rendered]:
    """All parts; each link to the web is known by a number, from 0."""
    numbers = count()

    def known(document: Document) -> Sequence[KnownLink | None]:
        return [KnownLink(next(numbers), 1, "alive") if link.target == "web" else None for link in document.links]

    return [rendered_part(text, index, PATHS, known, {}, address) for index in range(len(text.parts))]


def without_lists(html: str) -> str:
    """A list that goes on in the next part is closed, and begun anew."""
    return "".join(re.sub(r"</?(?:ul|ol|li|p)\b[^>]*>", "", html).split())


def check(body: str) -> None:
    document, text = parse(body), long_text(body)
    if text is None:
        return
    assert (text.parts[0].start, text.parts[0].first) == (0, 1)
    assert [one.end for one in text.parts[:-1]] == [one.start for one in text.parts[1:]]
    assert [one.last + 1 for one in text.parts[:-1]] == [one.first for one in text.parts[1:]]
    documents = [text.document(part) for part in text.parts]
    assert all(one.headings == document.headings for one in documents)
    assert [link for one in documents for link in one.links] == list(document.links)
    html = "".join(part_to_html(text, index)[0] for index in range(len(text.parts)))
    assert without_lists(html) == without_lists(to_html(body))


@pytest.mark.usefixtures("small_parts")
def test_parts_are_the_whole() -> None:
    check(TEXT)
    assert len(parts(TEXT).parts) > 10


@pytest.mark.usefixtures("small_parts")
def test_every_note_of_the_corpora(corpora) -> None:
    bodies = [json.loads(line)["body"] for line in (corpora("truth") / "notes.bodies.jsonl").open()]
    assert sum(long_text(body) is not None for body in bodies) > 50
    for body in bodies:
        check(body)


PIECES = [line for line in [*LINES, *IN_LISTS] if "<" not in line] + ["[^n]: x [y](https://y.z)", "a[^n] ^[b]"]


@settings(max_examples=examples(150))
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_markdown(lines: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        for name in ("A_PART", "AT_HEADING", "LONG", "IN_LIST"):
            patched.setattr(parts_of, name, 1)
        check("\n".join(lines))


@pytest.mark.usefixtures("small_parts")
def test_links_lead_into_other_parts() -> None:
    text = parts(TEXT)
    pages = shown(text)
    html = [str(page.html) for page in pages]
    leads = {at: re.findall(r'href="\?line=(\d+)#([^"]+)"', one) for at, one in enumerate(html)}
    found = {anchor: int(line) for some in leads.values() for line, anchor in some}
    # The table of contents, links of the text, footnotes there and back, and what the note itself calls by a name.
    assert {"line-7", "fn1", "fn2", "fnref1", "in-own"} <= found.keys()
    for anchor, line in found.items():
        assert f'id="{anchor}"' in html[text.at_line(line)], anchor
    assert "lost" not in "".join(html)
    assert all(len(page.outline) == len(text.headings) for page in pages)


def test_many_footnotes_are_read_once() -> None:
    """Each part would have to read them all."""
    notes = "".join(f"text {at} [^{at}]\n\n[^{at}]: note\n\n" for at in range(4000))
    assert long_text(notes) is None
    assert long_text(notes.replace("[^", "[")) is not None


@pytest.mark.usefixtures("small_parts")
def test_only_what_differs_is_read() -> None:
    old = TEXT.replace("[^n]", "").replace("^[", "[")
    new = old.replace("[t](https://t.u)", "[t](https://t.other) [new](https://new.example)")
    found = documents_of_changes(old, new)
    assert found is not None
    before, after = found
    assert "https://one.example" not in {link.url for link in before.links}
    assert {link.url for link in after.links} - {link.url for link in before.links} == {
        "https://t.other",
        "https://new.example",
    }
    whole = parse(new)
    sections = {link.url: link.section and whole.headings[link.section].path for link in whole.links}
    assert all((link.section and after.headings[link.section].path) == sections[link.url] for link in after.links)
    assert documents_of_changes(old, new.replace("r.example", "s.example")) is None
    assert documents_of_changes(TEXT, TEXT + "x") is None


async def test_the_page_of_a_long_note(tmp_path: Path) -> None:
    """Each part has its links, and the page leads to all the others; programs get the whole text."""
    write(tmp_path / "joplin", 2, 150_000)
    ds = await served(built(tmp_path / "joplin"))
    note = f"/catalogue/-/note/{NOTE}"
    first = (await ds.client.get(note)).text
    lines = [(int(a), int(b)) for a, b in re.findall(r'data-first="(\d+)" data-last="(\d+)"(?: aria| title)', first)]
    assert len(lines) > 5
    assert [a for a, _ in lines[1:]] == [b + 1 for _, b in lines[:-1]]
    data = (await ds.client.get(f"{note}.json")).json()
    links = {link["known"]["link_id"] for link in data["links"]}
    placed: list[int] = []
    for start, last in lines:
        page = (await ds.client.get(f"{note}?line={start}")).text
        placed += map(int, re.findall(r'id="link-(\d+)"', page))
        assert f'<div class="part" data-first="{start}" data-last="{last}">' in page
        assert f'id="line-{start}"' in page.partition("<article")[2]
    assert sorted(placed) == sorted(links)
    assert (await ds.client.get(f"{note}.md")).text == data["texts"][0]
    answer = await ds.client.get(f"/catalogue/-/id/{NOTE}?heading=section-20", follow_redirects=False)
    assert re.fullmatch(rf"{note}\?line=(\d+)#line-\1", answer.headers["location"])


def test_blame_by_patches_is_that_of_whole_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.timeline.keyframes.LONG", 0)
    write(tmp_path / "joplin", 310, 8_000)
    with reading(built(tmp_path / "joplin")) as db:
        texts = written(stored_history(db, NOTE), stored_patches(db.conn, NOTE))
        assert texts.edits is not None
        assert sum(texts.edits(at) is not None for at in range(len(texts.texts) - 1)) > 290
        assert blame(texts.texts, texts.bases, texts.edits) == blame(texts.texts, texts.bases)


@settings(max_examples=examples(200))
@given(st.integers(0, 1 << 30))
def test_a_window_holds_what_a_patch_changes(seed: int) -> None:
    """What is in the lines of the window, and what is not, make the texts before and after."""
    chance = Random(seed)  # noqa: S311 -- no secret
    old = "".join(chance.choices("aab\n\né\u20ac", k=chance.randrange(120)))
    new = list(old)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(new) + 1)
        new[at : at + chance.randrange(3)] = chance.choices("aab\n\u20ac", k=chance.randrange(4))
    hunks = parse_patch(patch(old, "".join(new)))
    lines = Chunked.of([("x", line) for line in old.split("\n")])
    found = windowed(lines, hunks, Lengths())
    after = from_units(apply_patch(hunks, to_units(old)).text)
    assert found is not None or not hunks or _claims_an_edge(hunks)
    if found is not None:
        plain = [line for _, line in lines]
        assert found.before == "\n".join(plain[found.start : found.stop])
        assert "\n".join([*plain[: found.start], found.after, *plain[found.stop :]]) == after


def _claims_an_edge(hunks: Sequence[Hunk]) -> bool:
    return min(context(hunks[0].diffs[:1]), context(hunks[-1].diffs[-1:])) < MARGIN


def test_the_bench_note_is_blamed_alike() -> None:
    """The same without a catalogue: texts that are known as such."""
    texts = [(str(step.number), step.text) for step in steps(40, 4_000)]
    assert [line for _, line in blame(texts)] == texts[-1][1].split("\n")
