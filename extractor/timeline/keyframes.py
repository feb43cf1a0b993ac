"""Keyframes: the texts of a long history that are kept whole."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from extractor.timeline.rows import KeyframeRow
from extractor.zstd import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from extractor.joplin.history import Replayed

LONG = 32_000_000  # bytes of texts; a shorter history is replayed in a tenth of a second
OF_A_REVISION = 20_000  # bytes, which take as long to copy as the diffs of a revision take to read


def keyframes(note_id: str, texts: Sequence[Replayed]) -> Iterator[KeyframeRow]:
    """The whole texts of a note to keep, if any: with them, every other text is only a few patches away."""
    if sum(OF_A_REVISION + (2 * one.text.length if one.text is not None else 0) for one in texts) < LONG:
        return
    yield from kept_whole(note_id, texts)


def kept_whole(note_id: str, texts: Sequence[Replayed]) -> Iterator[KeyframeRow]:
    """The texts of a long history that cannot be made from another one with a few patches."""
    by_id = {one.id: one for one in texts}
    for one in texts:
        if one.text is not None and not _is_soon_patched(one, by_id):
            content = one.text.text.encode("utf-8", "surrogatepass")
            yield KeyframeRow(note_id, one.id, one.base_id, digest(content), packed(content))


def digest(content: bytes) -> bytes:
    """A digest that shows whether a decompressed text is the original one."""
    return blake2b(content, digest_size=16).digest()


def _is_soon_patched(one: Replayed, by_id: Mapping[str, Replayed]) -> bool:
    """Whether the text is what the diff makes of the parent's, and a whole text is only a few patches away."""
    parent = by_id.get(one.parent_id)
    if one.text is None or parent is None or parent.text is None or one.base_id != parent.id:
        return False
    return one.text is parent.text or not one.text.is_kept_whole
