"""Which addresses to check: the chosen ones that are due."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from extractor.catalogue.check_runs import left_out
from extractor.catalogue.choice import Choice, Chosen, choose
from extractor.catalogue.ignored import ignored, matches
from extractor.errors import NotFound
from extractor.linkcheck import Target, Verdict, is_due, urgency
from extractor.names import SEPARATOR, alike, did_you_mean, plain_path
from extractor.times import milliseconds
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.catalogue.database import Database

LATEST = (
    "SELECT url_id, verdict, checked_at, etag, last_modified, final_url FROM (SELECT *, "
    "row_number() OVER (PARTITION BY url_id ORDER BY checked_at DESC, id DESC) AS age FROM checks "
    "WHERE counts AND verdict <> 'skipped') WHERE age = 1"
)
# a bare column beside max() is that of the row with the maximum (SQLite, "Bare columns in an aggregate query")
SKIPPED = (
    "SELECT url_id, evidence FROM (SELECT url_id, verdict, evidence, max(checked_at) FROM checks GROUP BY url_id) "
    "WHERE verdict = 'skipped'"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which addresses to check: all in notes now, or those of chosen notes, sections or hosts.

    `sections` are paths of headings, including subsections; `only` and `exclude` are patterns; ages are in ms.
    """

    notes: Choice = field(default_factory=Choice)
    sections: Sequence[str] = ()
    hosts: Sequence[str] = ()
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    limit: int | None = None
    recheck: bool = False
    alive_age: int = 7 * 86_400_000
    failing_age: int = 86_400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The due addresses, most urgent first; how many others are not due and why; and the ids of the notes.

    `chosen` are the ids of all chosen addresses, due or not; `skipped` gives the reason by id, if the latest check of
    an address only says that it was skipped.
    """

    targets: tuple[Target, ...]
    fresh: int = 0
    ignored: int = 0
    known_alive: tuple[str, ...] = field(default=())
    notes: frozenset[str] = frozenset()
    chosen: frozenset[int] = frozenset()
    skipped: Mapping[int, str | None] = field(default_factory=dict)


class _Known(NamedTuple):
    """An address of the catalogue and its latest check."""

    url_id: int
    url: str
    expires_at: str | None
    verdict: str | None
    checked_at: str | None
    etag: str | None
    last_modified: str | None
    final_url: str | None

    @property
    def last(self) -> Verdict | None:
        return Verdict(self.verdict) if self.verdict else None


def plan(db: Database, selection: Selection, now: int) -> Plan:
    """Choose what to check; raises NotFound if a given name matches nothing."""
    chosen = choose(db, selection.notes)
    wanted = [one for one in _links(db, selection, chosen) if _is_wanted(one.url, selection)]
    patterns = [pattern for pattern, _, _ in ignored(db)]
    known = [one for one in wanted if not any(matches(pattern, one.url) for pattern in patterns)]
    due = _due(known, selection, left_out(db), now)
    fragments = _fragments(db)
    # Addresses that differ only in their fragments share one `url` and one answer: if one is due, all get it.
    targets = sorted(
        (_target(one, fragments.get(one.url, ())) for one in known if one.url in due),
        key=lambda target: due[target.url],
    )
    alive = dict.fromkeys(one.url for one in known if one.last in {Verdict.OK, Verdict.MOVED})
    return Plan(
        targets=tuple(targets[: selection.limit]),
        fresh=len(known) - len(targets),
        ignored=len(wanted) - len(known),
        known_alive=tuple(alive)[:20],
        notes=chosen.notes,
        chosen=frozenset(one.url_id for one in known),
        skipped=dict(db.execute(SKIPPED).fetchall()),
    )


def _links(db: Database, selection: Selection, chosen: Chosen) -> list[_Known]:
    """The addresses chosen by name, most recently saved first."""
    where, parameters = _where(db, selection, chosen)
    rows = db.execute(
        "SELECT DISTINCT urls.id, urls.url, urls.expires_at, latest.verdict, latest.checked_at, latest.etag, "
        "latest.last_modified, latest.final_url FROM links JOIN notes ON notes.id = links.note_id "
        f"JOIN urls ON urls.id = links.url_id LEFT JOIN ({LATEST}) AS latest ON latest.url_id = urls.id "
        f"WHERE links.removed_at IS NULL AND links.target = 'web' AND {where} "
        "ORDER BY urls.first_seen_at DESC, urls.id",
        parameters,
    ).fetchall()
    return [_Known(*row) for row in rows]


def _due(
    known: Sequence[_Known], selection: Selection, waiting: Mapping[str, str], now: int
) -> dict[str, tuple[bool, int, int]]:
    """The urgency of the due addresses, by address; `waiting` are those that an earlier run left out."""
    due: dict[str, tuple[bool, int, int]] = {}
    for one in known:
        at = milliseconds(one.checked_at) if one.checked_at else None
        urgent = one.url not in waiting, *urgency(one.last, at)
        if (
            selection.recheck
            or one.url in waiting
            or is_due(one.last, at, now, selection.alive_age, selection.failing_age)
        ):
            due[one.url] = min(due.get(one.url, urgent), urgent)
    return due


def _target(one: _Known, fragments: tuple[str, ...]) -> Target:
    expires_at = milliseconds(one.expires_at) or None
    return Target(one.url_id, one.url, expires_at, one.etag, one.last_modified, one.final_url, fragments)


def _fragments(db: Database) -> Mapping[str, tuple[str, ...]]:
    """The fragments that links lead to now, by the address to fetch."""
    found: dict[str, dict[str, None]] = {}
    for address, url in db.execute(
        "SELECT urls.url, links.url FROM links JOIN urls ON urls.id = links.url_id "
        "WHERE links.removed_at IS NULL AND instr(links.url, '#')"
    ).fetchall():
        fragment = url.partition("#")[2].strip()
        if fragment and " " not in fragment:
            found.setdefault(address, {})[fragment] = None
    return {address: tuple(fragments) for address, fragments in found.items()}


def _is_wanted(url: str, selection: Selection) -> bool:
    """Whether an address passes the given patterns."""
    if selection.only and not any(matches(pattern, url) for pattern in selection.only):
        return False
    return not any(matches(pattern, url) for pattern in selection.exclude)


def _where(db: Database, selection: Selection, chosen: Chosen) -> tuple[str, list[str]]:
    """The SQL conditions for what was chosen by name."""
    conditions = ["notes.id IN (SELECT value FROM json_each(?))"]
    parameters = [chosen.note_list]
    if selection.sections:
        conditions.append(
            "EXISTS (SELECT 1 FROM json_each(?) WHERE links.section = value "
            f"OR substr(links.section, 1, length(value) + {len(SEPARATOR)}) = value || '{SEPARATOR}')"
        )
        parameters.append(json.dumps(_sections(db, selection.sections)))
    if selection.hosts:
        hosts = json.dumps([_host(db, host) for host in selection.hosts])
        conditions.append(
            "(urls.host IN (SELECT value FROM json_each(?)) OR urls.site IN (SELECT value FROM json_each(?)))"
        )
        parameters += [hosts, hosts]
    return " AND ".join(conditions), parameters


def _sections(db: Database, wanted: Sequence[str]) -> list[str]:
    """The paths of headings with this name, in all notes; raises NotFound if there is none."""
    rows = db.execute("SELECT DISTINCT section FROM links WHERE section NOT NULL").fetchall()
    parts = [section.split(SEPARATOR) for (section,) in rows]
    paths = sorted({SEPARATOR.join(path[:depth]) for path in parts for depth in range(1, len(path) + 1)})
    names = [plain_path(path) for path in paths]
    found: list[str] = []
    for one in wanted:
        meant = alike(plain_path(one), names)
        if not meant:
            raise NotFound(
                f"No section {one!r} in the catalogue.",
                did_you_mean(one, paths) or "The column `section` of `links` lists them all.",
            )
        found += [paths[place] for place in meant]
    return found


def _host(db: Database, wanted: str) -> str:
    """A host or site as in `urls`, in IDNA; raises NotFound if it has no address."""
    address = read_address(f"https://{wanted.strip()}/")
    host = address.host if address else wanted.strip().lower()
    if db.execute("SELECT 1 FROM urls WHERE ? IN (host, site) LIMIT 1", [host]).fetchone() is None:
        known = [row[0] for row in db.execute("SELECT host FROM urls UNION SELECT site FROM urls").fetchall()]
        raise NotFound(
            f"No address of {wanted!r} in the catalogue.",
            did_you_mean(wanted, known) or "The column `host` of `urls` lists them all.",
        )
    return host
