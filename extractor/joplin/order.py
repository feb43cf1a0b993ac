"""The revisions of a note in order: parents first, or by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from extractor.joplin.items import Revision


def parents_first(by_id: Mapping[str, Revision]) -> tuple[list[Revision], set[str]]:
    """All revisions, each after its parent; and the ids of those that are their own ancestors."""
    order: list[Revision] = []
    placed: set[str] = set()
    cyclic: set[str] = set()
    for first in by_id.values():
        path: dict[str, Revision] = {}
        revision: Revision | None = first
        while revision and revision.id not in placed and revision.id not in path:
            path[revision.id] = revision
            revision = by_id.get(revision.parent_id)
        if revision and revision.id in path:
            ids = list(path)
            cyclic.update(ids[ids.index(revision.id) :])
        placed.update(path)
        order.extend(reversed(path.values()))
    return order, cyclic


def in_time(by_id: Mapping[str, Revision], order: Iterable[Revision], cyclic: Collection[str]) -> dict[str, int]:
    """The number of each revision, by time and from 1; `order` has parents first."""
    depths: dict[str, int] = {}  # how many ancestors in a row have the same ms
    for revision in order:
        parent = by_id.get(revision.parent_id)
        same = parent and parent.item_updated_time == revision.item_updated_time and revision.id not in cyclic
        depths[revision.id] = depths[revision.parent_id] + 1 if same else 0
    in_time = sorted(by_id.values(), key=lambda one: (one.item_updated_time, depths[one.id], one.updated_time, one.id))
    return {revision.id: number for number, revision in enumerate(in_time, 1)}
