"""A cache that holds so many bytes, and no more."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")


class BoundedCache(Generic[T]):
    """Holds what was asked for last, up to `most` bytes in all, as whoever puts something in estimates its size."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()  # pages are read in threads

    @property
    def size(self) -> int:
        """Bytes of all that is held."""
        return self._size

    def get(self, key: Hashable) -> T | None:
        """What was put in, None where it is not held any more."""
        with self._lock:
            known = self._kept.get(key)
            if known is None:
                return None
            self._kept.move_to_end(key)
            return known[0]

    def put(self, key: Hashable, value: T, size: int) -> None:
        """Hold something of so many bytes; what is larger than all that may be held is not."""
        with self._lock:
            self._size -= self._kept.pop(key, (None, 0))[1]
            if size > self._most:
                return
            self._kept[key] = value, size
            self._size += size
            while self._size > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self._size -= freed
