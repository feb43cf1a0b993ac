"""The catalogue as a whole: built from real folders, at once or day by day, and what it remembers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import stat
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from catalogues import (
    CORPORA,
    EXAMPLE,
    catalogue_of,
    content,
    copy_of,
    make,
    rows,
    truth,
    updated_time,
)
from click.testing import CliRunner
from joplin_histories import chain
from joplin_items import serialize

from extractor.catalogue.reader import every_revision
from extractor.catalogue.store import open_to_read, open_to_write
from extractor.cli import main
from extractor.joplin.items import Notebook
from extractor.markdown import parse
from extractor.texts import without_lone_surrogates
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from extractor.joplin.items import Item


SKETCHES = """Drawings

# Sketches

- [first drawing](https://excalidraw.com/#json=AAAA,key1)
- [second drawing](https://excalidraw.com/#json=BBBB,key2)

# Review

- [Anna's remark](https://gist.github.com/someone/1f3bc4d889b02b35d8aa#gistcomment-1)
- [Ben's remark](https://gist.github.com/someone/1f3bc4d889b02b35d8aa#gistcomment-2)

# Manual

- [install](https://docs.example.org/manual#install)
- [upgrade](https://docs.example.org/manual#upgrade)
- [remove](https://docs.example.org/manual#remove)


id: 8fa14cdd754f91cc6554c9e71929cce7
created_time: 2026-01-01T10:00:00.000Z
updated_time: 2026-01-01T10:00:00.000Z
type_: 1"""


def test_states_in_fragments_are_addresses_of_their_own_and_places_in_a_page_are_not(tmp_path: Path) -> None:
    (tmp_path / "8fa14cdd754f91cc6554c9e71929cce7.md").write_text(SKETCHES)
    db = tmp_path / "catalogue.db"
    make(db, tmp_path)
    gist = "https://gist.github.com/someone/1f3bc4d889b02b35d8aa"
    assert rows(
        db,
        "SELECT canonical, urls.url, count(*) FROM urls JOIN links ON url_id = urls.id GROUP BY urls.id "
        "ORDER BY min(links.line)",
    ) == [
        ("https://excalidraw.com/#json=AAAA,key1", "https://excalidraw.com/", 1),
        ("https://excalidraw.com/#json=BBBB,key2", "https://excalidraw.com/", 1),
        (f"{gist}#gistcomment-1", gist, 1),
        (f"{gist}#gistcomment-2", gist, 1),
        ("https://docs.example.org/manual", "https://docs.example.org/manual", 3),
    ]


def test_the_seed(tmp_path: Path) -> None:
    """The first thing that this project was asked to read."""
    db = tmp_path / "seed.db"
    make(db, CORPORA / "seed.txt")
    revision = "5f79bce7b42841cebec327bf2183a48c"
    assert rows(db, "SELECT id, state, title, revisions FROM notes") == [
        ("5d87ebe6d40141fe8605ea5ca1c05e00", "history only", None, 1)
    ]
    assert rows(db, "SELECT id, state, captured_at, parent_id, number FROM revisions") == [
        (revision, "partial", "2024-11-01T17:34:04.457Z", "39184c913d0d4e91abb2ff3ee050d1b2", 1)
    ]
    assert rows(db, "SELECT path, level, first_revision_id FROM sections ORDER BY level") == [
        ("Messaging", 2, revision),
        ("Messaging › Kafka", 3, revision),
    ]
    assert rows(
        db,
        "SELECT kind, text, section, published_at, expires_at, links.first_revision_id FROM links "
        "JOIN urls ON urls.id = url_id ORDER BY published_at, kind DESC",
    ) == [
        ("image", "Understanding Kafka", "Messaging › Kafka", None, "2024-12-05T00:00:00.000Z", revision),
        ("link", "OAuth2 OAuth Flow", None, "2024-11-01T01:30:02.262Z", None, revision),
        (
            "link",
            "𝗞𝗲𝘆 𝗞𝗮𝗳𝗸𝗮 𝗖𝗼𝗺𝗽𝗼𝗻𝗲𝗻𝘁𝘀 𝗘𝘅𝗽𝗹𝗮𝗶𝗻𝗲𝗱",
            "Messaging › Kafka",
            "2024-11-01T11:30:05.057Z",
            None,
            revision,
        ),
    ]
    assert rows(db, "SELECT change, count(*) FROM link_changes GROUP BY change") == [("added", 3)]
    found = rows(db, "SELECT text FROM links WHERE id IN (SELECT rowid FROM links_fts WHERE links_fts MATCH 'kafka')")
    assert "𝗞𝗲𝘆 𝗞𝗮𝗳𝗸𝗮 𝗖𝗼𝗺𝗽𝗼𝗻𝗲𝗻𝘁𝘀 𝗘𝘅𝗽𝗹𝗮𝗶𝗻𝗲𝗱" in found


def example_truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CORPORA / "example-truth.json").read_text(encoding="utf-8"))
    return loaded


def respelled(note: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Links that the truth tells as one going and one coming in a revision, and that are one address; by that."""
    gone = {
        (revision, address.canonical): link
        for link in note["links_gone"]
        if (address := read_address(link["href"])) and len(link["removed_by"]) == 1
        for revision in link["removed_by"]
    }
    return {
        (link["href"], revision): gone[revision, address.canonical]
        for link in note["links"]
        if (address := read_address(link["href"]))
        for revision in link["added_by"]
        if (revision, address.canonical) in gone
    }


@pytest.mark.parametrize("note", example_truth()["notes"], ids=lambda note: note["title"])
def test_the_example_note(example_db: Path, note: dict[str, Any]) -> None:
    """Each note of the sample has the links, their history, and the sections that Joplin's own code tells."""
    now = rows(
        example_db,
        "SELECT kind, url, text, coalesce(section, ''), (SELECT group_concat(revision_id) FROM link_changes "
        "WHERE link_id = links.id AND change = 'added') AS added FROM links "
        "WHERE note_id = ? AND removed_at IS NULL AND syntax <> 'source_url'",
        note["id"],
    )
    same = respelled(note)
    expected = [
        (
            link["kind"],
            link["href"],
            link["text"],
            " › ".join(link["section_path"]),
            ",".join(r for r in (same.get((link["href"], "".join(link["added_by"])), link)["added_by"]) if r != "note")
            or None,
        )
        for link in note["links"]
    ]
    assert Counter(now) == Counter(expected)
    gone = rows(
        example_db,
        "SELECT url, (SELECT group_concat(revision_id) FROM link_changes "
        "WHERE link_id = links.id AND change = 'removed') "
        "FROM links WHERE note_id = ? AND removed_at IS NOT NULL AND syntax <> 'source_url'",
        note["id"],
    )
    assert Counter(gone) == Counter(
        (link["href"], ",".join(link["removed_by"]) or None) for link in note["links_gone"] if link not in same.values()
    )
    sections = rows(example_db, "SELECT level, path FROM sections WHERE note_id = ? AND removed_at IS NULL", note["id"])
    assert Counter(sections) == Counter((h["level"], " › ".join(h["path"])) for h in note["headings"])


def test_the_example_whole(example_db: Path) -> None:
    expected = example_truth()
    summary = expected["summary"]
    for table in ("resources", "tags", "note_tags", "revisions"):
        assert rows(example_db, f"SELECT count(*) FROM {table}") == [summary[table]]  # noqa: S608 -- names above
    assert rows(example_db, "SELECT count(*) FROM notebooks") == [summary["folders"]]
    assert rows(example_db, "SELECT count(*) FROM notes WHERE state IN ('current', 'trashed')") == [summary["notes"]]
    assert rows(example_db, "SELECT DISTINCT state FROM revisions") == ["complete"]
    known = dict(rows(example_db, "SELECT id, captured_at FROM revisions"))
    assert known == {revision["id"]: revision["time"] for revision in expected["revisions"]}
    assert rows(example_db, "SELECT count(*) FROM problems") == [0]


@pytest.mark.parametrize("name", ["sync", "sync-deleted", "sync-broken", "sync-odd"])
def test_texts_equal_joplins(corpora: Callable[[str], Path], name: str) -> None:
    """What is called complete is what Joplin shows; what Joplin gets wrong is not called complete."""
    db = catalogue_of(name)
    folder = corpora("truth")
    expected = {}
    if name != "sync-odd":
        for revision in truth(folder, f"{'profile' if name == 'sync' else name}.revisions.jsonl"):
            linked = "linked_" if revision.get("order_dependent") else ""
            expected[revision["id"]] = revision[f"{linked}body_sha256"]
    else:
        for revision in truth(folder, "sync-odd.bodies.jsonl"):
            expected[revision["id"]] = digest(revision["body"])
    # What Joplin shows of a text whose base is lost is damaged; what it was is told by the profile, which lost nothing.
    whole = {revision["id"]: revision["body_sha256"] for revision in truth(folder, "profile.revisions.jsonl")}
    states: Counter[str] = Counter()
    with contextlib.closing(open_to_read(db)) as catalogue:
        for revision in every_revision(catalogue):
            states[revision.state] += 1
            if revision.body is not None and revision.id in expected:
                right = whole if revision.state == "recovered" else expected
                assert digest(revision.body) == right[revision.id], revision.id
    assert dict(rows(db, "SELECT state, count(*) FROM revisions WHERE number NOT NULL GROUP BY state")) == dict(states)
    if name == "sync-broken":
        assert states["recovered"] >= 121
        removed = json.loads((folder / "sync-broken.removed.json").read_text())
        lost = rows(db, "SELECT id FROM revisions WHERE captured_at IS NULL")
        assert lost
        assert set(lost) <= {one if isinstance(one, str) else one["id"] for one in removed}
        assert rows(db, "SELECT DISTINCT state FROM revisions WHERE number IS NULL") == ["recovered"]
    assert set(expected) <= set(rows(db, "SELECT id FROM revisions"))


def digest(text: str) -> str:
    """As Node hashes UTF-8: each lone surrogate as U+FFFD."""
    return hashlib.sha256(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()).hexdigest()


def test_notes_are_as_joplin_has_them(corpora: Callable[[str], Path], sync_db: Path) -> None:
    bodies = {note["id"]: note["body"] for note in truth(corpora("truth"), "notes.bodies.jsonl")}
    for note_id, body in rows(sync_db, "SELECT note_id, body FROM note_bodies"):
        assert body == bodies[note_id]
    expected = {
        note["id"]: "trashed" if note["fields"]["deleted_time"] else "current"
        for note in truth(corpora("truth"), "notes.jsonl")
        if not note["fields"]["is_conflict"]
    }
    assert dict(rows(sync_db, "SELECT id, state FROM notes WHERE state <> 'gone'")) == expected


@pytest.mark.parametrize("name", ["sync", "sync-deleted", "sync-broken", "sync-odd"])
def test_the_tables_hold_together(tmp_path: Path, name: str) -> None:
    db = copy_of(catalogue_of(name), tmp_path)
    assert rows(db, "PRAGMA foreign_key_check") == []
    assert rows(db, "PRAGMA integrity_check") == ["ok"]
    for table in ("note_bodies", "sections", "links", "revisions"):
        rows(db, f"INSERT INTO {table}_fts ({table}_fts) VALUES ('integrity-check')")  # noqa: S608 -- raises if not
    # Each count on a revision is the count of its rows.
    assert (
        rows(
            db,
            "SELECT id FROM revisions WHERE links_added <> (SELECT count(*) FROM link_changes WHERE revision_id = "
            "revisions.id AND change = 'added') OR links_removed <> (SELECT count(*) FROM link_changes "
            "WHERE revision_id = revisions.id AND change = 'removed')",
        )
        == []
    )
    # What stands now stands in a note; a time is a time.
    times = rows(
        db, "SELECT first_seen_at FROM links UNION SELECT removed_at FROM links UNION SELECT captured_at FROM revisions"
    )
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times if time is not None)


def test_day_by_day_is_the_same_as_at_once(corpora: Callable[[str], Path], sync_db: Path, tmp_path: Path) -> None:
    source = tmp_path / "sync"
    source.mkdir()
    items = sorted((path for path in corpora("sync").glob("*.md")), key=lambda path: (updated_time(path), path.name))
    db = tmp_path / "catalogue.db"
    days = 3
    for day in range(days):
        for item in items[len(items) * day // days : len(items) * (day + 1) // days]:
            shutil.copy2(item, source)
        make(db, source)
    found = content(db)
    for table, expected in content(sync_db).items():
        assert found[table] == expected, table


def test_a_build_with_nothing_changed_changes_nothing(
    corpora: Callable[[str], Path], sync_db: Path, tmp_path: Path
) -> None:
    db = copy_of(sync_db, tmp_path)
    before = content(db)
    report = make(db, corpora("sync"))
    assert (report.items_changed, report.notes_derived) == (0, 0)
    assert content(db) == before
    assert rows(db, "SELECT count(*) FROM builds") == [2]


def test_what_joplin_forgets_is_kept(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """Joplin's clean-up deletes old revisions and writes re-based heads over others: nothing known is lost by it."""
    source, db = tmp_path / "sync", tmp_path / "catalogue.db"
    shutil.copytree(corpora("sync"), source)
    make(db, source)
    before = content(db)
    cleaned = {path.name for path in corpora("sync-deleted").glob("*.md")}
    for path in source.glob("*.md"):
        if path.name not in cleaned:
            path.unlink()
    for name in cleaned:
        shutil.copyfile(corpora("sync-deleted") / name, source / name)
    report = make(db, source)
    assert report.items_gone > 0
    after = content(db)
    for table in ("revisions", "revision_diffs", "sections", "links", "link_changes", "urls"):
        assert after[table] == before[table], table


def test_a_note_that_has_gone_is_gone_not_deleted(tmp_path: Path) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    shutil.copytree(EXAMPLE, source)
    make(db, source)
    (note_id,) = rows(db, "SELECT id FROM notes WHERE title = 'Kafka field notes'")
    before = rows(db, "SELECT * FROM links WHERE note_id = ?", note_id)
    (source / f"{note_id}.md").unlink()
    make(db, source)
    assert rows(db, "SELECT state FROM notes WHERE id = ?", note_id) == ["gone"]
    assert rows(db, "SELECT * FROM links WHERE note_id = ?", note_id) == before
    assert len(rows(db, "SELECT body FROM note_bodies WHERE note_id = ?", note_id)) == 1
    # ... and may come back.
    shutil.copy2(EXAMPLE / f"{note_id}.md", source)
    make(db, source)
    assert rows(db, "SELECT state FROM notes WHERE id = ?", note_id) == ["current"]


def test_an_item_is_gone_only_when_no_source_holds_it(tmp_path: Path) -> None:
    one, two, db = tmp_path / "one", tmp_path / "two", tmp_path / "catalogue.db"
    shutil.copytree(EXAMPLE, one)
    shutil.copytree(EXAMPLE, two)
    make(db, one, two)
    (note_id,) = rows(db, "SELECT id FROM notes WHERE title = 'Kafka field notes'")
    (one / f"{note_id}.md").unlink()
    make(db, one)
    assert rows(db, "SELECT state FROM notes WHERE id = ?", note_id) == ["current"]
    (two / f"{note_id}.md").unlink()
    make(db, two)
    assert rows(db, "SELECT state FROM notes WHERE id = ?", note_id) == ["gone"]


def test_a_catalogue_can_be_read_while_a_build_changes_it(tmp_path: Path) -> None:
    """Datasette has it open. More than SQLite's cache of 2 MB changes here."""
    db = tmp_path / "catalogue.db"
    make(db, EXAMPLE)
    before = content(db)
    with open_to_write(db) as catalogue:
        catalogue.conn.executemany(
            "INSERT INTO note_bodies (note_id, body) VALUES (?, ?)", ((str(n), "x" * 1000) for n in range(10_000))
        )
        assert content(db) == before
        catalogue.conn.rollback()
        catalogue.conn.execute("BEGIN")


def test_a_damaged_item_is_a_problem_until_it_is_mended(tmp_path: Path) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    shutil.copytree(EXAMPLE, source)
    make(db, source)
    before = content(db)
    (note_id,) = rows(db, "SELECT id FROM notes WHERE title = 'Kafka field notes'")
    item = source / f"{note_id}.md"
    whole = item.read_bytes()
    item.write_bytes(whole[: len(whole) // 2])  # as a synchronisation that is under way leaves it
    make(db, source)
    assert rows(db, "SELECT item, item_id, kind FROM problems") == [(item.name, note_id, "unreadable item")]
    assert {table: told for table, told in content(db).items() if table != "problems"} == {
        table: told for table, told in before.items() if table != "problems"
    }
    first_seen = rows(db, "SELECT first_seen_at FROM problems")
    make(db, source)
    assert rows(db, "SELECT first_seen_at FROM problems") == first_seen
    item.write_bytes(whole)
    make(db, source)
    assert content(db) == before


def test_workers_tell_the_same(
    corpora: Callable[[str], Path], sync_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractor.deriving.PARALLEL_FROM", 100)
    db = tmp_path / "catalogue.db"
    make(db, corpora("sync"), workers=2)
    assert content(db) == content(sync_db)


def test_a_build_never_takes_notes_away(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """Wherever they lie, and whatever their folder is called: those of another folder come beside them."""
    db = tmp_path / "catalogue.db"
    make(db, shutil.copytree(EXAMPLE, tmp_path / "examples" / "joplin"))
    before = rows(db, "SELECT id FROM notes")
    make(db, corpora("sync-odd"))
    assert set(before) < set(rows(db, "SELECT id FROM notes"))


def test_nobody_else_may_read_it(example_db: Path) -> None:
    assert stat.S_IMODE(example_db.stat().st_mode) == 0o600


def test_sources_are_only_read(tmp_path: Path) -> None:
    source = tmp_path / "joplin"
    shutil.copytree(EXAMPLE, source)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in source.rglob("*")}
    folders = [source, *(path for path in source.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        make(tmp_path / "catalogue.db", source)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in source.rglob("*")} == before
    assert {path.name for path in tmp_path.iterdir()} == {"joplin", "catalogue.db"}


def test_link_changes_are_what_the_texts_say(sync_db: Path) -> None:
    """Told again the slow way: parse each text whole, and subtract its parent's links from its own."""
    with contextlib.closing(open_to_read(sync_db)) as catalogue:
        texts = {revision.id: revision for revision in every_revision(catalogue)}
    markup = dict(rows(sync_db, "SELECT id, markup FROM notes"))

    def links_of(revision_id: str) -> Counter[tuple[str, str]]:
        revision = texts[revision_id]
        source = str((revision.metadata or {}).get("source_url") or "")
        found = Counter(
            (link.kind, without_lone_surrogates(link.url))
            for link in parse(revision.body or "", markup[revision.note_id]).links
        )
        return found + Counter([("link", source)] if source else [])

    def addresses(links: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for (kind, url), count in links.items():
            address = read_address(url)
            found[kind, address.canonical if address else url] += count
        return found

    told: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for revision_id, change, kind, url in rows(
        sync_db,
        "SELECT revision_id, change, kind, link_changes.url FROM link_changes JOIN links ON links.id = link_id",
    ):
        told[revision_id, change][kind, url] += 1
    compared = respelled = 0
    for revision in texts.values():
        parent = texts.get(revision.parent_id)
        if revision.echo or (parent is not None and parent.echo):
            continue
        before = links_of(parent.id) if parent is not None else Counter()
        now = links_of(revision.id)
        added, removed = told[revision.id, "added"], told[revision.id, "removed"]
        assert addresses(added) == addresses(now) - addresses(before), revision.id
        assert addresses(removed) == addresses(before) - addresses(now), revision.id
        # As written: what is new has come, or is another spelling.
        assert added + told[revision.id, "respelled"] == now - before, revision.id
        respelled += told[revision.id, "respelled"].total()
        compared += 1
    assert compared > 1000
    assert respelled


def test_a_note_that_was_deleted_for_good_ends_with_its_last_revision(corpora, tmp_path):
    """What was last seen of the note is older than the revision that Joplin writes then."""
    folder = shutil.copytree(corpora("sync"), tmp_path / "sync")
    db = tmp_path / "catalogue.db"
    make(db, folder)
    note, orphan = "SELECT id FROM notes WHERE state = 'current' AND revisions > 5 LIMIT 1", "f" * 32
    (note_id,) = rows(db, note)
    (folder / f"{note_id}.md").unlink()
    patch = [{"diffs": [[1, "[last](https://last.example/)"]], "start1": 0, "start2": 0, "length1": 0, "length2": 29}]
    body = json.dumps(json.dumps(patch))
    properties = f'{{"new":{{"id":"{note_id}"}},"deleted":[]}}'
    (folder / f"{orphan}.md").write_text(
        f"id: {orphan}\nparent_id: \nitem_type: 1\nitem_id: {note_id}\nitem_updated_time: 1900000000000\n"
        f'title_diff: ""\nbody_diff: {body}\nmetadata_diff: {properties}\nencryption_cipher_text: \n'
        "encryption_applied: 0\nupdated_time: 2030-03-17T17:46:40.000Z\ncreated_time: 2030-03-17T17:46:40.000Z\n"
        "type_: 13"
    )
    make(db, folder)
    assert rows(db, "SELECT state FROM notes WHERE id = ?", note_id) == ["gone"]
    current = "SELECT url FROM links WHERE note_id = ? AND removed_at IS NULL"
    assert rows(db, current, note_id) == ["https://last.example/"]
    assert rows(db, "SELECT count(*) FROM links WHERE note_id = ? AND removed_at < first_seen_at", note_id) == [0]
    shown = CliRunner().invoke(main, ["show", note_id, "--db", str(db)])
    assert shown.output == "[last](https://last.example/)\n"


def test_a_move_names_both_notebooks_as_they_are_called_now(tmp_path: Path) -> None:
    """Whichever of them is called otherwise later, and whether it was known when the note was first read."""
    source, once, db = tmp_path / "joplin", tmp_path / "once.db", tmp_path / "catalogue.db"
    source.mkdir()
    first, second = "1a" * 16, "2b" * 16

    def write(*items: Item) -> None:
        for item in items:
            (source / f"{item.id}.md").write_text(serialize(item))

    steps = chain("text", "text")
    properties = [{"id": "c" * 32, "parent_id": first}, {"parent_id": second}]
    for number, (step, new) in enumerate(zip(steps, properties, strict=True), 1):
        metadata = json.dumps({"new": new, "deleted": []})
        parent = "" if number == 1 else "d1" * 16
        write(replace(step, id=f"d{number}" * 16, parent_id=parent, item_id="c" * 32, metadata_diff=metadata))
    latest = "SELECT summary FROM revisions WHERE number = 2"
    make(db, source)
    assert rows(db, latest) == ["moved to another notebook"]
    write(Notebook(first, 1, title="Inbox"), Notebook(second, 1, title="Archive"))
    make(db, source)
    assert rows(db, latest) == ["moved from “Inbox” to “Archive”"]
    write(Notebook(second, 2, title="Library"))
    (source / f"{first}.md").unlink()
    make(db, source)
    assert rows(db, latest) == ["moved from “Inbox” to “Library”"]
    write(Notebook(first, 1, title="Inbox"))
    make(db, source)
    make(once, source)
    assert content(db) == content(once)
