"""Item files and rows: the same records, whichever way they come."""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joplin_items import TYPES, serialize

from extractor.errors import ItemError
from extractor.joplin.item_reader import item_from_row, parse_item
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import (
    EncryptedItem,
    Item,
    MasterKey,
    Note,
    Notebook,
    NoteTag,
    Resource,
    Revision,
    Tag,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = {
    ItemType.NOTE: "notes",
    ItemType.NOTEBOOK: "folders",
    ItemType.RESOURCE: "resources",
    ItemType.TAG: "tags",
    ItemType.NOTE_TAG: "note_tags",
    ItemType.REVISION: "revisions",
}


ids = st.text("0123456789abcdef", min_size=32, max_size=32)
times = st.integers(0, 4_000_000_000_000)
# Of these Joplin loses something on the way; see the tests of its losses below.
lines = st.text(st.sampled_from('ab: \t\u2028\x85\x0b\x0c\x1c\u00a0\ufeff😀é-#"'), max_size=20)
props = st.text(st.sampled_from('ab:\\nr "\n\r\u2028\x85é😀'), max_size=20).filter(
    lambda text: text == text.strip() and "\\\n" not in text and "\\\r" not in text
)
bodies = st.text(st.sampled_from("ab: \\nr\n\n\r\u2028\x85\x0b\x1c\u00a0\ufeff😀é"), max_size=60)
patches = st.lists(
    st.tuples(st.integers(-1, 1), st.text(st.sampled_from('a\\nr\n\r"\t\ud83d\ude00😀'), max_size=9))
).map(lambda diffs: json.dumps([{"diffs": diffs, "start1": 0, "start2": 0}]))
legacy = st.text(st.sampled_from("@ab%0A+- \n"), max_size=30)
objects = st.dictionaries(st.sampled_from(["title", "order"]), bodies).map(
    lambda new: json.dumps({"new": new, "deleted": []})
)
NOTES = st.builds(
    Note,
    id=ids,
    updated_time=times,
    created_time=times,
    user_updated_time=times,
    user_created_time=times,
    parent_id=ids,
    title=lines,
    body=bodies,
    markup_language=st.sampled_from([1, 2]),
    source_url=props,
    author=props,
    is_todo=st.booleans(),
    todo_due=times,
    todo_completed=times,
    deleted_time=times,
)
REVISIONS = st.builds(
    Revision,
    id=ids,
    updated_time=times,
    created_time=times,
    parent_id=ids | st.just(""),
    item_id=ids,
    item_updated_time=times,
    title_diff=st.just("") | patches | legacy,
    body_diff=st.just("") | st.just("[]") | patches | legacy,
    metadata_diff=objects,
)
OTHERS = st.one_of(
    st.builds(Notebook, id=ids, updated_time=times, parent_id=ids | st.just(""), title=lines, deleted_time=times),
    st.builds(Tag, id=ids, updated_time=times, created_time=times, title=lines),
    st.builds(NoteTag, id=ids, updated_time=times, note_id=ids, tag_id=ids),
    st.builds(
        Resource,
        id=ids,
        updated_time=times,
        title=lines,
        mime=props,
        filename=props,
        file_extension=props,
        size=st.integers(-1, 2**40),
        encryption_blob_encrypted=st.booleans(),
    ),
    st.builds(MasterKey, id=ids, updated_time=times, content=ids, encryption_method=st.integers(1, 10)),
)


@given(NOTES | REVISIONS | OTHERS)
def test_what_joplin_writes_is_read_back(item: Item) -> None:
    assert parse_item(serialize(item)) == item


@pytest.mark.parametrize(
    ("item", "read"),
    [
        (Note("x", 1, title="C:\\new\\readme"), Note("x", 1, title="C:\new\readme")),
        (Note("x", 1, title="two\nlines"), Note("x", 1, title="two")),
        (Note("x", 1, author=" blank\u00a0"), Note("x", 1, author="blank")),
        (Revision("x", 1, body_diff="@@ \\\n"), Revision("x", 1, body_diff="@@ \\n")),
    ],
    ids=[
        "backslashes in a title",
        "a line break in a title",
        "blanks around a property",
        "a backslash before a line break",
    ],
)
def test_what_joplin_loses_is_lost(item: Item, read: Item) -> None:
    assert parse_item(serialize(item)) == read


@given(NOTES | REVISIONS | OTHERS)
def test_a_row_gives_the_same_record(item: Item) -> None:
    row = dataclasses.asdict(item)
    assert item_from_row(ItemType(TYPES[type(item)]), row) == item


@given(st.text(), st.sampled_from(["type_: 1", "type_: 13\n", "id: x\ntype_: 2"]))
def test_no_text_raises_anything_but_item_error(text: str, end: str) -> None:
    for each in (text, text + end, text + "\n\n" + end):
        with suppress(ItemError):
            parse_item(each)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        pytest.param("title\n\nbody\n\nid: x\ntype_: 1", Note("x", 0, title="title", body="body"), id="note"),
        pytest.param("title\n\nid: x\ntype_: 1", Note("x", 0, title="title"), id="no body"),
        pytest.param("\n\nid: x\ntype_: 1", Note("x", 0), id="no title"),
        pytest.param("\n\nbody\n\nid: x\ntype_: 1", Note("x", 0, body="body"), id="no title but a body"),
        pytest.param("t\n\nb\n\n\n\nid: x\ntype_: 1", Note("x", 0, title="t", body="b\n\n"), id="blank end of a body"),
        pytest.param("t\n\n\nb\n\nid: x\ntype_: 1", Note("x", 0, title="t", body="\nb"), id="blank start of a body"),
        pytest.param("t\n\na\r\nb\n\nid: x\ntype_: 1", Note("x", 0, title="t", body="a\r\nb"), id="CRLF in a body"),
        pytest.param(
            "t\n\nid: y\ntype_: 2\n\nid: x\ntype_: 1",
            Note("x", 0, title="t", body="id: y\ntype_: 2"),
            id="a body that looks like properties",
        ),
        pytest.param(
            "t\n\na\u2028b\x85c\x0bd\x0ce\x1cf\n\nid: x\ntype_: 1",
            Note("x", 0, title="t", body="a\u2028b\x85c\x0bd\x0ce\x1cf"),
            id="only \\n ends a line",
        ),
        pytest.param(
            "a\\nb\n\nc\\nd\n\nid: x\ntype_: 1", Note("x", 0, title="a\nb", body="c\\nd"), id="escapes, not in a body"
        ),
        pytest.param(
            "t\n\nb\n\u00a0\ufeff\t\nid: x\ntype_: 1", Note("x", 0, title="t", body="b"), id="blank to JavaScript"
        ),
        pytest.param("t\n \x1c\nid: x\ntype_: 2", None, id="not blank to JavaScript"),
        pytest.param(" \ufeffid :\u00a0x \r\n type_: 5 \ufeff", Tag("x", 0), id="properties are trimmed"),
        pytest.param("id: x\nid: y\nauthor: a:b\ntype_: 1", Note("x", 0, author="a:b"), id="the upper of two wins"),
        pytest.param("new\nfield: x\nid: x\ntype_: 1", None, id="no property"),
        pytest.param("future_field: 1\nid: x\ntype_: 1", Note("x", 0), id="unknown property"),
        pytest.param(
            "id: x\nsource_url: a\\nb\\\\nc\\rd\\\\re\ntype_: 1",
            Note("x", 0, source_url="a\nb\\nc\rd\\re"),
            id="escapes",
        ),
        pytest.param("id: x\nupdated_time: 2024-11-01T17:37:03.332Z\ntype_: 5", Tag("x", 1730482623332), id="time"),
        pytest.param("id: x\nupdated_time: 1969-12-31T23:59:59.999Z\ntype_: 5", Tag("x", -1), id="before 1970"),
        pytest.param(
            "id: x\nupdated_time: 2024-11-01T18:37:03+01:00\ntype_: 5", Tag("x", 1730482623000), id="time zone"
        ),
        pytest.param(
            "id: x\nupdated_time: \ndeleted_time: 12\nis_todo: 1\ntype_: 1",
            Note("x", 0, deleted_time=12, is_todo=True),
            id="ms",
        ),
        pytest.param(
            'id: x\ntitle_diff: ""\nbody_diff: "[{\\"diffs\\":[[1,\\"a\\\\\\nb\\"]]}]"\ntype_: 13',
            Revision("x", 0, body_diff='[{"diffs":[[1,"a\\nb"]]}]'),
            id="diffs: JSON first, then the escapes",
        ),
        pytest.param("id: x\nbody_diff: \ntype_: 13", Revision("x", 0), id="no diff"),
        pytest.param(
            "id: x\nparent_id: p\nupdated_time: 1970-01-01T00:00:01.000Z\ntitle_diff: \n"
            "encryption_cipher_text: JED01\nencryption_applied: 1\ntype_: 13",
            EncryptedItem("x", ItemType.REVISION, 1000, "JED01", parent_id="p"),
            id="encrypted",
        ),
        pytest.param("id: x\nencryption_applied: 1\ntype_: 8", None, id="encrypted, of no type of ours"),
        *[pytest.param(f"id: x\ntype_: {number}", None, id=f"type {number}") for number in (3, 7, 8, 10, 14, 99, -1)],
    ],
)
def test_rules(text: str, item: Item | None) -> None:
    try:
        parsed = parse_item(text)
    except ItemError:
        parsed = None
    assert parsed == item


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "does not end in a line `type_`"),
        ("title only\n\nbody\n\nid: x\n", "does not end in a line `type_`"),
        ("id: x\ntype_: 1\n", "does not end in a line `type_`"),
        ("id: x\ntype_: ", "does not end in a line `type_`"),
        ("hello", "'hello'"),
        ("t\n\nbody cut o", "'body cut o'"),
        ("type_: 1", "no `id`"),
        ("id: \ntype_: 13\nencryption_applied: 1", "no `id`"),
        ("id: x\ntype_: note", "type_ is not a number: 'note'"),
        (f"id: x\nitem_type: 1{'0' * 20}\ntype_: 13", "item_type is not a number: '1000"),
        ("id: x\nitem_updated_time: 9223372036854775808\ntype_: 13", "item_updated_time is not a number"),
        ('id: x\nbody_diff: "[{\ntype_: 13', "body_diff is not the JSON"),
        ("id: x\nbody_diff: []\ntype_: 13", "body_diff is not the JSON"),
        ("id: x\ntitle_diff: " + "[" * 100_000 + "\ntype_: 13", "title_diff is not the JSON"),
        ("id: x\ncontent: c\ntype_: 9", "master key"),
        ("id: x\nitem_id: y\nbody_diff: \ntype_: 1", "a revision without its end"),
    ],
)
def test_errors_say_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ItemError) as caught:
        parse_item(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("type_", "row", "item"),
    [
        (
            ItemType.NOTE,
            {"id": "x", "title": "a\\nb", "body": None, "is_todo": 1},
            Note("x", 0, title="a\\nb", is_todo=True),
        ),
        (
            ItemType.NOTE,
            {"id": "x", "updated_time": 5.0, "todo_due": "7", "title": 12},
            Note("x", 5, title="12", todo_due=7),
        ),
        (ItemType.REVISION, {"id": "x", "body_diff": "a\\nb"}, Revision("x", 0, body_diff="a\\nb")),
        (
            ItemType.NOTE_TAG,
            {
                "id": "x",
                "updated_time": 3,
                "note_id": "n",
                "tag_id": "t",
                "encryption_applied": 1,
                "encryption_cipher_text": "JED01",
            },
            EncryptedItem("x", ItemType.NOTE_TAG, 3, "JED01", note_id="n", tag_id="t"),
        ),
    ],
)
def test_rows(type_: ItemType, row: dict[str, object], item: Item) -> None:
    assert item_from_row(type_, row) == item


@pytest.mark.parametrize(
    ("type_", "row"),
    [
        (ItemType.NOTE, {}),
        (ItemType.NOTE, {"id": "x", "body": b"\xff"}),
        (ItemType.REVISION, {"id": "x", "item_updated_time": "soon"}),
        (ItemType.REVISION, {"id": "x", "body_diff": b"[]"}),
        (ItemType.NOTE_TAG, {"id": "x", "tag_id": b"1"}),
    ],
)
def test_rows_that_cannot_be_read(type_: ItemType, row: dict[str, object]) -> None:
    with pytest.raises(ItemError):
        item_from_row(type_, row)


# The value of a minor field as an item file has it and as a row has it, and what is said of it.
ODD = [
    (ItemType.NOTE, "user_updated_time", "Invalid date", "Invalid date", "user_updated_time is no"),
    (ItemType.NOTE, "updated_time", "0000-00-00T00:00:00.000Z", "soon", "updated_time is no"),
    (ItemType.NOTE, "user_created_time", "20210-01-01T00:00:00.000Z", 575_856_000_000_000, "user_created_time is"),
    (ItemType.NOTE, "created_time", "-000001-12-31T00:00:00.000Z", -62_198_755_200_000, "created_time is"),
    (ItemType.NOTE, "todo_due", "NaN", float("nan"), "todo_due is not a number"),
    (
        ItemType.NOTE,
        "todo_due",
        "253402300800000",
        253_402_300_800_000,
        "todo_due is not between the years 1000 and 9999",
    ),
    (ItemType.NOTE, "deleted_time", "1e999", float("inf"), "deleted_time is not a number"),
    (ItemType.NOTE, "is_todo", "yes", b"1", "is_todo is not a number"),
    (ItemType.NOTE, "markup_language", "HTML", "HTML", "markup_language is not a number"),
    (ItemType.RESOURCE, "size", "1e300", 1e300, "size is not a number"),
    (ItemType.REVISION, "created_time", "Invalid date", "soon", "created_time is no"),
    (ItemType.NOTEBOOK, "deleted_time", "undefined", "undefined", "deleted_time is not a number"),
]


@pytest.mark.parametrize(("type_", "field", "text", "value", "message"), ODD)
def test_a_minor_field_that_is_odd_has_its_default(
    type_: ItemType, field: str, text: str, value: object, message: str
) -> None:
    """Whichever way the item comes, encrypted or not, and what is odd is said."""
    said: list[list[str]] = [[], [], []]
    title = "" if type_ is ItemType.REVISION else "t\n\n"
    body = "b\n\n" if type_ is ItemType.NOTE else ""
    plain = parse_item(f"{title}{body}id: x\n{field}: {text}\ntype_: {type_:d}", said[0])
    content = {"title": "t", "body": "b"} if body else {"title": "t"}
    assert item_from_row(type_, {**content, "id": "x", field: value}, said[1]) == plain
    assert plain == parse_item(f"{title}{body}id: x\ntype_: {type_:d}")
    assert all(message in one and "counts as not set" in one for (one,) in said[:2]), said
    closed = parse_item(f"id: x\n{field}: {text}\nencryption_applied: 1\ntype_: {type_:d}", said[2])
    assert closed == EncryptedItem("x", type_, 0, "")


def test_encryption_is_told_by_the_text_as_well_as_by_the_flag() -> None:
    closed = EncryptedItem("x", ItemType.NOTE, 0, "JED01abc")
    for flag in ("0", "", "NaN", "1"):
        text = f"\n\nid: x\nencryption_applied: {flag}\nencryption_cipher_text: JED01abc\ntype_: 1"
        assert parse_item(text) == closed
    assert item_from_row(ItemType.NOTE, {"id": "x", "encryption_cipher_text": "JED01abc"}) == closed


def test_a_tag_without_a_title_is_read_and_told() -> None:
    for text in ("id: x\ntype_: 5", "\n\nid: x\ntype_: 5"):
        odd: list[str] = []
        assert parse_item(text, odd) == Tag("x", 0)
        assert odd == ["It has no title."]


def read(path: Path) -> Item | None:
    return parse_item(path.read_bytes().decode("utf-8"))


def test_the_items_of_a_sync_target(corpora: Callable[[str], Path]) -> None:
    kinds = Counter(type(read(path)).__name__ for path in corpora("sync").glob("*.md"))
    assert kinds == {"Revision": 1163, "Note": 75, "NoteTag": 26, "Notebook": 14, "Resource": 13, "Tag": 5}


def test_the_items_of_an_odd_target(corpora: Callable[[str], Path]) -> None:
    revisions, errors = 0, set()
    for path in corpora("sync-odd").glob("*.md"):
        try:
            revisions += isinstance(read(path), Revision)
        except ItemError:
            errors.add(path.name)
    assert revisions == 17
    assert errors == {
        "0123456789abcdef0123456789abcdef.md",
        "fedcba9876543210fedcba9876543210.md",
        "not-an-id.md",
    }


def test_a_file_and_a_row_of_the_same_item_agree(corpora: Callable[[str], Path]) -> None:
    connection = sqlite3.connect(f"file:{corpora('profile')}/database.sqlite?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    rows: dict[str, Item] = {}
    for type_, table in TABLES.items():
        rows |= {row["id"]: item_from_row(type_, row) for row in connection.execute(f"SELECT * FROM {table}")}  # noqa: S608 - from the table above
    connection.close()
    differences = [
        (item, rows[item.id]) for item in map(read, corpora("sync").glob("*.md")) if item and item != rows[item.id]
    ]
    # Joplin writes a title as it is and unescapes it when it reads it.
    assert [(item.title, row.title) for item, row in differences if isinstance(item, Notebook)] == [
        ('Sub / folder "x" \n', 'Sub / folder "x" \\n')
    ]
    assert len(differences) == 1


def test_the_documented_fields_are_those_that_are_read() -> None:
    """Each field of a record stands in docs/joplin-fields.md, as kept or derived; and none of what is left out."""
    document = (Path(__file__).parents[1] / "docs" / "joplin-fields.md").read_text(encoding="utf-8")
    decided: dict[str, set[str]] = {"read": set(), "left out": set()}
    for line in document.splitlines():
        if line.startswith("| `"):
            fields, decision = line.split("|")[1:3]
            decided["left out" if decision.strip() == "left out" else "read"].update(re.findall(r"`(\w+)`", fields))
    ours = {"id", "has_been_used", "enabled", "is_of_note_lock"}  # of master keys, which lie in info.json
    records = (Note, Notebook, Resource, Tag, NoteTag, Revision, MasterKey)
    read_here = {field.name for record in records for field in dataclasses.fields(record)} - ours
    assert read_here <= decided["read"]
    assert not read_here & decided["left out"]
