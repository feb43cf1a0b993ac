"""The content of a page as JSON or CSV: for programs, with the same parameters in the address."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from extractor.texts import without_lone_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable

JSON, CSV = ".json", ".csv"
OF_PAGE = r"(?P<format>\.json)?$"
OF_LIST = r"(?P<format>\.json|\.csv)?$"
MOST_ROWS = 1000  # of a list per page


def plain(value: object) -> object:
    """A record in plain JSON types: texts, numbers, lists and objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, str):
        return without_lone_surrogates(str(value))
    if isinstance(value, Sequence | AbstractSet):
        return [plain(one) for one in value]
    return value


def as_json(value: object, more: str | None = None) -> Response:
    """A record as JSON; `more` is the address where a list continues."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=1)
    return Response(text, headers=_headers(more), content_type="application/json; charset=utf-8")


def as_csv(names: Sequence[str], rows: Iterable[Sequence[object]], more: str | None = None) -> Response:
    """Rows as CSV (RFC 4180), with the names of the columns first."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(rows)
    return Response(
        without_lone_surrogates(text.getvalue()), headers=_headers(more), content_type="text/csv; charset=utf-8"
    )


def _headers(more: str | None) -> dict[str, str]:
    """The Link header (RFC 8288) for where a list continues."""
    return {"link": f'<{more}>; rel="next"'} if more else {}


def size_of(asked: str | None, usual: int) -> int:
    """The number of rows that an address requests; the default for an invalid number, at most MOST_ROWS."""
    number = int(asked) if asked and asked.isdecimal() and len(asked) < len(str(MOST_ROWS * 10)) else usual
    return min(max(number, 1), MOST_ROWS)
