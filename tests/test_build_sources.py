"""Encrypted sources, and several sources at once: what they tell together, in whatever order they come."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogues import content, make, rows, updated_time

from extractor.build import build
from extractor.catalogue.reader import every_revision
from extractor.catalogue.store import open_to_read
from extractor.errors import CipherTextError, SourceNotFound, WrongPassword
from extractor.keys import Keys
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PASSWORD = "correct horse"  # noqa: S105 -- of data made for tests
ENCRYPTED = ["e2ee-native", "e2ee-sjcl"]


def with_password(*passwords: str) -> Keys:
    return Keys(passwords or (PASSWORD,))


def copied(items: Iterable[Path], to: Path) -> Path:
    to.mkdir(exist_ok=True)
    for item in items:
        shutil.copy2(item, to)
    return to


def in_clear(corpora: Callable[[str], Path], name: str, to: Path) -> Path:
    """The items of an encrypted target as they are on the clear one."""
    return copied((corpora("sync") / item.name for item in corpora(name).glob("*.md")), to)


def note_of(item: Path) -> str | None:
    """The note that an item is, or is a revision of."""
    text = item.read_text(encoding="utf-8")
    if text.endswith("type_: 1"):
        return item.stem
    found = re.search(r"^item_id: (\w+)$", text, re.MULTILINE)
    return found[1] if text.endswith("type_: 13") and found else None


@pytest.fixture(scope="session")
def some(corpora: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A target with a few notes, and all notebooks, tags and pictures; the same ones of each."""
    by_note: defaultdict[str | None, list[Path]] = defaultdict(list)
    for item in sorted(corpora("sync").glob("*.md")):
        by_note[note_of(item)].append(item)
    notes = [None, *sorted((note for note in by_note if note), key=lambda note: (len(by_note[note]) < 8, note))[:6]]
    names = {item.name for note in notes for item in by_note[note]}
    made: dict[str, Path] = {}

    def target(name: str) -> Path:
        if name not in made:
            there = (corpora(name) / item for item in sorted(names))
            made[name] = copied((item for item in there if item.exists()), tmp_path_factory.mktemp(name) / name)
        return made[name]

    return target


# encryption


@pytest.mark.parametrize("name", ENCRYPTED)
def test_an_encrypted_target_tells_the_same_as_the_clear_one(
    corpora: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    make(tmp_path / "clear.db", in_clear(corpora, name, tmp_path / "clear"))
    report = make(tmp_path / "at once.db", corpora(name), keys=with_password())
    assert report.closed == 0
    assert content(tmp_path / "at once.db") == content(tmp_path / "clear.db")


@pytest.mark.parametrize("name", ENCRYPTED)
def test_without_a_password_it_waits_for_one(corpora: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    make(tmp_path / "clear.db", in_clear(corpora, name, tmp_path / "clear"))
    db = tmp_path / "catalogue.db"
    report = make(db, corpora(name))
    assert (report.closed, report.has_keys, report.has_password) == (report.items, True, False)
    states = "SELECT state FROM revisions UNION SELECT state FROM notes WHERE deleted_at IS NULL"
    assert rows(db, states) == ["encrypted"]
    assert rows(db, "SELECT count(*) FROM problems") == [0]
    assert make(db, corpora(name)).items_changed == 0  # it is not read in vain
    report = make(db, corpora(name), keys=with_password())
    assert (report.items_changed, report.closed) == (report.items, 0)
    assert content(db) == content(tmp_path / "clear.db")
    for keys in (Keys(), with_password()):
        assert make(db, corpora(name), keys=keys).items_changed == 0
    assert content(db) == content(tmp_path / "clear.db")


@pytest.mark.parametrize("name", ["e2ee-native", "e2ee-sjcl"])
def test_what_joplin_deletes_before_there_is_a_password_is_kept(
    corpora: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    source, db = shutil.copytree(corpora(name), tmp_path / "target"), tmp_path / "catalogue.db"
    make(db, source)
    deleted = [path for path in sorted(source.glob("*.md"))[::2] if b"type_: 13" in path.read_bytes()]
    assert len(deleted) > 3
    for path in deleted:
        path.unlink()
    make(db, source)
    with pytest.raises(WrongPassword):
        make(db, source, keys=Keys(["not this one"]))
    make(db, source, keys=with_password())
    make(tmp_path / "clear.db", in_clear(corpora, name, tmp_path / "clear"))
    expected = texts(tmp_path / "clear.db")
    assert {path.stem for path in deleted} <= set(expected)
    assert texts(db) == expected
    assert rows(db, "SELECT count(*) FROM encrypted_revisions") == [0]
    make(tmp_path / "too late.db", source, keys=with_password())
    assert texts(tmp_path / "too late.db") != expected


@pytest.mark.parametrize("there", [False, True])
def test_a_wrong_password_changes_nothing(corpora: Callable[[str], Path], tmp_path: Path, there: bool) -> None:
    db = tmp_path / "catalogue.db"
    if there:
        make(db, corpora("e2ee-sjcl"))
        before = content(db)
    with pytest.raises(WrongPassword) as raised:
        make(db, corpora("e2ee-sjcl"), keys=with_password("wrong"))
    assert "wrong" not in str(raised.value)
    assert (content(db) == before) if there else not db.exists()


def test_nobody_is_asked_where_nothing_is_encrypted_or_nothing_could_be_opened(
    corpora: Callable[[str], Path], tmp_path: Path
) -> None:
    def ask() -> str:
        pytest.fail("asked")

    make(tmp_path / "clear.db", in_clear(corpora, "e2ee-sjcl", tmp_path / "clear"), keys=Keys(ask=ask))
    keyless = copied(corpora("e2ee-sjcl").glob("*.md"), tmp_path / "keyless")
    report = make(tmp_path / "keyless.db", keyless, keys=Keys(ask=ask))
    assert (report.closed, report.has_keys) == (report.items, False)


def test_it_is_asked_for_once(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    answers = [PASSWORD]
    report = make(tmp_path / "a.db", *map(corpora, ENCRYPTED), keys=Keys(ask=answers.pop))
    assert (report.closed, answers) == (0, [])
    # Who has none goes on without.
    answers = [""]
    report = make(tmp_path / "b.db", *map(corpora, ENCRYPTED), keys=Keys(ask=answers.pop))
    assert (report.closed > 0, report.has_password) == (True, False)
    # ... and is asked again, though no file changed.
    answers = [PASSWORD]
    assert make(tmp_path / "b.db", *map(corpora, ENCRYPTED), keys=Keys(ask=answers.pop)).closed == 0
    assert content(tmp_path / "b.db") == content(tmp_path / "a.db")


@pytest.mark.parametrize("key_first", [False, True])
def test_the_keys_of_all_sources_open_them_all(corpora: Callable[[str], Path], tmp_path: Path, key_first: bool) -> None:
    keyless = copied(corpora("e2ee-sjcl").glob("*.md"), tmp_path / "keyless")
    some = sorted(corpora("e2ee-sjcl").glob("*.md"))[:1]
    with_key = copied([corpora("e2ee-sjcl") / "info.json", *some], tmp_path / "with key")
    sources = [with_key, keyless] if key_first else [keyless, with_key]
    report = make(tmp_path / "catalogue.db", *sources, keys=with_password())
    assert report.closed == 0
    make(tmp_path / "clear.db", in_clear(corpora, "e2ee-sjcl", tmp_path / "clear"))
    assert content(tmp_path / "catalogue.db") == content(tmp_path / "clear.db")


def key_as_item(target: Path, key_id: str) -> str:
    """As Joplin kept a key before 2021: an item among the others."""
    (key,) = json.loads((target / "info.json").read_text(encoding="utf-8"))["masterKeys"]
    fields = {name: key[name] for name in ("encryption_method", "checksum", "content")}
    times = dict.fromkeys(("created_time", "updated_time"), "2019-01-01T00:00:00.000Z")
    return "\n".join(f"{name}: {value}" for name, value in ({"id": key_id} | times | fields | {"type_": 9}).items())


def test_a_key_among_the_items_opens_what_came_before_it(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    target, db = corpora("e2ee-native"), tmp_path / "catalogue.db"
    source = copied(target.glob("*.md"), tmp_path / "old target")
    (key_id,) = (key["id"] for key in json.loads((target / "info.json").read_text(encoding="utf-8"))["masterKeys"])
    names = sorted(item.stem for item in source.glob("*.md"))
    assert names[0] < key_id < names[-1]
    (source / f"{key_id}.md").write_text(key_as_item(target, key_id), encoding="utf-8")
    make(tmp_path / "clear.db", in_clear(corpora, "e2ee-native", tmp_path / "clear"))
    report = make(db, source, keys=with_password())
    assert report.closed == 0
    assert content(db) == content(tmp_path / "clear.db")
    # Later, the key is an item that did not change; it still opens what is new.
    db.unlink()
    assert make(db, source).closed == len(names)
    assert make(db, source, keys=with_password()).closed == 0
    assert content(db) == content(tmp_path / "clear.db")


def spoilt(text: str, how: str) -> str:
    start = text.index("JED01")
    cipher_text = text[start:].partition("\n")[0]
    key_id = cipher_text[13:45]
    return {
        "cut off": text.replace(cipher_text, cipher_text[:-5]),
        "wrong length": text.replace(cipher_text, cipher_text[:45] + "ffffff" + cipher_text[51:]),
        "changed": text.replace(cipher_text, cipher_text[:-20] + "AAAA" + cipher_text[-16:]),
        "another key": text.replace(key_id, "0" * 32),
        "unknown method": text.replace(cipher_text, "JED01000022ff" + cipher_text[13:]),
    }[how]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("cut off", "Cut off"),
        ("wrong length", "Cut off"),
        ("changed", "does not fit its key"),
        ("another key", "is not among the keys"),
        ("unknown method", "method 255 is unknown"),
    ],
)
def test_what_cannot_be_opened_is_a_problem_until_it_can(
    corpora: Callable[[str], Path], tmp_path: Path, how: str, reason: str
) -> None:
    source, db = shutil.copytree(corpora("e2ee-native"), tmp_path / "target"), tmp_path / "catalogue.db"
    make(tmp_path / "clear.db", in_clear(corpora, "e2ee-native", tmp_path / "clear"))
    clear = content(tmp_path / "clear.db")
    (note_id,) = rows(tmp_path / "clear.db", "SELECT id FROM notes ORDER BY revisions DESC LIMIT 1")
    item = source / f"{note_id}.md"
    whole = item.read_text(encoding="utf-8")
    item.write_text(spoilt(whole, how), encoding="utf-8")
    report = make(db, source, keys=with_password())
    assert (report.closed, report.contents.problems) == (1, 1)
    ((name, item_id, detail),) = rows(db, "SELECT item, item_id, detail FROM problems")
    assert (name, item_id, detail.startswith("It stays encrypted. ")) == (item.name, note_id, True)
    assert reason in detail
    # Its history is told all the same.
    assert rows(db, "SELECT state, revisions > 0 FROM notes WHERE id = ?", note_id) == [("encrypted", 1)]
    item.write_text(whole, encoding="utf-8")
    assert make(db, source, keys=with_password()).closed == 0
    assert content(db) == clear


def test_what_was_read_in_clear_is_kept_when_it_comes_encrypted(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """As it does when encryption is switched on: each item is uploaded again."""
    source, db = in_clear(corpora, "e2ee-native", tmp_path / "target"), tmp_path / "catalogue.db"
    make(db, source)
    before = content(db)
    shutil.copytree(corpora("e2ee-native"), source, dirs_exist_ok=True)
    report = make(db, source)
    assert report.closed == report.items
    assert {table for table, told in content(db).items() if told != before[table]} == {"notes"}
    assert rows(db, "SELECT DISTINCT state FROM notes WHERE is_present") == ["encrypted"]
    make(db, source, keys=with_password())
    assert content(db) == before


@pytest.mark.parametrize("seed", [1, 2])
def test_a_target_that_is_only_partly_encrypted(corpora: Callable[[str], Path], tmp_path: Path, seed: int) -> None:
    """The same is told whether what is clear came before what is not, after it, or with it."""
    chance = random.Random(seed)  # noqa: S311 -- of test data
    items = sorted(corpora("e2ee-native").glob("*.md"))
    closed = set(chance.sample(items, len(items) // 2))
    mixed = copied((item if item in closed else corpora("sync") / item.name for item in items), tmp_path / "mixed")
    make(tmp_path / "at once.db", mixed)
    for order in (True, False):
        source, db = tmp_path / f"closed first {order}", tmp_path / f"closed first {order}.db"
        for part in (order, not order):
            copied((mixed / item.name for item in items if (item in closed) is part), source)
            make(db, source)
        assert content(db) == content(tmp_path / "at once.db")


def test_a_master_key_that_asks_for_a_billion_iterations(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    source = shutil.copytree(corpora("e2ee-sjcl"), tmp_path / "target")
    info = json.loads((source / "info.json").read_text(encoding="utf-8"))
    for key in info["masterKeys"]:
        key["encryption_method"] = 4
        key["content"] = json.dumps({**json.loads(key["content"]), "iter": 10**9, "ks": 256, "ts": 64})
    (source / "info.json").write_text(json.dumps(info), encoding="utf-8")
    with pytest.raises(CipherTextError, match="1,000,000,000 iterations"):
        make(tmp_path / "catalogue.db", source, keys=with_password())
    assert not (tmp_path / "catalogue.db").exists()


# several sources


@pytest.mark.parametrize("seed", [1, 2])
def test_the_folders_of_two_devices_that_diverged_give_one_tree(
    some: Callable[[str], Path], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- of test data
    items = sorted(some("sync").glob("*.md"))
    held = {item: chance.choice(["one", "two", "both"]) for item in items}
    one = copied((item for item in items if held[item] != "two"), tmp_path / "one")
    two = copied((item for item in items if held[item] != "one"), tmp_path / "two")
    make(tmp_path / "whole.db", some("sync"))
    expected = content(tmp_path / "whole.db")
    for name, sources in {"12": [one, two], "21": [two, one]}.items():
        make(tmp_path / f"{name}.db", *sources)
        assert content(tmp_path / f"{name}.db") == expected
        for source in sources:
            make(tmp_path / f"{name} one by one.db", source)
        assert content(tmp_path / f"{name} one by one.db") == expected


def changed(item: Path, to: Path, updated: str, **words: str) -> None:
    text = item.read_text(encoding="utf-8").replace(f"updated_time: {updated_time(item)}", f"updated_time: {updated}")
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    (to / item.name).write_text(text, encoding="utf-8")


EXAMPLE = Path(__file__).parents[1] / "examples" / "joplin"
KAFKA = "Kafka field notes"


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Three sources that hold one note, its notebook and a tag: an older, a newer, and again the newer version."""
    by_title = {item.read_text(encoding="utf-8").partition("\n")[0]: item for item in EXAMPLE.glob("*.md")}
    folders = (tmp_path / "old", tmp_path / "new", tmp_path / "same")
    for folder, name, year in zip(folders, ("Older", "Newer", "Newer"), (2027, 2028, 2028), strict=True):
        folder.mkdir()
        for title in (KAFKA, "Engineering", "kafka"):
            changed(by_title[title], folder, f"{year}-01-01T00:00:00.000Z", **{title: f"{name} {title}"})
    return folders


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_of_two_versions_the_newer_wins(tmp_path: Path, versions: tuple[Path, ...], order: tuple[int, ...]) -> None:
    sources = [versions[place] for place in order]
    make(tmp_path / "at once.db", *sources)
    for source in sources:
        make(tmp_path / "one by one.db", source)
    for db in (tmp_path / "at once.db", tmp_path / "one by one.db"):
        assert rows(db, "SELECT title, updated_at FROM notes") == [(f"Newer {KAFKA}", "2028-01-01T00:00:00.000Z")]
        assert rows(db, "SELECT title FROM notebooks") == ["Newer Engineering"]
        assert rows(db, "SELECT title FROM tags") == ["Newer kafka"]
    assert content(tmp_path / "one by one.db") == content(tmp_path / "at once.db")


def test_an_encrypted_version_is_no_newer_one(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """Nobody can tell what it says, so what another source has in clear is the newest that is known."""
    source = shutil.copytree(corpora("e2ee-native"), tmp_path / "target")
    for item in source.glob("*.md"):
        changed(item, source, "2028-01-01T00:00:00.000Z")
    clear = in_clear(corpora, "e2ee-native", tmp_path / "clear")
    make(tmp_path / "clear.db", clear)
    for name, sources in {"ab": [source, clear], "ba": [clear, source]}.items():
        make(tmp_path / f"{name}.db", *sources)
        assert content(tmp_path / f"{name}.db") == content(tmp_path / "clear.db")


@pytest.mark.parametrize("order", [1, -1])
def test_a_cleaned_up_target_takes_nothing_from_the_history_of_another(
    some: Callable[[str], Path], tmp_path: Path, order: int
) -> None:
    """Its re-based heads stand for revisions that the other still has as they were written."""
    make(tmp_path / "whole.db", some("sync"))
    expected = content(tmp_path / "whole.db")
    sources = [some("sync"), some("sync-deleted")][::order]
    make(tmp_path / "at once.db", *sources)
    for source in sources:
        make(tmp_path / "one by one.db", source)
    for db in (tmp_path / "at once.db", tmp_path / "one by one.db"):
        assert content(db) == expected


@pytest.mark.parametrize("order", [1, -1])
def test_a_re_based_head_helps_where_the_other_target_lost_its_base(
    some: Callable[[str], Path], tmp_path: Path, order: int
) -> None:
    """What one has lost, the other's head still says; and every text of the cleaned-up one is known."""
    cleaned = {item.name for item in some("sync-deleted").glob("*.md")}
    kept = copied(
        (item for item in some("sync").glob("*.md") if item.name in cleaned or b"type_: 13" not in item.read_bytes()),
        tmp_path / "kept",
    )
    sources = [kept, some("sync-deleted")][::order]
    make(tmp_path / "at once.db", *sources)
    for source in sources:
        make(tmp_path / "one by one.db", source)
    assert content(tmp_path / "one by one.db") == content(tmp_path / "at once.db")
    make(tmp_path / "cleaned.db", some("sync-deleted"))
    assert texts(tmp_path / "at once.db") == texts(tmp_path / "cleaned.db")


def texts(db: Path) -> dict[str, tuple[str, str | None]]:
    with closing(open_to_read(db)) as catalogue:
        return {revision.id: (str(revision.state), revision.body) for revision in every_revision(catalogue)}


@pytest.mark.parametrize("seed", [1, 2])
def test_two_sources_day_by_day_are_the_same_as_at_once(some: Callable[[str], Path], tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- of test data
    items = sorted(some("sync").glob("*.md"), key=lambda path: (updated_time(path), path.name))
    cleaned = {item.name: item for item in some("sync-deleted").glob("*.md")}
    one, two, db = tmp_path / "one", tmp_path / "two", tmp_path / "catalogue.db"
    days = 5
    for day in range(days):
        for item in items[len(items) * day // days : len(items) * (day + 1) // days]:
            where = chance.choice("12b")
            if where != "2":
                copied([item], one)
            if where != "1":
                copied([cleaned.get(item.name, item)], two)
        make(db, *chance.sample([one, two], 2 if day in (0, days - 1) else 1))
    make(tmp_path / "at once.db", one, two)
    assert content(db) == content(tmp_path / "at once.db")


def test_a_source_that_disappears(some: Callable[[str], Path], tmp_path: Path) -> None:
    items = sorted(some("sync").glob("*.md"))
    one, two, db = tmp_path / "one", tmp_path / "two", tmp_path / "catalogue.db"
    copied(items[::2], one)
    copied(items[1::2], two)
    make(db, one, two)
    before = content(db)
    opened = [open_source(str(source)) for source in (one, two)]
    two.rename(tmp_path / "elsewhere")
    report = build(opened, db, workers=1, may_be_missing=True)
    assert [str(two) in str(error) for error in report.missing] == [True]
    assert report.items_gone == 0
    assert content(db) == before  # nothing that it told is gone
    with pytest.raises(SourceNotFound, match="two"):
        make(db, one, two)
    one.rename(tmp_path / "elsewhere too")
    with pytest.raises(SourceNotFound):
        build(opened, db, workers=1, may_be_missing=True)
    assert content(db) == before


def test_what_was_rebuilt_stays_known_when_the_note_is_edited(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """The text of a note helps to rebuild its history; an edit that is in no revision yet takes that help away."""
    items = {item.name: note_of(item) for item in corpora("sync").glob("*.md")}
    notes = sorted(set(filter(None, items.values())))
    half = {name for name, note in items.items() if note is None or notes.index(note) % 2}
    folder = copied((item for item in corpora("sync-broken").iterdir() if item.name in half), tmp_path / "sync")
    db = tmp_path / "catalogue.db"
    make(db, folder)
    before = texts(db)
    states = Counter(state for state, _ in before.values())
    assert states["recovered"] > 50
    edited = 0
    for path in folder.glob("*.md"):
        text = path.read_bytes().decode()
        if text.endswith("type_: 1"):
            head, _, tail = text.rpartition("\nupdated_time: ")
            title, _, body = head.partition("\n\n")
            head = f"{title}\n\nAn edit that no revision has yet.\n\n{body}"
            path.write_bytes(f"{head}\nupdated_time: 2030-01-01T00:00:00.000Z{tail[24:]}".encode())
            edited += 1
    make(db, folder)
    assert edited > 30
    assert texts(db) == before
    make(tmp_path / "new.db", folder)  # whoever comes only now knows less
    assert Counter(state for state, _ in texts(tmp_path / "new.db").values())["recovered"] < states["recovered"] / 2
    # What was lost comes back: then the history tells itself, and nothing need be kept.
    copied((corpora("sync") / name for name in half if not (folder / name).exists()), folder)
    make(db, folder)
    assert {state for state, _ in texts(db).values()} <= {"complete", "inexact", "unreadable", "partial"}
    assert rows(db, "SELECT count(*) FROM revision_diffs WHERE seen_body NOT NULL") == [0]
