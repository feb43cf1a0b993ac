"""The views of catalogue.db. They hold nothing: each version makes them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

# A soft failure counts as dead only when it came at least 3 times over at least 7 days with nothing better between.
VIEWS = {
    "images": """
        SELECT links.id, links.text AS image, links.url, notes.title AS note, links.note_id, links.section,
               links.target, urls.host, urls.expires_at, links.first_seen_at, links.removed_at
        FROM links JOIN notes ON notes.id = links.note_id LEFT JOIN urls ON urls.id = links.url_id
        WHERE links.kind = 'image'
    """,
    "link_health": """
        WITH ranked AS (
          SELECT url_id, verdict, checked_at, status, final_url, permanent,
                 row_number() OVER (PARTITION BY url_id ORDER BY checked_at DESC, id DESC) AS newest
          FROM checks
        ), good AS (
          SELECT url_id, max(checked_at) AS at FROM checks WHERE verdict IN ('ok', 'moved', 'suspect') GROUP BY url_id
        ), failing AS (
          SELECT checks.url_id, count(*) AS times, min(checked_at) AS since, max(checked_at) AS latest
          FROM checks LEFT JOIN good ON good.url_id = checks.url_id
          WHERE verdict IN ('server_error', 'timeout', 'dns_error', 'connection_error', 'tls_error')
            AND (good.at IS NULL OR checked_at > good.at)
          GROUP BY checks.url_id
        )
        SELECT urls.id AS url_id, urls.url, urls.host, urls.site,
               CASE
                 WHEN ranked.verdict IS NULL THEN 'unknown'
                 WHEN ranked.verdict IN ('ok', 'suspect') THEN 'alive'
                 WHEN ranked.verdict IN ('dead', 'gone') THEN 'dead'
                 WHEN ranked.verdict IN ('moved', 'expired') THEN ranked.verdict
                 WHEN ranked.verdict IN ('blocked', 'rate_limited') THEN 'blocked'
                 WHEN ranked.verdict = 'skipped' THEN 'unknown'
                 WHEN failing.times >= 3 AND julianday(failing.latest) - julianday(failing.since) >= 7 THEN 'dead'
                 ELSE 'failing'
               END AS health,
               ranked.verdict, ranked.status, ranked.checked_at, failing.since AS failing_since, ranked.final_url
        FROM urls LEFT JOIN ranked ON ranked.url_id = urls.id AND ranked.newest = 1
                  LEFT JOIN failing ON failing.url_id = urls.id
    """,
    "saved_links": """
        SELECT links.id, links.text AS link, links.url, notes.title AS note, links.note_id, links.section,
               coalesce(link_health.health, 'unknown') AS health, urls.site, urls.host, links.kind,
               links.first_seen_at, links.first_seen_month, notes.notebook, notes.state AS note_state, links.line,
               links.url_id
        FROM links JOIN notes ON notes.id = links.note_id JOIN urls ON urls.id = links.url_id
                   LEFT JOIN link_health ON link_health.url_id = links.url_id
        WHERE links.removed_at IS NULL AND links.target = 'web' AND links.kind = 'link'
          AND notes.state NOT IN ('trashed', 'gone')
    """,
    "dead_links": """
        SELECT links.id, links.text AS link, links.url, notes.title AS note, links.note_id, links.section, links.line,
               revisions.label AS brought_in_by, links.first_revision_id, links.first_seen_at,
               link_health.verdict, link_health.status, link_health.failing_since AS dead_since, link_health.checked_at,
               notes.notebook, links.kind, links.url_id
        FROM links JOIN link_health ON link_health.url_id = links.url_id
                   JOIN notes ON notes.id = links.note_id
                   LEFT JOIN revisions ON revisions.id = links.first_revision_id
        WHERE link_health.health = 'dead' AND links.removed_at IS NULL AND notes.state NOT IN ('trashed', 'gone')
    """,
    "link_history": """
        SELECT revisions.captured_at, link_changes.change, links.kind, links.text AS link, links.url,
               notes.title AS note, links.section, revisions.label AS revision, link_changes.revision_id,
               link_changes.link_id, links.note_id
        FROM link_changes JOIN links ON links.id = link_changes.link_id
                          JOIN revisions ON revisions.id = link_changes.revision_id
                          JOIN notes ON notes.id = links.note_id
    """,
    "linkedin_posts": """
        SELECT links.id, links.text AS post, urls.author, urls.published_at, links.first_seen_at, notes.title AS note,
               links.note_id, links.section, links.url, links.removed_at
        FROM links JOIN urls ON urls.id = links.url_id JOIN notes ON notes.id = links.note_id
        WHERE urls.site = 'linkedin.com' AND urls.published_at IS NOT NULL
    """,
}


def create_views(db: Database) -> None:
    """Create the views, or make them anew."""
    for name, sql in VIEWS.items():
        db.create_view(name, sql.strip(), replace=True)
