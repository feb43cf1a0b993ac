"""The answers of a web archive's index (CDX server): a list of copies, an empty one, or no list. Pure."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.linkcheck.replies import Reply

TIMESTAMP = "%Y%m%d%H%M%S"
_EXCLUDED = ("accesscontrolexception", "blocked site", "excluded")  # in a 403: the site has asked not to be shown


class NoWordError(Exception):
    """The service did not answer; `wait` is for stamina's hooks. `shut_out`: stop asking."""

    def __init__(self, message: str, wait: float | bool = False, *, shut_out: bool = False, busy: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.shut_out = shut_out
        self.busy = busy


def copies_listed(reply: Reply) -> list[tuple[str, str]]:
    """Timestamp and address of each listed copy; raises NoWordError if the answer is not a list of copies."""
    if reply.status == 404:  # noqa: PLR2004 - its word for "not in this archive"
        return []
    text = (reply.body or b"").decode("utf-8", "replace").strip()
    if reply.status == 403:  # noqa: PLR2004 - likewise, for whom the archive does not show
        if any(word in text.lower() for word in _EXCLUDED):
            return []
        raise NoWordError("status 403", shut_out=True)
    if reply.status != 200 or reply.body is None:  # noqa: PLR2004 - OK
        raise NoWordError(f"status {reply.status}, without a list of copies")
    if not text:
        return []
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise NoWordError("something other than a list of copies") from None
    return _copies(rows)


def _copies(rows: object) -> list[tuple[str, str]]:
    """The copies; the first row names the columns. Incomplete rows are skipped, unless all are."""
    if not isinstance(rows, list) or (rows and not isinstance(rows[0], list)):
        raise NoWordError("something other than a list of copies")
    if not rows:
        return []
    names, *others = rows
    if not {"timestamp", "original"} <= set(map(str, names)):
        raise NoWordError("a list without the requested columns")
    found = [copy for row in others if (copy := _copy(names, row)) is not None]
    if others and not found:
        raise NoWordError("a list without anything readable")
    return found


def _copy(names: list[object], row: object) -> tuple[str, str] | None:
    """The time and address of a copy; None if the row is incomplete."""
    if not isinstance(row, list) or len(row) != len(names):
        return None
    at, url = str(row[names.index("timestamp")]), row[names.index("original")]
    return (at, url) if isinstance(url, str) and _is_timestamp(at) else None


def _is_timestamp(text: str) -> bool:
    with suppress(ValueError):
        return len(text) == len("yyyymmddhhmmss") and bool(datetime.strptime(text, TIMESTAMP).replace(tzinfo=UTC))
    return False
