"""A folder of item files: what is listed, what is read, what is passed over and what is a problem."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from extractor.errors import SourceEmpty, SourceNotFound, SourceUnreadable
from extractor.joplin.items import EncryptedItem, Note, Revision
from extractor.sources import Blob, open_source
from extractor.sources import folder as folder_module
from extractor.sources.folder import FolderSource
from extractor.sources.protocol import is_item_name, resource_names

if TYPE_CHECKING:
    from pathlib import Path

NOTE_ID = "0123456789abcdef0123456789abcdef"
NOTE = f"A title\n\nA body\n\nid: {NOTE_ID}\nupdated_time: 2024-11-01T17:34:04.457Z\ntype_: 1"
OLD = time.time() - 86_400


def write(folder: Path, name: str, content: str | bytes = NOTE, *, changed: float = OLD) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (changed, changed))
    return path


def readings(folder: Path):
    source = FolderSource(folder)
    return {reading.entry.name: reading for reading in source.read(source.entries())}


@pytest.mark.parametrize(
    ("name", "is_item"),
    [
        (f"{NOTE_ID}.md", True),
        ("NotHexadecimalButThirtyTwoChars!.md", True),  # Joplin counts characters and looks at no digit
        ("ééééééééééééééééééééééééééééééé1.md", True),
        (f"{NOTE_ID}.MD", False),
        (f"{NOTE_ID}.md.md", False),
        (f"{NOTE_ID}", False),
        (f"{NOTE_ID[:-1]}.md", False),
        (f"{NOTE_ID}0.md", False),
        (f".{NOTE_ID}.md", False),
        ("\udcff" * 32 + ".md", False),
        ("\x1b" * 32 + ".md", False),
        ("readme.md", False),
        ("", False),
    ],
)
def test_what_is_an_item_is_told_by_its_name(name, is_item):
    assert is_item_name(name) is is_item


@pytest.mark.parametrize(
    ("resource_id", "extension", "names"),
    [
        (NOTE_ID, "png", (f".resource/{NOTE_ID}", f"resources/{NOTE_ID}.png")),
        (NOTE_ID, "", (f".resource/{NOTE_ID}", f"resources/{NOTE_ID}")),
        ("../../../../etc/passwd", "", ()),
        (NOTE_ID, "/../../../etc/passwd", ()),
        (NOTE_ID, "x\0", ()),
        ("", "png", ()),
    ],
)
def test_no_name_of_a_resource_leads_out_of_the_source(resource_id, extension, names):
    assert resource_names(resource_id, extension) == names


def test_a_sync_target_is_read_whole(corpora):
    folder = corpora("sync")
    source = open_source(str(folder))
    entries = source.entries()
    read = list(source.read(entries))
    assert (source.kind, source.location) == ("folder", os.path.realpath(folder))
    assert source.has_history
    assert source.history_days == 90
    assert source.master_keys() == ()
    assert len(entries) == 1296
    assert [reading.problem for reading in read if reading.problem] == []
    assert sum(isinstance(reading.item, Revision) for reading in read) == 1163
    assert all(reading.item.id == reading.entry.item_id for reading in read)


def test_a_raw_export_is_a_folder_without_history(corpora):
    source = open_source(str(corpora("exports") / "raw"))
    items = [reading.item for reading in source.read(source.entries())]
    assert not source.has_history
    assert source.history_days is None
    assert items
    assert not any(isinstance(item, Revision) for item in items)


def test_an_attachment_is_found_in_a_target_and_in_an_export(corpora):
    resource_id = "1190ed31def27a150fbb693060b39fb7"
    target, export = (FolderSource(path) for path in (corpora("sync"), corpora("exports") / "raw"))
    assert target.blob(resource_id, "png") == Blob(target.path / ".resource" / resource_id)
    assert export.blob(resource_id, "png") == Blob(export.path / "resources" / f"{resource_id}.png")
    assert target.blob("f" * 32, "png") is None


def test_files_that_are_no_items_are_problems_that_say_why(corpora):
    problems = {name: reading.problem for name, reading in readings(corpora("sync-odd")).items() if reading.problem}
    assert set(problems) == {"0123456789abcdef0123456789abcdef.md", "fedcba9876543210fedcba9876543210.md"}
    assert "type_" in problems["0123456789abcdef0123456789abcdef.md"]
    assert problems["fedcba9876543210fedcba9876543210.md"] == "It is empty."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "It is empty."),
        (b"\n \n", "It is empty."),
        (NOTE[:-8], "type_"),
        (NOTE.encode()[:2] + b"\xff" + NOTE.encode()[2:], "not valid UTF-8: see byte 2."),
        (b"\0" * 5000, "It is not a Joplin item"),
        (b"SQLite format 3\0" + bytes(range(256)), "not valid UTF-8: see byte 144"),
    ],
)
def test_what_is_wrong_with_a_file_is_its_problem_and_the_rest_is_read(tmp_path, content, problem):
    write(tmp_path, f"{NOTE_ID}.md")
    write(tmp_path, f"{'b' * 32}.md", content)
    read = readings(tmp_path)
    assert isinstance(read[f"{NOTE_ID}.md"].item, Note)
    assert read[f"{'b' * 32}.md"].item is None
    assert problem in read[f"{'b' * 32}.md"].problem


def test_line_ends_come_as_they_are(tmp_path):
    write(tmp_path, f"{NOTE_ID}.md", NOTE.replace("A body", "one\r\ntwo\rthree\u2028\x85\x1cfour"))
    (reading,) = readings(tmp_path).values()
    assert reading.item.body == "one\r\ntwo\rthree\u2028\x85\x1cfour"


def test_a_file_larger_than_any_item_is_not_read(tmp_path):
    path = write(tmp_path, f"{NOTE_ID}.md")
    os.truncate(path, 10 * 1024**3)  # a hole: it takes no room on the disk
    started = time.process_time()
    (reading,) = readings(tmp_path).values()
    assert "larger than any item" in reading.problem
    assert time.process_time() - started < 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes and links are of POSIX")
def test_only_files_and_links_to_files_are_items(tmp_path):
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / f"{'a' * 32}.md").mkdir()
    os.mkfifo(folder / f"{'b' * 32}.md")
    (folder / f"{'c' * 32}.md").symlink_to(elsewhere)
    (folder / f"{'d' * 32}.md").symlink_to(tmp_path / "nowhere")
    (folder / f"{'e' * 32}.md").symlink_to(folder / f"{'e' * 32}.md")
    (folder / f"{NOTE_ID}.md").symlink_to(write(elsewhere, "note.md"))
    assert list(readings(folder)) == [f"{NOTE_ID}.md"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe_that_takes_the_place_of_a_file_does_not_hold_the_build(tmp_path):
    path = write(tmp_path, f"{NOTE_ID}.md")
    source = FolderSource(tmp_path)
    entries = source.entries()
    path.unlink()
    os.mkfifo(path)
    (reading,) = source.read(entries)
    assert (reading.item, reading.problem) == (None, None)


@pytest.mark.parametrize(("age", "trusted"), [(86_400, True), (3, True), (1, False), (0, False), (-3600, False)])
def test_a_file_that_may_change_without_a_new_time_gets_no_stamp(tmp_path, monkeypatch, age, trusted):
    now = time.time()
    monkeypatch.setattr(folder_module.time, "time_ns", lambda: int(now * 1e9))
    write(tmp_path, f"{NOTE_ID}.md", changed=now - age)
    (entry,) = FolderSource(tmp_path).entries()
    assert (entry.stamp != "") is trusted


def test_the_stamp_tells_a_change_of_the_same_size_and_one_of_the_same_time(tmp_path):
    source = FolderSource(tmp_path)
    stamps = []
    for content, changed in [("aa", OLD), ("aa", OLD), ("bb", OLD + 0.001), ("bbb", OLD + 0.001)]:
        write(tmp_path, f"{NOTE_ID}.md", content, changed=changed)
        stamps += [entry.stamp for entry in source.entries()]
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 3


def test_a_file_that_is_still_being_written_is_looked_at_again(tmp_path, monkeypatch):
    path = write(tmp_path, f"{NOTE_ID}.md", NOTE[:-9], changed=time.time())
    monkeypatch.setattr(folder_module.time, "sleep", lambda _: path.write_text(NOTE))
    (reading,) = readings(tmp_path).values()
    assert isinstance(reading.item, Note)
    assert reading.entry.stamp == ""


def test_a_file_that_stays_half_written_is_a_problem_in_the_end(tmp_path, monkeypatch):
    write(tmp_path, f"{NOTE_ID}.md", NOTE[:-9], changed=time.time())
    waits = []
    monkeypatch.setattr(folder_module.time, "sleep", waits.append)
    (reading,) = readings(tmp_path).values()
    assert "type_" in reading.problem
    assert 0 < sum(waits) < 1


def test_a_file_that_goes_during_the_read_is_no_problem(tmp_path):
    write(tmp_path, f"{NOTE_ID}.md")
    path = write(tmp_path, f"{'b' * 32}.md")
    source = FolderSource(tmp_path)
    entries = source.entries()
    path.unlink()
    gone = list(source.read(entries))[1]
    assert (gone.item, gone.problem, gone.entry.stamp) == (None, None, "")


def test_a_folder_that_goes_during_the_read_is_not_a_folder_of_deleted_notes(tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    write(folder, f"{NOTE_ID}.md")
    source = FolderSource(folder)
    entries = source.entries()
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceUnreadable, match="disappeared"):
        list(source.read(entries))
    with pytest.raises(SourceNotFound):
        source.entries()


def test_a_file_that_may_not_be_read_is_a_problem_and_read_again_next_time(tmp_path, monkeypatch):
    write(tmp_path, f"{NOTE_ID}.md")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder_module, "_open_without_waiting", refuse)
    (reading,) = readings(tmp_path).values()
    assert (reading.problem, reading.entry.stamp) == ("It cannot be read: Permission denied.", "")


def test_a_folder_that_may_not_be_read_is_said_so(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder_module.os, "scandir", refuse)
    with pytest.raises(SourceUnreadable, match="Permission denied"):
        FolderSource(tmp_path).entries()


def test_nothing_is_there(tmp_path):
    with pytest.raises(SourceNotFound, match="does not exist"):
        open_source(str(tmp_path / "nothing"))
    with pytest.raises(SourceNotFound):
        open_source(str(tmp_path / ("x" * 5000)))


TITLE = "A title of just 32 characters ok"


@pytest.mark.parametrize(
    ("files", "is_source"),
    [
        ({f"{NOTE_ID}.md": "x"}, True),
        ({f"{TITLE}.md": NOTE}, True),
        ({f"{TITLE}.md": "x", f"{NOTE_ID}.md": "x"}, True),
        ({f"{TITLE}.md": "x", "info.json": "{}"}, True),
        ({f"{TITLE}.md": "x"}, False),
        ({f"{TITLE}.md": ""}, False),
        ({f"{TITLE}.md": "x", "README.md": NOTE}, False),
    ],
)
def test_a_folder_is_a_source_where_a_file_looks_like_an_item(tmp_path, files, is_source):
    """In a sync target the length of a name is enough, as it is for Joplin; elsewhere notes may have such titles."""
    for name, text in files.items():
        write(tmp_path, name, text)
    source = FolderSource(tmp_path)
    if is_source:
        assert [entry.name for entry in source.entries()] == sorted(name for name in files if is_item_name(name))
    else:
        with pytest.raises(SourceEmpty):
            source.entries()


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ([], "Give the folder that Joplin synchronises with"),
        (["picture.png"], "Give the folder that Joplin synchronises with"),
        ([f"deep/{NOTE_ID}.md"], "Its subfolder deep does"),
        (["profile/database.sqlite"], "Its subfolder profile does"),
        (["info.json", "locks/x"], "that is still empty"),
        (["Notes/kafka.md", "_resources/a.png"], "is a Markdown export, which has no ids and no history"),
        ([f"Notes/{NOTE_ID}.md", "_resources/a.png"], "is a Markdown export"),
        (["kafka.md"], "looks like a Markdown export"),
        ([f"{TITLE}.md"], "looks like a Markdown export"),
        ([f"Notes/{TITLE}.md"], "Give the folder that Joplin synchronises with"),
    ],
)
def test_a_folder_without_items_says_what_to_give_instead(tmp_path, files, hint):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    with pytest.raises(SourceEmpty, match="contains no Joplin item") as raised:
        open_source(str(tmp_path)).entries()
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("info", "days", "keys"),
    [
        ('{"revisionServiceTtlDays": {"value": 365, "updatedTime": 0}}', 365, 0),
        ('{"revisionServiceTtlDays": {"value": 90}, "revisionServiceEnabled": {"value": false}}', 0, 0),
        ('{"revisionServiceTtlDays": {"value": "90"}}', None, 0),
        ('{"masterKeys": [{"id": "a", "content": "b", "encryption_method": 8}, {"id": 1}, null, 3]}', None, 1),
        ('{"masterKeys": 3}', None, 0),
        ("[]", None, 0),
        ("[" * 100_000, None, 0),
        ('{"version": ', None, 0),
        ("\ufeff", None, 0),
    ],
)
def test_info_json_is_taken_for_what_it_says(tmp_path, info, days, keys):
    (tmp_path / "info.json").write_text(info)
    source = FolderSource(tmp_path)
    assert source.history_days == days
    assert len(source.master_keys()) == keys


def test_each_folder_of_a_markdown_export_is_known(corpora):
    top = corpora("exports") / "md"
    folders = [path for path in (top, *top.rglob("*")) if path.is_dir()]
    assert len(folders) > 10
    for folder in folders:
        with pytest.raises(SourceEmpty) as raised:
            FolderSource(folder).entries()
        assert "a Markdown export" in raised.value.hint, folder


def test_an_encrypted_item_is_an_item_with_its_text_closed(tmp_path):
    write(
        tmp_path,
        f"{NOTE_ID}.md",
        f"id: {NOTE_ID}\nparent_id: \nupdated_time: 2024-11-01T17:34:04.457Z\nencryption_cipher_text: JED01000022\n"
        "encryption_applied: 1\ntype_: 1",
    )
    (reading,) = readings(tmp_path).values()
    assert isinstance(reading.item, EncryptedItem)
