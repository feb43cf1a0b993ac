"""Joplin's data about a sync target as a whole (services/synchronizer/syncInfoUtils.ts).

The same JSON is `info.json` on a target and the setting `syncInfoCache` in a profile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.joplin.items import MasterKey


@dataclass(frozen=True, slots=True)
class SyncInfo:
    """The keys, and how many days revisions are kept (0: not at all; None: unknown)."""

    master_keys: tuple[MasterKey, ...] = ()
    history_days: int | None = None


def parse_sync_info(text: str) -> SyncInfo:
    """Read info.json; whatever has an unexpected form counts as missing."""
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        return SyncInfo()
    if not isinstance(info, dict):
        return SyncInfo()
    rows = info.get("masterKeys")
    keys = [key for row in rows if (key := _master_key(row))] if isinstance(rows, list) else []
    # Joplin 3.7: the key of locked notes is separate, so that nothing else is encrypted with it.
    if lock := _master_key(info.get("noteLockKey")):
        keys.append(replace(lock, is_of_note_lock=True))
    return SyncInfo(tuple(keys), _history_days(info))


def _history_days(info: Mapping[str, object]) -> int | None:
    """Read the two settings of the note history, each `{"value": ..., "updatedTime": ...}`."""
    enabled, days = (_value(info.get(name)) for name in ("revisionServiceEnabled", "revisionServiceTtlDays"))
    if enabled is False:
        return 0
    return days if isinstance(days, int) and not isinstance(days, bool) and days > 0 else None


def _value(setting: object) -> object:
    return setting.get("value") if isinstance(setting, Mapping) else None


def _master_key(row: object) -> MasterKey | None:
    """Read one key; None if it has no id or no content."""
    if not isinstance(row, Mapping):
        return None
    key_id, content = row.get("id"), row.get("content")
    if not isinstance(key_id, str) or not isinstance(content, str) or not key_id or not content:
        return None
    from extractor.joplin.items import MasterKey  # noqa: PLC0415 -- most targets have none

    return MasterKey(
        id=key_id,
        updated_time=_number(row.get("updated_time")),
        content=content,
        encryption_method=_number(row.get("encryption_method")),
        created_time=_number(row.get("created_time")),
        checksum=str(row.get("checksum") or ""),
        has_been_used=row.get("hasBeenUsed") is not False,
        enabled=row.get("enabled") not in (0, False),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
