"""A digest as text, Markdown, HTML or JSON, for the terminal, for mail and for other programs."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

from markupsafe import Markup

from extractor.catalogue.queries.digest import MOST
from extractor.dates import at_or_by
from extractor.names import SEPARATOR
from extractor.redaction import without_tokens, without_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from extractor.catalogue.queries.digest import DayThen, Digest
    from extractor.catalogue.queries.fates import Fate
    from extractor.catalogue.queries.links import ListedLink
    from extractor.catalogue.queries.writing import WrittenNote

T = TypeVar("T")

SHOW_KEPT = "joplin-catalogue pages show"
YEARS = {1: "One year ago", 2: "Two years ago", 5: "Five years ago"}
SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")  # what Markdown would interpret
PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
    '<body style="font-family: sans-serif; max-width: 46em; line-height: 1.4">\n<h1>{title}</h1>\n'
    "{sections}</body>\n</html>"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a digest: its text, its web address ('' for none), and further details."""

    words: str
    url: str
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a digest; `more` counts unlisted items, `remark` adds what the list does not show."""

    title: str
    items: tuple[Item, ...]
    more: int = 0
    remark: str = ""


def title_of(digest: Digest) -> str:
    """The title of a digest."""
    return f"Your notes from {day_of(digest.since)} to {day_of(digest.until)}"


def sections(digest: Digest) -> list[Section]:
    """The sections of a digest, without empty ones."""
    fates = digest.fates
    found = [
        Section(
            _count(digest.all_saved, "link saved", "links saved"),
            tuple(map(_saved, digest.saved)),
            digest.all_saved - len(digest.saved),
            f"{digest.maybe_older:,} more turned up, but may have been there before." if digest.maybe_older else "",
        ),
        _cut("note written", "notes written, most changed first", digest.written, _written),
        _cut("link died", "links died", fates.died, _died),
        _cut("link moved", "links moved", fates.moved, _moved),
        _cut("link came back", "links came back", fates.came_back, _came_back),
        _cut("address expires within a week", "addresses expire within a week", digest.expiring, _expiring),
        *map(_then, digest.days),
    ]
    return [section for section in found if section.items or section.remark]


def as_text(digest: Digest) -> str:
    """Plain text, for mail."""
    parts = [f"{title_of(digest)}\n"]
    for section in sections(digest):
        lines = [section.title.upper()]
        for item in section.items:
            lines.append(f"- {item.words}")
            lines += [f"  {line}" for line in (item.url, ", ".join(item.about)) if line]
        parts.append("\n".join([*lines, *_after(section)]) + "\n")
    return "\n".join(parts)


def as_markdown(digest: Digest) -> str:
    """Markdown, in which other people's text is escaped."""

    def escaped(text: str) -> str:
        return SPECIAL.sub(r"\\\1", text)

    parts = [f"# {title_of(digest)}\n"]
    for section in sections(digest):
        lines = [f"## {section.title}\n"]
        for item in section.items:
            words = f"[{escaped(item.words)}](<{_without_angles(item.url)}>)" if item.url else escaped(item.words)
            lines.append(f"- {words}: {escaped(', '.join(item.about))}" if item.about else f"- {words}")
        parts.append("\n".join(lines) + "".join(f"\n\n{line}" for line in _after(section)) + "\n")
    return "\n".join(parts)


def as_html(digest: Digest) -> str:
    """A self-contained page for mail: no style sheet, no pictures, nothing that loads."""
    parts = []
    for section in sections(digest):
        items = [
            Markup("<li>{}{}</li>\n").format(
                Markup('<a href="{}">{}</a>').format(item.url, item.words) if item.url else item.words,
                Markup("<br><small>{}</small>").format(", ".join(item.about)) if item.about else "",
            )
            for item in section.items
        ]
        after = [Markup("<p>{}</p>\n").format(line) for line in _after(section)]
        parts.append(
            Markup("<h2>{}</h2>\n<ul>\n{}</ul>\n{}").format(section.title, Markup().join(items), Markup().join(after))
        )
    return str(PAGE.format(title=title_of(digest), sections=Markup().join(parts)))


def as_json(digest: Digest) -> str:
    """Everything, with the column names of the tables."""
    return json.dumps(_without_secrets(asdict(digest)), ensure_ascii=False, indent=1)


FORMATS: Mapping[str, Callable[[Digest], str]] = {
    "text": as_text,
    "html": as_html,
    "md": as_markdown,
    "json": as_json,
}


def day_of(moment: str | None) -> str:
    """`1 Nov 2024`; '' for None."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%b} {at.year}"


def _after(section: Section) -> Iterable[str]:
    more = f"... and {section.more:,} more" if section.more else ""
    return filter(None, (more, section.remark))


def _cut(one: str, many: str, items: Sequence[T], item: Callable[[T], Item]) -> Section:
    return Section(_count(len(items), one, many), tuple(map(item, items[:MOST])), max(len(items) - MOST, 0))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _link(link: ListedLink, *about: str) -> Item:
    words = f"{link.text}: {link.about}" if link.about else link.text or link.url
    place = SEPARATOR.join(part for part in (link.note, link.section) if part)
    is_web = link.url.lower().startswith(("http://", "https://"))
    return Item(
        _one_line(words), _hidden(link.url) if is_web else "", tuple(filter(None, map(_one_line, (place, *about))))
    )


def _saved(link: ListedLink) -> Item:
    return _link(link, at_or_by(day_of(link.first_seen_at), link.is_dated))


def _died(fate: Fate) -> Item:
    verdict = fate.verdict.replace("_", " ")
    when = "found by its first check" if fate.is_first else f"since {day_of(fate.since)}"
    kept = f"page kept on {day_of(fate.kept_at)}: {SHOW_KEPT} {quote(fate.link.url)}" if fate.kept_at else ""
    return _link(fate.link, f"{verdict}, {when}", kept)


def _moved(fate: Fate) -> Item:
    return _link(fate.link, f"now at {fate.final_url}" if fate.final_url else "")


def _came_back(fate: Fate) -> Item:
    return _link(fate.link, f"answers since {day_of(fate.since)}")


def _expiring(link: ListedLink) -> Item:
    return _link(link, f"on {day_of(link.expires_at)}")


def _written(note: WrittenNote) -> Item:
    links = [
        f"{sign}{number:,} {'link' if number == 1 else 'links'}"
        for sign, number in (("+", note.links_added), ("−", note.links_removed))
        if number
    ]
    about = [
        "new" if note.is_new else "",
        f"{note.changes:,} changes" if note.changes > 1 else "",
        _characters(note.added, note.removed),
        *links,
    ]
    return Item(_one_line(note.name), "", tuple(filter(None, about)))


def _then(day: DayThen) -> Section:
    items = [
        *(_link(link, "saved") for link in day.saved),
        *(Item(_one_line(note.name), "", (_characters(note.added, note.removed),)) for note in day.written),
    ]
    return Section(f"{YEARS[day.years]}, on {day_of(day.day)}", tuple(items[:MOST]), max(len(items) - MOST, 0))


def _characters(added: int, removed: int) -> str:
    signs = [f"{sign}{number:,}" for sign, number in (("+", added), ("−", removed)) if number]
    return f"{' '.join(signs)} characters" if signs else ""


def _one_line(text: str) -> str:
    return " ".join(_hidden(text).split())


def _hidden(text: str) -> str:
    """Text without user names, passwords and tokens in addresses: mail can be read in transit."""
    return without_tokens(without_userinfo(text))


def _without_secrets(given: Any) -> Any:  # noqa: ANN401 -- whatever JSON has
    if isinstance(given, dict):
        return {key: _without_secrets(value) for key, value in given.items()}
    if isinstance(given, list | tuple):
        return [_without_secrets(value) for value in given]
    return _hidden(given) if isinstance(given, str) else given


def _without_angles(url: str) -> str:
    """An address that is safe between angle brackets."""
    return re.sub(r"[<>\s\\]", lambda found: f"%{ord(found[0]):02X}", url)
