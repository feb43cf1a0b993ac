"""Item files as Joplin writes them."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from extractor.joplin.items import MasterKey, Note, Notebook, NoteTag, Resource, Revision, Tag

if TYPE_CHECKING:
    from extractor.joplin.items import Item

TIMES = {"created_time", "updated_time", "user_created_time", "user_updated_time"}
TYPES = {Note: 1, Notebook: 2, Resource: 4, Tag: 5, NoteTag: 6, MasterKey: 9, Revision: 13}


def serialize(item: Item) -> str:
    """An item file as Joplin writes it (BaseItem.ts:401-497)."""
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    above = [values.pop("title")] if "title" in values else []
    body = values.pop("body", "")
    if body:
        above.append(body)
    lines = [f"{name}: {serialized(name, value)}" for name, value in values.items()]
    return "\n\n".join([*above, "\n".join([*lines, f"type_: {TYPES[type(item)]}"])])


def serialized(name: str, value: str | int | bool) -> str:
    if name in TIMES:
        if not value:
            return ""
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(value))
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if name in {"title_diff", "body_diff"}:
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = str(int(value)) if isinstance(value, int) else value
    for plain, escaped in (("\\n", "\\\\n"), ("\\r", "\\\\r"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return text
