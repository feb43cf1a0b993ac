"""The views of catalogue.db. They hold nothing: each version makes them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

# `link_health` weighs checks as extractor.linkcheck.health does: what was skipped, put off, or came of a run without a
# network says nothing; a soft failure is dead only when it came 3 times over 7 days with nothing firm between.
VIEWS = {
    "images": """
        SELECT links.id, links.text AS image, links.url, notes.title AS note, links.note_id, links.section,
               links.target, urls.host, urls.expires_at, links.first_seen_at, links.removed_at
        FROM links JOIN notes ON notes.id = links.note_id LEFT JOIN urls ON urls.id = links.url_id
        WHERE links.kind = 'image'
    """,
    "link_health": """
        WITH told AS (
          SELECT id, url_id, checked_at, verdict, status, final_url,
                 CASE WHEN verdict IN ('server_error', 'timeout', 'dns_error', 'connection_error', 'tls_error')
                      THEN 'soft' WHEN verdict IN ('dead', 'gone') THEN 'dead' ELSE verdict END AS kind
          FROM checks WHERE counts AND verdict NOT IN ('skipped', 'rate_limited')
        ), newest AS (
          SELECT *, row_number() OVER (PARTITION BY url_id ORDER BY checked_at DESC, id DESC) AS age FROM told
        ), firm AS (
          SELECT url_id, kind, min(age) AS age FROM newest WHERE kind <> 'soft' GROUP BY url_id
        ), soft AS (
          SELECT newest.url_id, count(*) AS times, min(checked_at) AS first, max(checked_at) AS last
          FROM newest LEFT JOIN firm USING (url_id) WHERE firm.age IS NULL OR newest.age < firm.age
          GROUP BY newest.url_id
        ), other AS (
          SELECT newest.url_id, min(newest.age) AS age
          FROM newest JOIN newest AS latest ON latest.url_id = newest.url_id AND latest.age = 1
          WHERE CASE WHEN latest.kind IN ('soft', 'dead', 'suspect') THEN newest.kind NOT IN ('soft', 'dead', 'suspect')
                     ELSE newest.kind <> latest.kind END
          GROUP BY newest.url_id
        ), since AS (
          SELECT newest.url_id, min(checked_at) AS at FROM newest LEFT JOIN other USING (url_id)
          WHERE other.age IS NULL OR newest.age < other.age GROUP BY newest.url_id
        )
        SELECT urls.id AS url_id, urls.url, urls.host, urls.site,
               CASE
                 WHEN urls.expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') THEN 'expired'
                 WHEN newest.kind IS NULL THEN 'unknown'
                 WHEN newest.kind = 'ok' THEN 'alive'
                 WHEN newest.kind = 'suspect' THEN 'failing'
                 WHEN newest.kind <> 'soft' THEN newest.kind
                 WHEN firm.kind = 'dead' THEN 'dead'
                 WHEN soft.times >= 3 AND julianday(soft.last) - julianday(soft.first) >= 7 THEN 'dead'
                 ELSE 'failing'
               END AS health,
               newest.verdict, newest.status, newest.checked_at, since.at AS since,
               CASE WHEN newest.kind IN ('soft', 'dead', 'suspect') THEN since.at END AS failing_since,
               coalesce(soft.times, 0) AS failures, newest.final_url
        FROM urls LEFT JOIN newest ON newest.url_id = urls.id AND newest.age = 1
                  LEFT JOIN firm ON firm.url_id = urls.id
                  LEFT JOIN soft ON soft.url_id = urls.id
                  LEFT JOIN since ON since.url_id = urls.id
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
               snapshots.snapshot_url AS archived, snapshots.snapshot_at AS archived_at,
               notes.notebook, links.kind, links.url_id
        FROM links JOIN link_health ON link_health.url_id = links.url_id
                   JOIN notes ON notes.id = links.note_id
                   LEFT JOIN revisions ON revisions.id = links.first_revision_id
                   LEFT JOIN snapshots ON snapshots.url_id = links.url_id
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
