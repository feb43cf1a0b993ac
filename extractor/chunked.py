"""Long sequences that differ little, such as those of the versions of a text, and share their equal parts.

A sequence is cut into chunks; a sequence made from another by an edit reuses all chunks except those at the edit. So a
version costs as much as its edit, and one reference per chunk.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from operator import is_
from typing import Any, TypeVar, overload

SIZE = 64  # items per chunk: more means more copying per edit, fewer means more chunks

T = TypeVar("T")


class Chunked(Sequence[T]):
    """An immutable sequence that shares its chunks with sequences made from it; a slice is a list."""

    __slots__ = ("_chunks", "_ends_asked_for", "_length")

    def __init__(self, chunks: tuple[tuple[T, ...], ...] = ()) -> None:
        self._chunks = chunks
        self._ends_asked_for: array[int] | None = None
        self._length = sum(map(len, chunks))

    @classmethod
    def of(cls, items: Iterable[T]) -> Chunked[T]:
        """The items as such a sequence."""
        return items if isinstance(items, Chunked) else cls(tuple(cut(list(items))))

    @property
    def chunks(self) -> tuple[tuple[T, ...], ...]:
        """Its chunks; equal chunks of two sequences may be the same object."""
        return self._chunks

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._chunks)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Chunked) and self._chunks == other._chunks:
            return True
        return isinstance(other, Sequence) and len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it is compared by what is in it

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if len(self._chunks) == 1 and not isinstance(index, slice):  # most by far
            return self._chunks[0][index]
        if isinstance(index, slice):
            start, end, step = index.indices(self._length)
            if step != 1:
                return list(self)[index]
            return self._between(start, end)
        index = index + self._length if index < 0 else index
        if not 0 <= index < self._length:
            raise IndexError(index)
        if self._ends_asked_for is None:  # whoever reads one item usually reads more; most versions are never read
            self._ends_asked_for = array("Q", self._ends())
        ends = self._ends_asked_for
        at = bisect_right(ends, index)
        return self._chunks[at][index - (ends[at - 1] if at else 0)]

    def find(self, item: T) -> int | None:
        """The index of the first equal item, None if there is none."""
        passed = 0
        for chunk in self._chunks:
            if item in chunk:
                return passed + chunk.index(item)
            passed += len(chunk)
        return None

    def splice(self, start: int, end: int, items: Sequence[T]) -> Chunked[T]:
        """The sequence with these items in place of its own from `start` to `end`."""
        if start == end and not items:
            return self
        if len(self._chunks) == 1:
            (only,) = self._chunks
            return Chunked(tuple(cut([*only[:start], *items, *only[end:]])))
        first, last, before, after = around(self._ends(), start, end)
        left = self._chunks[first][:before] if before else ()
        right = self._chunks[last - 1][after:] if last > first else ()
        return Chunked((*self._chunks[:first], *cut([*left, *items, *right]), *self._chunks[last:]))

    def edited_to(self, items: Sequence[T]) -> Chunked[T]:
        """These items as a sequence that shares the common start and end with this one."""
        other = Chunked.of(items)
        head, tail = alike(self, other)
        return self.splice(head, self._length - tail, other[head : len(other) - tail])

    def _between(self, start: int, end: int) -> list[T]:
        if start >= end:
            return []
        if len(self._chunks) == 1:
            return list(self._chunks[0][start:end])
        first, last, before, after = around(self._ends(), start, end)
        if last - first == 1:
            return list(self._chunks[first][before:after])
        inner = chain.from_iterable(self._chunks[first + 1 : last - 1])
        return [*self._chunks[first][before:], *inner, *self._chunks[last - 1][:after]]

    def _ends(self) -> list[int]:
        return list(accumulate(map(len, self._chunks)))


class Places(Sequence[int]):
    """Numbers that shift after an edit, like the lines of links: that costs one sum per chunk."""

    __slots__ = ("_bases", "_chunks", "_ends_asked_for")

    def __init__(self, chunks: tuple[tuple[int, ...], ...] = (), bases: tuple[int, ...] = ()) -> None:
        self._chunks, self._bases = chunks, bases
        self._ends_asked_for: array[int] | None = None

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Places:
        """These numbers."""
        return cls().splice(0, 0, list(numbers), 0)

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[int]:
        for chunk, base in zip(self._chunks, self._bases, strict=True):
            for number in chunk:
                yield number + base

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if len(self._chunks) == 1 and not isinstance(index, slice):
            return self._chunks[0][index] + self._bases[0]
        if isinstance(index, slice):
            start, end, step = index.indices(len(self))
            return self._between(start, end) if step == 1 else list(self)[index]
        if self._ends_asked_for is None:
            self._ends_asked_for = array("Q", self._ends())
        ends = self._ends_asked_for
        length = ends[-1] if ends else 0
        index = index + length if index < 0 else index
        if not 0 <= index < length:
            raise IndexError(index)
        at = bisect_right(ends, index)
        return self._chunks[at][index - (ends[at - 1] if at else 0)] + self._bases[at]

    def splice(self, start: int, end: int, numbers: Sequence[int], moved: int) -> Places:
        """The numbers with these in place of those from `start` to `end`, and all later ones shifted by `moved`."""
        if start == end and not numbers and not moved:
            return self
        if len(self._chunks) == 1 and start:
            (only,), (base,) = self._chunks, self._bases
            rest = [number + moved for number in only[end:]] if moved else only[end:]
            chunk = (*only[:start], *[number - base for number in numbers], *rest)
            if len(chunk) <= SIZE:
                return Places((chunk,), self._bases)
        first, last, before, after = around(self._ends(), start, end)
        left = [number + self._bases[first] for number in self._chunks[first][:before]] if before else []
        right = (
            [number + self._bases[last - 1] + moved for number in self._chunks[last - 1][after:]]
            if last > first
            else []
        )
        new = cut([*left, *numbers, *right])
        behind = self._bases[last:]
        return Places(
            (*self._chunks[:first], *(tuple([n - chunk[0] for n in chunk]) for chunk in new), *self._chunks[last:]),
            (
                *self._bases[:first],
                *(chunk[0] for chunk in new),
                *([base + moved for base in behind] if moved else behind),
            ),
        )

    def _between(self, start: int, end: int) -> list[int]:
        if start >= end:
            return []
        first, last, before, _ = around(self._ends(), start, end)
        numbers = [
            n + base
            for chunk, base in zip(self._chunks[first:last], self._bases[first:last], strict=True)
            for n in chunk
        ]
        return numbers[before : before + end - start]

    def _ends(self) -> list[int]:
        return list(accumulate(map(len, self._chunks)))


def alike(one: Sequence[Any], other: Sequence[Any]) -> tuple[int, int]:
    """The number of common items at the start of two sequences, and of the rest, at the end."""
    one, other = Chunked.of(one), Chunked.of(other)
    most = min(len(one), len(other))
    head = _common(one._chunks, other._chunks, most)  # noqa: SLF001 -- of the same module
    if head == most:
        return head, 0
    tail = _common(one._chunks[::-1], other._chunks[::-1], most - head, backwards=True)  # noqa: SLF001
    return head, tail


def _common(
    one: Sequence[tuple[Any, ...]], other: Sequence[tuple[Any, ...]], most: int, *, backwards: bool = False
) -> int:
    """The number of common items, comparing whole chunks first; at the end, chunks from the last one on."""
    same = run(is_, one, other)
    count = sum(map(len, one[:same]))
    if count >= most:
        return most
    rest = [_items(chunks[same:], backwards=backwards) for chunks in (one, other)]
    for a, b in zip(*rest, strict=False):
        if count == most or not (a is b or a == b):
            break
        count += 1
    return count


def _items(chunks: Iterable[tuple[T, ...]], *, backwards: bool) -> Iterator[T]:
    return chain.from_iterable(reversed(chunk) if backwards else chunk for chunk in chunks)


def run(same: Callable[[T, T], bool], one: Iterable[T], other: Iterable[T]) -> int:
    """The number of identical pairs at the start of two sequences."""
    found = list(map(same, one, other))
    return found.index(False) if False in found else len(found)


def around(ends: Sequence[int], start: int, end: int) -> tuple[int, int, int, int]:
    """The range of chunks that contain `start` to `end`, and the positions within the first and last one.

    `ends` says where each chunk ends. An empty range belongs to the chunk that ends there, if there is one.
    """
    if not ends:
        return 0, 0, 0, 0
    first = min(bisect_right(ends, start), len(ends) - 1)
    last = max(min(bisect_right(ends, max(end - 1, start)), len(ends) - 1), first)
    return first, last + 1, start - (ends[first - 1] if first else 0), end - (ends[last - 1] if last else 0)


def cut(items: list[T]) -> list[tuple[T, ...]]:
    """Chunks of about equal length."""
    if len(items) <= SIZE:
        return [tuple(items)] if items else []
    size = -(-len(items) // -(-len(items) // SIZE))
    return [tuple(items[at : at + size]) for at in range(0, len(items), size)]
