"""Which columns a table shows first, and in which order; the others are one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_encode

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SHOWN: Mapping[str, tuple[str, ...]] = {
    "notes": ("name", "notebook", "state", "revisions", "updated_at", "created_at"),
    "notebooks": ("path", "state", "updated_at"),
    "revisions": (
        "captured_at",
        "label",
        "summary",
        "state",
        "chars_added",
        "chars_removed",
        "links_added",
        "links_removed",
    ),
    "sections": ("path", "note_id", "level", "first_seen_at", "removed_at"),
    "links": ("text", "url", "note_id", "section", "kind", "first_seen_at", "removed_at"),
    "link_changes": ("revision_id", "change", "link_id", "url_before", "url"),
    "urls": ("canonical", "site", "published_at", "author", "expires_at", "first_seen_at", "last_seen_at"),
    "checks": ("checked_at", "url_id", "verdict", "status", "final_url", "error", "elapsed_ms"),
    "snapshots": ("url_id", "snapshot_url", "snapshot_at", "cited_at", "looked_up_at"),
    "ignored": ("pattern", "reason", "created_at"),
    "tags": ("title", "updated_at"),
    "note_tags": ("tag_id", "note_id", "created_at"),
    "resources": ("title", "mime", "size", "state", "updated_at"),
    "problems": ("kind", "detail", "item", "first_seen_at", "last_seen_at"),
    "sources": ("location", "kind", "first_built_at", "last_built_at"),
    "builds": ("started_at", "source_id", "items", "items_changed", "notes", "revisions", "problems", "version"),
    "saved_links": ("link", "url", "note", "section", "health", "first_seen_at"),
    "images": ("image", "url", "note", "section", "expires_at", "first_seen_at", "removed_at"),
    "dead_links": ("link", "url", "note", "section", "line", "brought_in_by", "verdict", "dead_since", "archived"),
    "link_history": ("captured_at", "change", "kind", "link", "url_before", "url", "note", "section", "revision"),
    "linkedin_posts": ("post", "author", "published_at", "note", "section", "first_seen_at", "removed_at"),
    "link_health": ("url", "health", "doubt", "verdict", "status", "checked_at", "failing_since", "final_url"),
}

# Columns that only hold the target of the label beside them, or whether the date beside them is exact.
LED_BY: Mapping[str, tuple[str, ...]] = {
    "note_id": ("note",),
    "link_id": ("link", "image", "post"),
    "revision_id": ("revision",),
    "first_revision_id": ("brought_in_by",),
    "url_id": ("url", "canonical"),
    "id": ("link", "image", "post"),
    "is_dated": ("first_seen_at", "captured_at", "latest_at"),
    "removal_is_dated": ("removed_at",),
}

NAMES: Mapping[str, str] = {
    "brought_in_by": "added by",
    "canonical": "address",
    "chars_added": "+ text",
    "ocr_text": "recognised text",
    "chars_removed": "− text",
    "links_added": "+ links",
    "links_removed": "− links",
    "url": "address",
    "snapshot_url": "archived copy",
    "url_id": "address",
    "final_url": "leads to",
    "elapsed_ms": "ms",
    "url_before": "address before",
    "absent_at": "known absent",
}


# Columns of numbers, aligned for comparison.
NUMBERS = {
    *("changes", "chars_added", "chars_removed", "dead", "elapsed_ms", "failures", "history_days", "hunks"),
    *(
        "hunks_failed",
        "items",
        "items_changed",
        "level",
        "line",
        "links",
        "links_added",
        "links_removed",
        "notes",
        "number",
        "places",
    ),
    *("position", "problems", "revisions", "size", "status"),
}

# Results of checks: an empty list may only mean that nothing was checked.
BY_CHECKS = {
    "dead_links",
    "checks",
    "snapshots",
    "dead_links_of_a_time",
    "dead_links_by_notebook",
    "moved_links",
    "failing_links",
    "suspect_links",
    "changed_pages",
    "changed_texts",
    "missing_anchors",
    "addresses_of_one_page",
    "pages",
}


def nothing_means(name: str) -> str:
    """The explanation for an empty table or query."""
    return "Only addresses checked by joplin-catalogue check-links can appear here." if name in BY_CHECKS else ""


def shown_columns(table: str, columns: Sequence[Mapping[str, Any]], args: Collection[str]) -> list[Mapping[str, Any]]:
    """The columns of a table to show, in order; all of them if the address selects columns itself."""
    wanted = SHOWN.get(table)
    if wanted is None or {"_all", "_col", "_nocol"} & set(args):
        return list(columns)
    by_name = {str(column["name"]): column for column in columns}
    return [by_name[name] for name in wanted if name in by_name] or list(columns)


def shown_in_query(columns: Sequence[str]) -> list[int]:
    """The indexes of the columns of a query to show, without those that only hold the target of another."""
    return [place for place, name in enumerate(columns) if not any(label in columns for label in LED_BY.get(name, ()))]


def column_name(name: str) -> str:
    """`first_seen_at` as `first seen`."""
    return NAMES.get(name) or name.removesuffix("_at").removesuffix("_id").replace("_", " ")


def is_number(name: str) -> bool:
    """Whether a column holds numbers to compare."""
    return name in NUMBERS


def row_path(keys: str) -> str:
    """The last part of a row's address, from its primary keys with commas between."""
    return ",".join(tilde_encode(key) for key in keys.split(","))
