"""Long histories: what is held once, kept as patches, or read from keyframes is what the plain way gives."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache
from sqlite3 import OperationalError
from typing import TYPE_CHECKING

import pytest
from datasette.app import Datasette
from hypothesis import given, settings
from hypothesis import strategies as st
from joplin_histories import chain, current_notes, diff, histories, revision
from thorough import THOROUGH, examples, some

from bench.long_note import NOTE, write
from extractor.build import build
from extractor.catalogue.database import Database
from extractor.catalogue.keyframes import KeyframeError, StoredTexts, write_keyframes
from extractor.catalogue.reader import note_history
from extractor.catalogue.store import open_to_write, reading
from extractor.catalogue.stored_history import stored_history
from extractor.chunked import Chunked, Places, alike
from extractor.joplin import bodies as bodies_module
from extractor.joplin.bodies import Bodies
from extractor.joplin.history import replay
from extractor.joplin.hunks import to_units
from extractor.joplin.items import Note
from extractor.joplin.patch import parse_patch
from extractor.markdown import Follower, parse, parse_fragment
from extractor.markdown.shared import placed, shared, with_first
from extractor.publish.html.bounded import BoundedCache
from extractor.sources import open_source
from extractor.timeline import derive_rows
from extractor.timeline import keyframes as kept
from extractor.timeline.naming import numbers_in, set_of
from extractor.timeline.tracked import Holders
from extractor.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from extractor.joplin.items import Revision

numbers = st.lists(st.integers(0, 4), max_size=300)


@given(st.data(), numbers)
def test_a_sequence_that_shares(data: st.DataObject, items: list[int]) -> None:
    chunked, plain = Chunked.of(items), list(items)
    for _ in range(5):
        start = data.draw(st.integers(0, len(plain)))
        end = data.draw(st.integers(start, len(plain)))
        new = data.draw(numbers)
        edited, after = chunked.splice(start, end, new), [*plain[:start], *new, *plain[end:]]
        assert list(edited) == after
        assert [edited[at] for at in range(len(after))] == after
        assert edited[start : start + 7] == after[start : start + 7]
        assert edited.find(3) == (after.index(3) if 3 in after else None)
        assert list(chunked.edited_to(after)) == after
        head, tail = alike(chunked, edited)
        most = min(len(plain), len(after))
        assert head == next((at for at in range(most) if plain[at] != after[at]), most)
        assert tail == next((n for n in range(most - head) if plain[-1 - n] != after[-1 - n]), most - head)
        chunked, plain = edited, after


@given(st.data(), st.lists(st.integers(0, 9_999), max_size=300).map(sorted))
def test_numbers_that_move(data: st.DataObject, lines: list[int]) -> None:
    places, plain = Places.of(lines), list(lines)
    for _ in range(5):
        start = data.draw(st.integers(0, len(plain)))
        end = data.draw(st.integers(start, len(plain)))
        new, moved = data.draw(st.lists(st.integers(0, 9_999), max_size=99)), data.draw(st.integers(-3, 3))
        places = places.splice(start, end, new, moved)
        plain = [*plain[:start], *new, *(line + moved for line in plain[end:])]
        assert list(places) == [places[at] for at in range(len(plain))] == plain
        assert places[start : start + 70] == plain[start : start + 70]


@given(st.sets(st.integers(0, 2_000)))
def test_a_set_of_numbers(some: set[int]) -> None:
    assert list(numbers_in(set_of(some))) == sorted(some)


def test_holders_in_runs() -> None:
    holders = Holders([range(1, 4), range(7, 8)])
    assert holders == (1, 2, 3, 7)
    assert (len(holders), holders[0], holders[-1], [*reversed(holders)]) == (4, 1, 7, [7, 3, 2, 1])


blocks = st.sampled_from(
    ["# A", "## B", "## B", "[a](b)", "- [c](d)\n- [e](f)", "text", "* [x][y]", "[y]: z", "note[^1]", "[^1]: [g](h)",
     "<a href='q'>r</a>", "", "### [k](l)"]
)  # fmt: skip


@given(st.lists(st.lists(blocks, max_size=9), min_size=1, max_size=6))
def test_a_document_that_shares(texts: list[list[str]]) -> None:
    """What is shared from version to version is, placed, what each text alone gives; with the first link added, too."""
    follower = Follower()
    last = None
    for text in texts:
        body = "\n\n".join(text)
        plain = parse(body)
        document = follower.advance(body)
        assert placed(document) == plain
        last = shared(plain, last)
        assert placed(last) == plain
        if plain.links:
            first = replace(plain.links[0], line=0, section=None)
            assert placed(with_first(first, document, None)).links == (first, *plain.links)


@given(st.lists(st.text(st.sampled_from("ab\n😀é"), max_size=40), min_size=1, max_size=12))
@settings(max_examples=examples(50))
def test_texts_kept_as_patches(texts: list[str]) -> None:
    """However few texts are held, each is what it was."""
    revisions = chain(*texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies_module, "RECENT", 60)
        patch.setattr(bodies_module, "MOST_PATCHES", 3)
        found = replay(revisions)
        assert [one.body for one in found] == texts
        assert [one.body for one in reversed(found)] == texts[::-1]


def test_few_texts_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies_module, "RECENT", 10_000)
    bodies, text = Bodies(), "x" * 2_000
    body = bodies.keep(to_units(text))
    (hunk,) = parse_patch('[{"diffs":[[0,"xxxx"],[1,"y"]],"start1":1996,"start2":1996,"length1":4,"length2":5}]')
    last = bodies.keep(to_units(text + "y"), body, [hunk])
    for _ in range(20):
        bodies.keep(to_units("z" * 2_000))
    assert sum(map(len, bodies._recent.values())) <= 10_000  # noqa: SLF001 -- what is held
    assert (body.text, last.text) == (text, text + "y")
    assert body.is_kept_whole
    assert not last.is_kept_whole


# The corpora have most of their texts in common; fragments are read alike in both ways.
parsed_once, fragment_parsed_once = cache(parse), cache(parse_fragment)


@pytest.mark.parametrize("corpus", ["sync-broken", "sync-deleted"])
def test_rows_are_those_of_the_plain_way(
    corpora: Callable[[str], Path], corpus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each text parsed by itself gives the rows that following gives; with each third revision lost, too."""
    monkeypatch.setattr("extractor.timeline.reading.parse", parsed_once)
    monkeypatch.setattr("extractor.timeline.reading.parse_fragment", fragment_parsed_once)
    notes = current_notes(corpora(corpus))
    for note_id, revisions in some(histories(corpora(corpus)).items()):
        for told in (revisions, [one for at, one in enumerate(revisions) if at % 3]):
            plain, rows = (derive_rows(note_id, notes.get(note_id), told, plainly=way) for way in (True, False))
            assert rows == plain


BLOCKS = ("# A", "## B", "## B", "[a](https://e.org/a)", "- [c](https://e.org/c)\n- [e](https://e.org/e)", "text",
          "- [c](https://e.org/c#x)", "[x][y]", "[y]: https://e.org/z", "note[^1]", "[^1]: [g](https://e.org/g)",
          "<a href='https://e.org/q'>r</a>", "### [k](l)", "[a](https://E.org/a)", "😀")  # fmt: skip


def some_history(chance: random.Random) -> tuple[Note | None, list[Revision]]:
    """A note of a few revisions: with branches, lost bases, broken and wrong diffs, clocks that run backwards."""
    texts: list[str] = []
    revisions: list[Revision] = []
    at = 1_000
    for number in range(chance.randrange(1, 14)):
        is_root = not texts or chance.random() < 0.04
        parent = None if is_root else number - 1 if chance.random() < 0.75 else chance.randrange(number)
        base = texts[parent] if parent is not None else ""
        texts.append(edited(base, texts, chance))
        at += chance.choice([0, 1, 60_000, 90_000_000, -5_000])
        body_diff = diff(base, texts[-1])
        broken = chance.random()
        body_diff = "{" if broken < 0.02 else body_diff.replace("0", "1", 1) if broken < 0.05 else body_diff
        new = {"id": "note"} if is_root else {"source_url": chance.choice(["https://e.org/s", ""])}
        revisions.append(
            revision(
                f"r{number:02}",
                f"r{parent:02}" if parent is not None else "",
                body_diff,
                at=at,
                title_diff=diff("", "T") if is_root else "[]",
                metadata_diff=json.dumps({"new": new if is_root or broken > 0.9 else {}, "deleted": []}),
            )
        )
    if chance.random() < 0.3:
        revisions = [one for one in revisions if chance.random() < 0.8]
    chance.shuffle(revisions)
    note = Note(id="note", updated_time=at + chance.choice([0, 5, -100]), body=chance.choice(texts), title="T")
    return (note if chance.random() < 0.85 else None), revisions


def edited(text: str, others: list[str], chance: random.Random) -> str:
    """A text with blocks put in, taken out, changed, or taken over from another one."""
    blocks = text.split("\n\n") if text else []
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        at = chance.randrange(len(blocks) + 1)
        match chance.choice("iiiddro"):
            case "i":
                blocks.insert(at, chance.choice(BLOCKS))
            case "d":
                del blocks[at : at + 1]
            case "r":
                blocks[at : at + 1] = [block.replace("e.org", "f.org") for block in blocks[at : at + 1]]
            case _ if others:
                blocks[at:at] = chance.choice(others).split("\n\n")[:3]
    return "\n\n".join(blocks)


@pytest.mark.parametrize("seed", range(0, 300, 50))
def test_rows_of_any_history_are_those_of_the_plain_way(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few texts held and documents followed, or all held and each parsed by itself."""
    for number in range(seed, seed + 50):
        note, revisions = some_history(random.Random(number))  # noqa: S311 -- the same each time
        plain = derive_rows("note", note, revisions, plainly=True)
        with monkeypatch.context() as patch:
            patch.setattr(bodies_module, "RECENT", 60)
            patch.setattr(bodies_module, "MOST_PATCHES", 3)
            assert derive_rows("note", note, revisions) == plain, number


@pytest.fixture
def always_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories are long from the first revision on."""
    monkeypatch.setattr(kept, "LONG", 0)


FACTS = ("id", "number", "captured_at", "state", "echo", "fragments")


def stored_as_replayed(db: Database) -> int:
    """How many texts were read from keyframes; each is compared with its replay."""
    count = 0
    for (note_id,) in db.execute("SELECT DISTINCT note_id FROM keyframes").fetchall():
        plain, stored = note_history(db, note_id), stored_history(db, note_id)
        assert stored.note == plain.note
        facts = [(one.id, one.number, one.captured_at, one.state, one.echo, one.fragments) for one in plain.texts]
        assert [
            (one.id, one.number, one.captured_at, one.state, one.echo, one.fragments) for one in stored.texts
        ] == facts
        for one, other in zip(stored.texts, plain.texts, strict=True):
            assert (one.body, one.base_id if one.body is not None else None) == (
                other.body,
                other.base_id if other.body is not None else None,
            )
            count += one.body is not None
    return count


@pytest.mark.usefixtures("always_kept")
@pytest.mark.parametrize("corpus", ["sync-broken", "sync-deleted", "sync-odd"] + ["sync"] * THOROUGH)
def test_keyframes_lead_to_the_texts_of_a_replay(corpora: Callable[[str], Path], tmp_path: Path, corpus: str) -> None:
    catalogue = tmp_path / "catalogue.db"
    build([open_source(str(corpora(corpus)))], catalogue, workers=1, backup=False)
    with reading(catalogue) as db:
        assert stored_as_replayed(db) > 0 or corpus == "sync-odd"


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of a note with a long history."""
    monkeypatch.setattr(kept, "LONG", 0)
    write(tmp_path / "joplin", 160, 8_000)
    build([open_source(str(tmp_path / "joplin"))], tmp_path / "catalogue.db", workers=1, backup=False)
    return tmp_path / "catalogue.db"


def test_what_keyframes_do_not_tell_is_replayed(long: Path) -> None:
    """A keyframe that is damaged, or a diff that does not fit, costs time and nothing else."""
    with open_to_write(long, backup=False) as db:
        db.execute("UPDATE keyframes SET text = x'00' WHERE rowid % 2")
        assert stored_as_replayed(db) == 160
        db.execute("UPDATE keyframes SET digest = x'00'")
        assert stored_as_replayed(db) == 160
        db.execute("UPDATE revision_diffs SET parent_id = revision_id WHERE rowid = 100")
        with pytest.raises(KeyframeError):
            StoredTexts(db, NOTE, dict).units(f"{100:032x}")


def test_verify_tells_of_a_keyframe_that_is_another(long: Path) -> None:
    assert not verify(long, 1, lambda *_: None).differences
    with open_to_write(long, backup=False) as db:
        db.execute("UPDATE keyframes SET text = x'00' WHERE rowid = 1")
        db.execute("DELETE FROM keyframes WHERE rowid = 2")
    found = [(one.table, one.detail) for one in verify(long, 1, lambda *_: None).differences]
    assert [table for table, _ in found] == ["keyframes"] * 2
    assert found[0][1] == "is missing"


def test_keyframes_are_few_and_written_once(long: Path) -> None:
    with closing(sqlite3.connect(long)) as connection:
        db = Database(connection)
        rows = db.execute("SELECT note_id, revision_id, base_id, digest, text FROM keyframes").fetchall()
        assert 2 <= len(rows) <= 5
        changes = connection.total_changes
        write_keyframes(db, NOTE, rows)
        assert connection.total_changes == changes


async def test_pages_of_a_long_history(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They replay nothing; what takes longer than its bound says so in a page."""
    served = Datasette([str(long)])
    await served.invoke_startup()
    monkeypatch.setattr("extractor.catalogue.reader.replay", lambda *_: pytest.fail("a replay"))
    note = f"/catalogue/-/note/{NOTE}"
    changes = f"{note}/changes?from=70"
    for address in (note, f"{note}?at=70", changes, f"{note}/blame", f"/catalogue/-/revision/{70:032x}"):
        answer = await served.client.get(address)
        assert answer.status_code == 200, address

    def too_long(*_: object) -> None:
        raise OperationalError("interrupted")

    monkeypatch.setattr("extractor.publish.pages.changes_page.read_changes", too_long)
    answer = await served.client.get(changes)
    assert answer.status_code == 503
    assert "takes too long" in answer.text
    assert "<html" in answer.text


def test_a_cache_holds_so_many_bytes() -> None:
    cache: BoundedCache[str] = BoundedCache(10)
    for key in "abc":
        cache.put(key, key, 4)
    assert [cache.get(key) for key in "abc"] == [None, "b", "c"]
    cache.put("b", "B", 5)
    cache.put("large", "large", 11)
    assert (cache.get("b"), cache.get("c"), cache.get("large"), cache.size) == ("B", "c", None, 9)


def test_the_bench_writes_what_joplin_would(tmp_path: Path) -> None:
    """Every hunk of the note that the bench makes fits; the last text is the note."""
    write(tmp_path / "joplin", 310, 20_000)
    ((_, revisions),) = histories(tmp_path / "joplin").items()
    replayed = replay(revisions)
    assert {str(one.state) for one in replayed} == {"complete"}
    assert replayed[-1].body == current_notes(tmp_path / "joplin")[NOTE].body
    assert _branches(revisions) == 2


def _branches(revisions: list[Revision]) -> int:
    parents = [one.parent_id for one in revisions]
    return len(parents) - len(set(parents))


@pytest.mark.usefixtures("always_kept")
def test_which_texts_are_kept() -> None:
    rows = derive_rows("note", Note(id="note", updated_time=1, body="b"), chain("a", "b"))
    assert [(row.revision_id, row.base_id) for row in rows.keyframes] == [("r1", None)]
