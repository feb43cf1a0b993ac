"""The properties of a note (notebook, times, to-do ...) as its revisions record them in `metadata_diff`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.errors import PatchError
from extractor.joplin.patch import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_CHANGE = '{"new":{},"deleted":[]}'


@dataclass(frozen=True, slots=True)
class ObjectPatch:
    """Properties that a revision sets and deletes (models/Revision.ts:87)."""

    new: Mapping[str, object]
    deleted: tuple[str, ...]

    @property
    def from_nothing(self) -> bool:
        """Whether it was made against no properties at all: the `id` of a note never changes."""
        return "id" in self.new

    def apply(self, base: Mapping[str, object]) -> Mapping[str, object]:
        """The properties after the change."""
        if not self.new and not self.deleted:
            return base
        merged = {**base, **self.new}
        for name in self.deleted:
            merged.pop(name, None)
        return merged


def parse_object_patch(text: str) -> ObjectPatch:
    """Parse a `metadata_diff`; raw line breaks in it are removed, as in Joplin. Raises PatchError."""
    if text == NO_CHANGE:
        return ObjectPatch({}, ())
    patch = parse_json(text.replace("\n", "").replace("\r", ""))
    match patch:
        case {"new": dict(new), "deleted": list(deleted)} if all(isinstance(name, str) for name in deleted):
            return ObjectPatch(new, tuple(deleted))
        case _:
            raise PatchError("The list of changed properties has an unknown form.")
