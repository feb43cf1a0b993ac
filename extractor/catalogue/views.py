"""The views of catalogue.db. They store nothing, so each version creates them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.conditions import CURRENT, EXPIRED, NOW
from extractor.linkcheck import FAILURES

if TYPE_CHECKING:
    from extractor.catalogue.database import Database

FAILING = f"({', '.join(repr(str(verdict)) for verdict in sorted(FAILURES))})"


def _of_note(column: str) -> str:
    """A column of a link's note, looked up only for rows that are shown, so that counting them costs nothing extra."""
    return f"(SELECT {column} FROM notes WHERE notes.id = note_id)"


def _of_url(column: str) -> str:
    return f"(SELECT urls.{column} FROM urls WHERE urls.id = links.url_id)"


def _of_link(column: str) -> str:
    return f"(SELECT {column} FROM links WHERE links.id = link_id)"


VIEWS = {
    "images": f"""
        SELECT links.id, links.text AS image, links.url, {_of_note("name")} AS note, links.note_id, links.section,
               links.target, urls.host, urls.expires_at, links.first_seen_at, links.is_dated, links.removed_at,
               links.removal_is_dated, {_of_note("is_present")} AS is_present
        FROM links LEFT JOIN urls ON urls.id = links.url_id
        WHERE links.kind = 'image'
    """,
    "link_health": f"""
        SELECT urls.id AS url_id, urls.url, urls.host, urls.site,
               CASE WHEN urls.expires_at <= {NOW} THEN 'expired' ELSE coalesce(address_health.health, 'unknown') END
                 AS health,
               address_health.verdict, address_health.status, address_health.checked_at, address_health.since,
               CASE WHEN address_health.verdict IN {FAILING} THEN address_health.since END AS failing_since,
               coalesce(address_health.failures, 0) AS failures, address_health.final_url, address_health.doubt
        FROM urls LEFT JOIN address_health ON address_health.url_id = urls.id
    """,
    "saved_links": f"""
        SELECT links.id, links.text AS link, links.url, {_of_note("name")} AS note, links.note_id, links.section,
               CASE WHEN {EXPIRED} THEN 'expired' ELSE coalesce(
                 (SELECT health FROM address_health WHERE address_health.url_id = links.url_id), 'unknown'
               ) END AS health,
               {_of_url("site")} AS site, {_of_url("host")} AS host, links.kind, links.first_seen_at,
               links.is_dated, links.first_seen_month,
               {_of_note("notebook")} AS notebook, {_of_note("state")} AS note_state, links.line, links.url_id
        FROM links WHERE {CURRENT} AND +links.kind = 'link'
    """,
    "dead_links": f"""
        SELECT links.id, links.text AS link, links.url, {_of_note("name")} AS note, links.note_id, links.section,
               links.line,
               CASE WHEN links.is_dated THEN (SELECT label FROM revisions WHERE revisions.id = first_revision_id) END
                 AS brought_in_by,
               links.first_revision_id, links.first_seen_at, links.is_dated,
               address_health.verdict, address_health.status, address_health.since AS dead_since,
               address_health.checked_at,
               snapshots.snapshot_url AS archived, snapshots.snapshot_at AS archived_at,
               {_of_note("notebook")} AS notebook, links.kind, links.url_id
        FROM address_health CROSS JOIN links ON links.url_id = address_health.url_id
                       LEFT JOIN snapshots ON snapshots.url_id = address_health.url_id
        WHERE address_health.health = 'dead' AND {CURRENT} AND NOT {EXPIRED}
    """,
    # A lost revision has no time: it was there by the time of the first one that was made from it.
    "link_history": f"""
        SELECT coalesce(revisions.captured_at, (
                 SELECT min(later.captured_at) FROM revisions AS later
                 WHERE later.note_id = revisions.note_id AND later.parent_id = revisions.id
               )) AS captured_at,
               link_changes.change, {_of_link("kind")} AS kind,
               {_of_link("text")} AS link, link_changes.url, link_changes.url_before,
               (SELECT notes.name FROM notes JOIN links ON links.note_id = notes.id WHERE links.id = link_id) AS note,
               link_changes.section_then AS section,
               revisions.label AS revision, link_changes.revision_id, link_changes.link_id,
               {_of_link("note_id")} AS note_id, link_changes.is_dated
        FROM link_changes JOIN revisions ON revisions.id = link_changes.revision_id
    """,
    "linkedin_posts": """
        SELECT links.id, links.text AS post, urls.author, urls.published_at, links.first_seen_at, links.is_dated,
               notes.name AS note, links.note_id, links.section, links.url, links.removed_at,
               links.removal_is_dated, notes.is_present
        FROM links JOIN urls ON urls.id = links.url_id JOIN notes ON notes.id = links.note_id
        WHERE urls.site = 'linkedin.com' AND urls.published_at IS NOT NULL
    """,
}


def create_views(db: Database) -> None:
    """Create the views; there must be none yet."""
    for name, sql in VIEWS.items():
        db.execute(f'CREATE VIEW "{name}" AS {sql.strip()}')
