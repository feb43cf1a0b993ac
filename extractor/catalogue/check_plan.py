"""Which addresses to check: those that were chosen, and of them those that are due."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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

    from sqlite_utils import Database

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
    """Which addresses to check: all that notes hold now, or those of chosen notes, of sections, of hosts.

    `sections` are paths of headings, what is below them included; `only` and `exclude` are patterns; ages are in ms.
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
    """The addresses that are due, most urgent first, and how many are not, and why; from which notes (ids).

    `chosen` are the ids of all that were chosen, due or not; `skipped` says by id why an address was skipped, where its
    latest check says no more than that.
    """

    targets: tuple[Target, ...]
    fresh: int = 0
    ignored: int = 0
    known_alive: tuple[str, ...] = field(default=())
    notes: frozenset[str] = frozenset()
    chosen: frozenset[int] = frozenset()
    skipped: Mapping[int, str | None] = field(default_factory=dict)


def plan(db: Database, selection: Selection, now: int) -> Plan:
    """Choose what to check; raises NotFound where a name that was given means nothing."""
    chosen = choose(db, selection.notes)
    where, parameters = _where(db, selection, chosen)
    rows = db.execute(
        "SELECT DISTINCT urls.id, urls.url, urls.expires_at, latest.verdict, latest.checked_at, latest.etag, "
        "latest.last_modified, latest.final_url FROM links JOIN notes ON notes.id = links.note_id "
        f"JOIN urls ON urls.id = links.url_id LEFT JOIN ({LATEST}) AS latest ON latest.url_id = urls.id "
        f"WHERE links.removed_at IS NULL AND links.target = 'web' AND {where} "
        "ORDER BY urls.first_seen_at DESC, urls.id",
        parameters,
    ).fetchall()
    patterns = [pattern for pattern, _, _ in ignored(db)]
    wanted = [row for row in rows if _is_wanted(row[1], selection)]
    known = [row for row in wanted if not any(matches(pattern, row[1]) for pattern in patterns)]
    alive: dict[str, None] = {}
    due: dict[str, tuple[bool, int, int]] = {}
    waiting = left_out(db)
    for _, url, _, verdict, checked_at, *_ in known:
        last, at = Verdict(verdict) if verdict else None, milliseconds(checked_at) if checked_at else None
        if last in {Verdict.OK, Verdict.MOVED}:
            alive[url] = None
        urgent = url not in waiting, *urgency(last, at)
        if selection.recheck or url in waiting or is_due(last, at, now, selection.alive_age, selection.failing_age):
            due[url] = min(due.get(url, urgent), urgent)
    fragments = _fragments(db)
    # Addresses that differ in their fragments alone have one `url` and one answer: where one is due, all get it.
    targets = [
        Target(url_id, url, milliseconds(expires_at) or None, etag, last_modified, final_url, fragments.get(url, ()))
        for url_id, url, expires_at, _, _, etag, last_modified, final_url in known
        if url in due
    ]
    targets.sort(key=lambda target: due[target.url])
    return Plan(
        targets=tuple(targets[: selection.limit]),
        fresh=len(known) - len(targets),
        ignored=len(wanted) - len(known),
        known_alive=tuple(alive)[:20],
        notes=chosen.notes,
        chosen=frozenset(row[0] for row in known),
        skipped=dict(db.execute(SKIPPED).fetchall()),
    )


def _fragments(db: Database) -> Mapping[str, tuple[str, ...]]:
    """The places in their pages that links lead to now, by the addresses to fetch."""
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
    """Whether the patterns that were given let an address pass."""
    if selection.only and not any(matches(pattern, url) for pattern in selection.only):
        return False
    return not any(matches(pattern, url) for pattern in selection.exclude)


def _where(db: Database, selection: Selection, chosen: Chosen) -> tuple[str, list[str]]:
    """The conditions for what was chosen by name."""
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
    """The paths of headings that are called so, in whichever notes; raises NotFound for a name that none has."""
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
                did_you_mean(one, paths) or "`section` in the table `links` lists them.",
            )
        found += [paths[place] for place in meant]
    return found


def _host(db: Database, wanted: str) -> str:
    """A host or site as `urls` has it, in IDNA; raises NotFound where there is no address of it."""
    address = read_address(f"https://{wanted.strip()}/")
    host = address.host if address else wanted.strip().lower()
    if db.execute("SELECT 1 FROM urls WHERE ? IN (host, site) LIMIT 1", [host]).fetchone() is None:
        known = [row[0] for row in db.execute("SELECT host FROM urls UNION SELECT site FROM urls").fetchall()]
        raise NotFound(
            f"No address of {wanted!r} in the catalogue.",
            did_you_mean(wanted, known) or "`host` in the table `urls` lists them.",
        )
    return host
