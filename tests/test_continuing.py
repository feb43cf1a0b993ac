"""A long history that arrives step by step gives the same rows as all of it at once, with and without a replay."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from catalogues import content, make
from hypothesis import given, settings
from hypothesis import strategies as st
from joplin_histories import PROPERTIES, chain, current_notes, diff, histories, revision
from joplin_items import serialize
from thorough import THOROUGH, examples

from bench.long_note import NOTE, write
from extractor.catalogue import continuing
from extractor.joplin.history import replay
from extractor.joplin.items import Note
from extractor.timeline import keyframes

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from extractor.joplin.items import Revision
    from extractor.timeline import NoteRows


@pytest.fixture
def continued(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The notes that were brought up to date without a replay; every history counts as long."""
    notes: list[str] = []
    whole_or_continued: Callable[..., NoteRows | None] = continuing.continued

    def spied(*arguments: object) -> NoteRows | None:
        rows = whole_or_continued(*arguments)
        notes.extend([rows.note_id] if rows is not None else [])
        return rows

    monkeypatch.setattr(keyframes, "LONG", 0)
    monkeypatch.setattr(continuing, "continued", spied)
    return notes


def is_as_whole(db: Path, source: Path) -> bool:
    """Whether a catalogue holds what one does that is built of the source at once."""
    whole = db.with_name("whole.db")
    whole.unlink(missing_ok=True)
    make(whole, source)
    return content(db) == content(whole)


STEPS, NOTES = (6, 25) if THOROUGH else (5, 15)


@pytest.mark.parametrize("corpus", ["sync", "sync-broken", "sync-deleted"])
def test_histories_of_joplin(corpus: str, corpora: Callable[[str], Path], tmp_path: Path, continued: list[str]) -> None:
    """Each note gets a share of its revisions at a time; it is as the last of them, ahead of it, or behind."""
    folder, source, db = corpora(corpus), tmp_path / "joplin", tmp_path / "catalogue.db"
    source.mkdir()
    notes = current_notes(folder)
    found = [(note_id, found) for note_id, found in sorted(histories(folder).items()) if note_id in notes][:NOTES]
    replayed = {note_id: [one for one in replay(history, notes[note_id]) if one.number] for note_id, history in found}
    for step in range(1, STEPS + 1):
        for number, (note_id, texts) in enumerate(replayed.items()):
            known = texts[: max(1, len(texts) * step // STEPS)]
            for one in known:
                with suppress(FileNotFoundError):
                    shutil.copy(folder / f"{one.id}.md", source)
            note = notes[note_id]
            if step < STEPS:
                after = texts[min(len(known), len(texts) - 1)]
                edited = f"{known[-1].body}\n\n[one of its own](https://{step}.example)\n"
                bodies = [known[-1].body, after.body, edited, known[max(len(known) - 2, 0)].body]
                body = bodies[(step + number) % len(bodies)]
                at = known[-1].captured_at + 300_000
                note = replace(note, body=note.body if body is None else body, updated_time=at)
            path = source / f"{note_id}.md"
            path.write_text(serialize(note), encoding="utf-8", errors="replace")
        make(db, source)
        assert is_as_whole(db, source), step
    assert len(continued) >= STEPS * NOTES // 3


def test_a_long_list_of_links(tmp_path: Path, continued: list[str]) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    held = write(source, 170, 4_000, hold_back=25)
    later = tmp_path / "joplin-later"
    make(db, source)
    for path in held:
        shutil.move(path, source)
        shutil.move(later / f"{NOTE}.{int(path.stem, 16)}", source / f"{NOTE}.md")
        make(db, source)
    assert is_as_whole(db, source)
    # Of two that were made from the same one, neither continues the other; nor does what brings them together.
    assert len(held) - 3 <= len(continued) < len(held)


WORDS = [
    *(
        "# A",
        "## A",
        "# B",
        "## Links",
        "# A › B",
        "",
        "text",
        "Title\n===",
        "call[^1]",
        "[^1]: [f](https://f.example)",
    ),
    *("- [one](https://x.example/1)", "- [two](https://x.example/1?utm_source=q)", "- [one](https://x.example/2)"),
    *("- [x](https://x.example/3) and [x](https://x.example/3)", "![i](:/aa)", "[r][ref]", "[ref]: https://r.example"),
]


def edited(chance: random.Random, lines: Sequence[str]) -> list[str]:
    """The lines with some put in, taken out or moved."""
    found = list(lines)
    for _ in range(chance.choice([1, 1, 2, 3])):
        at = chance.randrange(len(found) + 1)
        kept = found.pop(at) if at < len(found) and chance.random() < 0.4 else None
        if kept is None or chance.random() < 0.3:
            fresh = f"- [new](https://new{chance.randrange(30)}.example)"
            found.insert(at, chance.choice([*WORDS, fresh, fresh, fresh]))
        elif chance.random() < 0.4:
            found.insert(chance.randrange(len(found) + 1), kept)
    return found


@settings(max_examples=examples(15))
@given(st.randoms(use_true_random=False))
def test_any_history(tmp_path_factory: pytest.TempPathFactory, chance: random.Random) -> None:
    """Revisions that branch, or are dated oddly; the note is ahead of them, or behind."""
    folder = tmp_path_factory.mktemp("any")
    source, db = folder / "joplin", folder / "catalogue.db"
    texts: list[list[str]] = [[]]
    at, is_odd, has_branches = 10 * MINUTE, chance.random() < 0.2, chance.random() < 0.3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyframes, "LONG", 0)
        for _ in range(chance.randrange(2, 5)):
            for _ in range(chance.choice([0, 1, 1, 2])):
                parent = len(texts) - 1
                if has_branches and chance.random() < 0.3:
                    parent = chance.randrange(len(texts))
                texts.append(edited(chance, texts[parent]))
                at += chance.choice([1, MINUTE, -MINUTE]) if is_odd else chance.choice([MINUTE, 3000 * MINUTE])
                before, text = ("\n".join(texts[number]) for number in (parent, -1))
                id_, parent_id = f"r{len(texts) - 1}", f"r{parent}" if parent else ""
                title = {} if parent else {"title_diff": diff("", "Title"), "metadata_diff": PROPERTIES}
                put(source, revision(id_, parent_id, diff(before, text), at, **title))
            body = chance.choice([texts[-1], texts[-1], edited(chance, texts[-1]), chance.choice(texts)])
            put(source, replace(as_now("\n".join(body)), updated_time=at + chance.choice([0, MINUTE])))
            make(db, source)
            assert is_as_whole(db, source)


LINES = [f"- [link {number}](https://{number}.example)\n" for number in range(4)]
TEXTS = ["".join(LINES[:2]), "# Links\n" + "".join(LINES[:3]), "# Links\n" + "".join(LINES[1:3])]
MINUTE = 60_000
NEW = f"{TEXTS[2]}{LINES[3]}"


class Case(NamedTuple):
    """What comes after TEXTS: revisions, and the note as it is, for which `after` says what is known of its past."""

    name: str
    revisions: Sequence[Revision]
    note: Note
    is_continued: bool


def later(text: str, number: int = 4, before: str = TEXTS[2], at: int = 0, parent: int = 0, **others: str) -> Revision:
    """A revision that makes a text of the one before."""
    parent_id = f"r{parent or number - 1}"
    return revision(f"r{number}", parent_id, diff(before, text), at=at or number * MINUTE, **others)


def put(source: Path, *items: Revision | Note) -> None:
    """Write items into a folder; `r1` and so on are no ids of Joplin's."""
    source.mkdir(exist_ok=True)
    for item in items:
        if not isinstance(item, Note):
            item_id, parent_id = (id_ and f"{int(id_[1:]):032x}" for id_ in (item.id, item.parent_id))
            item = replace(item, id=item_id, parent_id=parent_id, item_id=NOTE)  # noqa: PLW2901 -- the same, as a file
        (source / f"{item.id}.md").write_text(serialize(item), encoding="utf-8")


def as_now(body: str, minute: int = 5, **others: int) -> Note:
    return Note(id=NOTE, title="Title", body=body, updated_time=minute * MINUTE, **{"created_time": 1, **others})


CASES = [
    Case("a link more", [later(NEW)], as_now(NEW), is_continued=True),
    Case("a link less", [later(LINES[1])], as_now(LINES[1]), is_continued=True),
    Case("another heading", [later(NEW.replace("Links", "L"))], as_now(NEW.replace("Links", "L")), is_continued=True),
    Case("another title", [later(NEW, title_diff=diff("Title", "Name"))], as_now(NEW), is_continued=True),
    Case("two revisions", [later(LINES[1]), later(NEW, 5, LINES[1])], as_now(NEW), is_continued=True),
    Case("nothing but the note, with a link more", [], as_now(NEW), is_continued=True),
    Case("nothing but the note, with a link less", [], as_now(LINES[1]), is_continued=True),
    Case("the note is ahead of a revision", [later(NEW)], as_now(NEW + LINES[0]), is_continued=False),
    Case("the note is ahead, with other words", [later(NEW)], as_now(f"{NEW}words"), is_continued=True),
    Case("the note is as it was before", [later(NEW)], as_now(TEXTS[1]), is_continued=False),
    Case("a link is back", [later(TEXTS[1])], as_now(TEXTS[1]), is_continued=False),
    Case("a link is back after it went", [later(""), later(TEXTS[2], 5, "")], as_now(TEXTS[2]), is_continued=True),
    Case(
        "an edit of which Joplin kept the old state", [later(NEW, at=3 * MINUTE + 1)], as_now(NEW), is_continued=False
    ),
    Case("a revision of before", [later(NEW, at=MINUTE + 1, parent=1)], as_now(NEW), is_continued=False),
    Case("a branch", [later(NEW, before=TEXTS[1], parent=2)], as_now(NEW), is_continued=False),
    Case("a diff that does not fit", [later(NEW, before="else" * 9)], as_now(NEW), is_continued=False),
    Case("a diff from nothing", [later(NEW, before="")], as_now(NEW), is_continued=False),
    Case("properties that cannot be read", [later(NEW, metadata_diff="{")], as_now(NEW), is_continued=False),
    Case("the note was made at another time", [later(NEW)], as_now(NEW, created_time=2), is_continued=False),
    Case("the note is HTML now", [later(NEW)], as_now(NEW, markup_language=2), is_continued=False),
]


@pytest.mark.parametrize("body_before", [TEXTS[2], NEW, TEXTS[2] + "# Ahead\n"], ids=["same", "new", "heading"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_comes_next(case: Case, body_before: str, tmp_path: Path, continued: list[str]) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    put(source, *chain(*TEXTS), as_now(body_before, 4))
    make(db, source)
    put(source, *case.revisions, case.note)
    make(db, source)
    assert is_as_whole(db, source)
    assert bool(continued) == case.is_continued


@pytest.mark.parametrize("body", ["# Title\n\nmore", ""])
def test_headings_are_all_that_is_known(body: str, tmp_path: Path) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    for text in ("# Title", body):
        put(source, as_now(text))
        make(db, source)
    assert is_as_whole(db, source)


def test_a_note_that_is_gone(tmp_path: Path, continued: list[str]) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    put(source, *chain(*TEXTS), as_now(TEXTS[2]))
    make(db, source)
    (source / f"{NOTE}.md").unlink()
    put(source, later(NEW))
    make(db, source)
    assert not continued
