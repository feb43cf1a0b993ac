"""A cache that holds a limited number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")


class BoundedCache(Generic[T]):
    """Holds the values used most recently, up to `most` bytes in all; the caller of `put` estimates each size."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()  # pages are read in threads

    @property
    def size(self) -> int:
        """The bytes of all values in the cache."""
        return self._size

    def get(self, key: Hashable) -> T | None:
        """The value for a key; None if it is not in the cache, or no longer."""
        with self._lock:
            known = self._kept.get(key)
            if known is None:
                return None
            self._kept.move_to_end(key)
            return known[0]

    def put(self, key: Hashable, value: T, size: int) -> None:
        """Put in a value of `size` bytes; one that is larger than the whole cache is not kept."""
        with self._lock:
            self._size -= self._kept.pop(key, (None, 0))[1]
            if size > self._most:
                return
            self._kept[key] = value, size
            self._size += size
            while self._size > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self._size -= freed
