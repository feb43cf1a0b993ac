"""A JEX export: a tar that may come from anywhere."""

from __future__ import annotations

import io
import os
import resource
import shutil
import tarfile
import time

import pytest

from extractor.errors import SourceChanged, SourceEmpty, SourceNotFound, SourceUnreadable
from extractor.joplin.items import Note
from extractor.sources import open_source
from extractor.sources.folder import FolderSource
from extractor.sources.jex import ArchiveSource

NOTE_ID = "0123456789abcdef0123456789abcdef"
NOTE = f"A title\n\nA body\n\nid: {NOTE_ID}\nupdated_time: 2024-11-01T17:34:04.457Z\ntype_: 1".encode()


def member(name, content=NOTE, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def pack(path, *members, form=tarfile.USTAR_FORMAT):
    with tarfile.open(path, "w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def read(source):
    return {reading.entry.name: reading for reading in source.read(source.entries())}


def test_the_same_items_as_in_the_raw_export_beside_it(corpora):
    exports = corpora("exports")
    archive, raw = open_source(str(exports / "export.jex")), FolderSource(exports / "raw")
    items = {name: reading.item for name, reading in read(archive).items()}
    assert items == {reading.entry.name: reading.item for reading in raw.read(raw.entries())}
    assert len(items) == 132
    assert (archive.kind, archive.location) == ("archive", os.path.realpath(exports / "export.jex"))
    assert not archive.has_history
    blob = archive.blob("1190ed31def27a150fbb693060b39fb7", "png")
    assert blob.read() == raw.blob("1190ed31def27a150fbb693060b39fb7", "png").read() != b""
    assert blob.read(4) == b"\x89PNG"
    assert archive.blob("f" * 32, "png") is None
    archive.close()


def test_exporting_again_changes_no_stamp_of_what_did_not_change(tmp_path):
    path = tmp_path / "export.jex"
    stamps = []
    for when, content in [(1, NOTE), (2, NOTE), (3, NOTE.replace(b"title", b"TITLE"))]:
        pack(path, member(f"{NOTE_ID}.md", content, mtime=when))
        stamps += [entry.stamp for entry in ArchiveSource(path).entries()]
    assert stamps[0] == stamps[1] != stamps[2]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("name", [f"{NOTE_ID}.md", f"./{NOTE_ID}.md"])
def test_each_kind_of_tar_is_read(tmp_path, form, name):
    path = pack(
        tmp_path / "export.jex",
        member(f"resources/{'n' * 90}/{'n' * 90}.png", b"x" * 1000),  # a long name: told in a way of its own by each
        member(name, pax_headers={"comment": "é" * 400}),
        form=form,
    )
    assert isinstance(read(ArchiveSource(path))[f"{NOTE_ID}.md"].item, Note)


OTHER = "b" * 32


@pytest.mark.parametrize(
    "hostile",
    [
        member(f"../{OTHER}.md"),
        member(f"../../../../../../{OTHER}.md"),
        member(f"/{OTHER}.md"),
        member(f"folder/{OTHER}.md"),
        member(f"resources/{OTHER}.md"),
        member(f"././{OTHER}.md"),
        member(f"{OTHER}.md", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member(f"{OTHER}.md", b"", type=tarfile.LNKTYPE, linkname=f"{NOTE_ID}.md"),
        member(f"{OTHER}.md", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        member(f"{OTHER}.md", b"", type=tarfile.BLKTYPE),
        member(f"{OTHER}.md", b"", type=tarfile.FIFOTYPE),
        member(f"{OTHER}.md", b"", type=tarfile.DIRTYPE),
        member(f"{OTHER}.md", b"", type=b"Z"),
        member("\udcff" * 32 + ".md"),
    ],
)
def test_what_is_no_file_in_the_root_is_passed_over(tmp_path, hostile):
    before = sorted(tmp_path.parent.iterdir())
    path = pack(tmp_path / "export.jex", hostile, member(f"{NOTE_ID}.md"), hostile)
    assert list(read(ArchiveSource(path))) == [f"{NOTE_ID}.md"]
    assert sorted(tmp_path.parent.iterdir()) == before


def with_hole(path, info, size):
    """A note, and a member of `size` zeros that take no room on the disk."""
    note, content = member(f"{NOTE_ID}.md")
    info.size = size
    with path.open("wb") as file:
        file.write(note.tobuf(tarfile.GNU_FORMAT) + content.ljust(512, b"\0") + info.tobuf(tarfile.GNU_FORMAT))
        file.truncate(file.tell() + size + 1024)
    return path


@pytest.mark.parametrize(
    ("name", "type_", "outcome"),
    [
        (f"{OTHER}.md", tarfile.REGTYPE, "larger than any item"),
        ("zeros.bin", tarfile.REGTYPE, None),
        (f"resources/{OTHER}.png", tarfile.REGTYPE, None),
        ("long name", tarfile.GNUTYPE_LONGNAME, SourceUnreadable),
        ("extended header", tarfile.XHDTYPE, SourceUnreadable),
    ],
)
def test_ten_gigabytes_of_zeros_cost_neither_time_nor_memory(tmp_path, name, type_, outcome):
    info = tarfile.TarInfo(name)
    info.type = type_
    path = with_hole(tmp_path / "export.jex", info, 10 * 1024**3)
    started, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = ArchiveSource(path)
    if outcome is SourceUnreadable:
        with pytest.raises(SourceUnreadable, match="damaged"):
            read(source)
    else:
        readings = read(source)
        assert isinstance(readings.pop(f"{NOTE_ID}.md").item, Note)
        assert [reading.problem for reading in readings.values() if outcome not in reading.problem] == []
        assert source.blob(OTHER, "png") is None
    assert time.process_time() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000


def test_a_file_of_nothing_but_zeros_is_no_export(tmp_path):
    path = tmp_path / "export.jex"
    path.touch()
    os.truncate(path, 10 * 1024**3)
    with pytest.raises(SourceEmpty, match="no Joplin item"):
        open_source(str(path)).entries()


def base256(value, width=12):
    return value.to_bytes(width, "big", signed=True)


def header(name, size):
    """A header whose size is written as a number that may be negative."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = base256(size)
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


@pytest.mark.parametrize("size", [-512, -1024, -1536, -(10**9), -1])
def test_members_that_lead_in_a_circle_do_not_hold_the_build(tmp_path, size):
    path = tmp_path / "export.jex"
    path.write_bytes(header("a", 0) + header("b", 0) + header(f"{OTHER}.md", size) + b"\0" * 1024)
    with pytest.raises(SourceUnreadable, match="damaged"):
        ArchiveSource(path).entries()


def test_extended_headers_of_extended_headers_do_not_hold_the_build(tmp_path):
    path = tmp_path / "export.jex"
    info = tarfile.TarInfo("x")
    info.type = tarfile.XHDTYPE
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) * 100_000 + b"\0" * 1024)
    with pytest.raises(SourceUnreadable):
        ArchiveSource(path).entries()


@pytest.mark.parametrize("keep", [0, 100, 512, 100_000, 467_968, 468_400])
def test_an_export_that_is_cut_off_is_said_so(corpora, tmp_path, keep):
    path = shutil.copyfile(corpora("exports") / "export.jex", tmp_path / "export.jex")
    os.truncate(path, keep)
    with pytest.raises(SourceUnreadable, match="cut off"):
        open_source(str(path)).entries()


@pytest.mark.parametrize("read_before", [0, 1])
def test_an_export_that_changes_after_it_was_listed_is_said_so(tmp_path, read_before):
    path = pack(tmp_path / "export.jex", member(f"{NOTE_ID}.md"))
    os.utime(path, (1, 1))
    source = ArchiveSource(path)
    readings = source.read(source.entries())
    for _ in range(read_before):
        next(readings)
    os.utime(path, (2, 2))
    with pytest.raises(SourceChanged):
        list(readings)


def test_the_later_of_two_members_of_one_name_counts(tmp_path):
    path = pack(
        tmp_path / "export.jex", member(f"{NOTE_ID}.md"), member(f"{NOTE_ID}.md", NOTE.replace(b"title", b"TITLE"))
    )
    (reading,) = read(ArchiveSource(path)).values()
    assert reading.item.title == "A TITLE"


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"x" * 5000, b"\x1f\x8b" + b"x" * 5000, b"\0\1" * 5000])
def test_what_is_no_tar_is_said_so(tmp_path, content):
    path = tmp_path / "export.jex"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match="not a JEX export"):
        open_source(str(path)).entries()


def test_a_tar_is_known_by_its_content_too(tmp_path):
    source = open_source(str(pack(tmp_path / "export.tar", member(f"{NOTE_ID}.md"))))
    assert source.kind == "archive"
    assert len(read(source)) == 1


def test_nothing_is_there(tmp_path):
    with pytest.raises(SourceNotFound):
        ArchiveSource(tmp_path / "export.jex")
