"""A single item file of any name."""

from __future__ import annotations

import pytest

from extractor.errors import SourceEmpty, SourceNotFound
from extractor.joplin.items import Revision
from extractor.sources import open_source

REVISION = (
    "id: 5f79bce7b42841cebec327bf2183a48c\nparent_id: 39184c913d0d4e91abb2ff3ee050d1b2\nitem_type: 1\n"
    'item_id: 5d87ebe6d40141fe8605ea5ca1c05e00\nitem_updated_time: 1730482444457\ntitle_diff: "[]"\n'
    'body_diff: "[]"\nmetadata_diff: {"new":{},"deleted":[]}\nencryption_applied: 0\n'
    "updated_time: 2024-11-01T17:34:04.457Z\ncreated_time: 2024-11-01T17:34:04.457Z\ntype_: 13"
)


def test_a_file_of_any_name_is_read(tmp_path):
    path = tmp_path / "000_c21de35505679c3f.txt"
    path.write_text(REVISION)
    source = open_source(str(path))
    (entry,) = source.entries()
    (reading,) = source.read([entry])
    assert (source.kind, source.location) == ("file", str(path.resolve()))
    assert isinstance(reading.item, Revision)
    assert reading.item.item_id == "5d87ebe6d40141fe8605ea5ca1c05e00"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"# A heading", "not a Joplin item"),
        (REVISION.encode()[:-20], "type_"),
        (b"\x89PNG", "not valid UTF-8"),
    ],
)
def test_a_file_that_is_no_item_is_said_so(tmp_path, content, why):
    path = tmp_path / "some.txt"
    path.write_bytes(content)
    with pytest.raises(SourceEmpty, match=why):
        open_source(str(path)).entries()


def test_a_file_that_goes_is_said_so(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text(REVISION)
    source = open_source(str(path))
    path.unlink()
    with pytest.raises(SourceNotFound):
        source.entries()
