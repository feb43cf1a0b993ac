"""The texts of one note, few of which are kept whole: the others are kept as patches.

A history of 2,500 texts of 300,000 characters is 1.5 GB, its diffs are 1 MB. So a text is kept as the patch that makes
it from another one. It is kept whole, but compressed, if no such patch is known, or if the patches since the last whole
text are too many or too long, so that any text is quickly rebuilt. The texts used most recently are kept as they are.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from extractor.joplin.hunks import from_units, to_units
from extractor.joplin.patch import apply_patch
from extractor.zstd import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.joplin.hunks import Hunk

RECENT = 8 << 20  # bytes of texts that are kept as they are; the whole history of most notes is smaller
MOST_PATCHES = 96  # from a whole text to any other: each takes 0.1 ms in a text of 300,000 characters
FEW = 100_000  # bytes of patches that are quickly applied, however short the text is
OF_A_HUNK = 100  # bytes that a hunk takes in addition to its text


class Body:
    """The text of a revision, wherever it is kept; bodies are equal if their texts are."""

    __slots__ = ("_digest",)

    def __init__(self) -> None:
        self._digest = b""

    @property
    def units(self) -> bytes:
        """The text in UTF-16-LE."""
        raise NotImplementedError

    @property
    def length(self) -> int:
        """How many UTF-16 units it has."""
        return len(self.units) // 2

    @property
    def text(self) -> str:
        """The text; it may contain lone surrogates, as in Joplin."""
        return from_units(self.units)

    @property
    def is_kept_whole(self) -> bool:
        """Whether it is not kept as a patch of another text."""
        return True

    def begins_with(self, starts: tuple[str, ...]) -> bool:
        """Whether the text begins with one of these."""
        return self.units.startswith(_in_units(starts))

    def is_text(self, units: bytes) -> bool:
        """Whether `units`, in UTF-16-LE, are this text."""
        return 2 * self.length == len(units) and self.digest == _digest(units)

    @property
    def digest(self) -> bytes:
        """The BLAKE2b digest of the text in UTF-16-LE, of 16 bytes: the same for equal texts only."""
        if not self._digest:
            self._digest = _digest(self.units)
        return self._digest

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Body) and self.length == other.length and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


class PatchedBody(Body):
    """A text that a `Bodies` keeps."""

    __slots__ = ("_length", "bodies", "key")

    def __init__(self, bodies: Bodies, key: int, length: int) -> None:
        super().__init__()
        self.bodies, self.key, self._length = bodies, key, length

    @property
    def units(self) -> bytes:
        """The text in UTF-16-LE."""
        return self.bodies.units(self.key)

    @property
    def length(self) -> int:
        """How many UTF-16 units it has."""
        return self._length

    @property
    def is_kept_whole(self) -> bool:
        """Whether it is not kept as a patch of another text."""
        return self.bodies.is_whole(self.key)


class Bodies:
    """The store of all bodies of one note."""

    def __init__(self) -> None:
        self._patches: list[tuple[int, Sequence[Hunk]] | None] = []
        self._distance: list[tuple[int, int]] = []  # number and bytes of the patches since the last whole text
        self._packed: dict[int, bytes] = {}
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        self._held = 0

    def keep(self, units: bytes, base: Body | None = None, hunks: Sequence[Hunk] = ()) -> Body:
        """Keep a text in UTF-16-LE; if `base` is given, `hunks` make the text from it, each fitting exactly."""
        key = len(self._patches)
        patch, distance = None, (0, 0)
        if isinstance(base, PatchedBody) and base.bodies is self:
            patches, size = self._distance[base.key]
            patches, size = patches + 1, size + sum(map(_size, hunks))
            if patches <= MOST_PATCHES and size <= max(len(units), FEW):
                patch, distance = (base.key, hunks), (patches, size)
        self._patches.append(patch)
        self._distance.append(distance)
        self._hold(key, units)
        return PatchedBody(self, key, len(units) // 2)

    def is_whole(self, key: int) -> bool:
        """Whether a text is not kept as a patch."""
        return self._patches[key] is None

    def units(self, key: int) -> bytes:
        """A text in UTF-16-LE."""
        units = self._recent.get(key)
        if units is not None:
            self._recent.move_to_end(key)
            return units
        steps: list[Sequence[Hunk]] = []
        at = key
        while at not in self._recent and (patch := self._patches[at]) is not None:
            at, hunks = patch
            steps.append(hunks)
        units = self._recent.get(at)
        if units is None:
            units = unpacked(self._packed[at])
        for hunks in reversed(steps):
            units = apply_patch(hunks, units).text
        self._hold(key, units)
        return units

    def _hold(self, key: int, units: bytes) -> None:
        self._recent[key] = units
        self._held += len(units)
        while self._held > RECENT and len(self._recent) > 1:
            oldest, content = self._recent.popitem(last=False)
            self._held -= len(content)
            if self._patches[oldest] is None and oldest not in self._packed:
                self._packed[oldest] = packed(content)


@cache
def _in_units(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(map(to_units, texts))


def _size(hunk: Hunk) -> int:
    return OF_A_HUNK + 2 * sum(len(text) for _, text in hunk.diffs)


def _digest(units: bytes) -> bytes:
    return blake2b(units, digest_size=16).digest()


EMPTY = Bodies().keep(b"")
