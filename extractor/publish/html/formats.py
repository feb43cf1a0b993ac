"""Formats of dates, numbers, sizes and addresses for people."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from extractor.dates import at_or_by

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
LABEL_DATE = re.compile(r"\((\d{4})-(0[1-9]|1[0-2])-(\d{2})\)$")
SHORT_ADDRESS = 46
HEAD = 14
KIBI = 1024


def short_date(moment: str) -> Markup:
    """`2024-11-01`, with the full time on hover; for columns, where dates are aligned."""
    return _time(moment, moment[:10])


def human_date(moment: str | None, *, with_time: bool = False) -> Markup:
    """`1 Nov 2024` or `1 Nov 2024, 17:34`, with the full time on hover; nothing for None."""
    if not moment:
        return Markup()
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return escape(moment)
    return _time(moment, f"{_day(at)}, {at:%H:%M}" if with_time else _day(at))


def day_of(moment: str | None) -> str:
    """`1 Nov 2024`; a text that is not a time is unchanged, and None gives ''."""
    if not moment:
        return ""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return _day(at)


def _day(at: datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def known_date(moment: str | None, is_dated: object) -> Markup:
    """`1 Oct 2026`, or `by 1 Oct 2026` if only that is known."""
    return escape(at_or_by(human_date(moment), is_dated))


def came(absent_at: str | None, first_seen_at: str | None, is_dated: object) -> Markup:
    """When something came: a day, or the day by which it was there and what is known about the time before."""
    by = known_date(first_seen_at, is_dated)
    if is_dated or not by:
        return by
    return by + (_between(absent_at, first_seen_at) or ", start date unknown")


def until(removed_at: str | None, is_dated: object, last_seen_at: str | None = None) -> Markup:
    """When something went: `until 3 Oct 2026`, or `gone by 3 Oct 2026`, with both bounds if the other one is given."""
    day = known_date(removed_at, is_dated)
    if is_dated or not day:
        return "until " + day if day else day
    return "gone " + day + _between(last_seen_at, removed_at)


def _between(earliest: str | None, latest: str | None) -> Markup:
    if not earliest or not latest:
        return Markup()
    return Markup(" (between {} and {})").format(human_date(earliest), human_date(latest))


def _time(moment: str, shown: str) -> Markup:
    full = moment.replace("T", " ").removesuffix("Z")
    # Formatted as plain text: Markup.format takes ten times as long, and a page may have a thousand dates.
    time = f'<time datetime="{escape(moment)}" title="{escape(full)} UTC">{escape(shown)}</time>'
    return Markup(time)  # noqa: S704 -- all arguments are escaped


def is_past(moment: str) -> bool:
    """Whether a time, in the format of the catalogue, is in the past."""
    return moment < f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"


def human_month(month: str) -> str:
    """`2024-11` as `Nov 2024`; any other text, which an address may contain, is unchanged."""
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}" if MONTH.fullmatch(month) else month


def count(number: int, one: str, many: str = "") -> str:
    """`1 link`, `2,000 links`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def file_size(size: int) -> str:
    """Bytes as `1.2 MB`."""
    scaled, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if scaled < KIBI or unit == "GB":
            break
        scaled /= KIBI
    return f"{scaled:.0f} {unit}" if unit == "B" or scaled >= 10 else f"{scaled:.1f} {unit}"  # noqa: PLR2004 -- one decimal below ten


def is_web(url: str) -> bool:
    """Whether an address may be a link on a page: http and https, and nothing else."""
    return url.lower().startswith(("http://", "https://"))


def web_address(url: str) -> str:
    """The address for a link on a page, with https for `//host`; '' if it is not a web address."""
    if is_web(url):
        return url
    return f"https:{url}" if url.startswith("//") else ""


def link_name(text: str, url: str) -> str:
    """The text of a link; its shortened address if the text is empty or just an address."""
    return short_address(url) if not text or (is_web(text) and " " not in text) else text


def readable_host(host: str | None) -> str:
    """A host as people write it: without `www.`, and with punycode (`xn--...`) decoded."""
    bare = (host or "").removeprefix("www.")
    try:
        return bare.encode("ascii").decode("idna") if "xn--" in bare else bare
    except UnicodeError:
        return bare


def with_readable_date(label: str) -> str:
    """The label of a revision with its date in the format of the pages: `Reading list #3 (1 Nov 2024)`."""
    return LABEL_DATE.sub(lambda day: f"({int(day[3])} {MONTHS[int(day[2]) - 1]} {day[1]})", label)


def short_address(url: str, most: int = SHORT_ADDRESS) -> str:
    """Host and a shortened path: `github.com/django/…/tests/README.rst`."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        host = ""
    if not host:
        return url if len(url) <= most else url[: most - 1] + "…"
    host = readable_host(host)
    tail = unquote(parts.path.rstrip("/")) + ("?…" if parts.query else "")
    room = max(most - len(host), HEAD + 8)
    if len(tail) > room:
        tail = tail[:HEAD] + "…" + tail[-(room - HEAD - 1) :]
    return host + tail
