"""Conditions that views and statements share."""

from __future__ import annotations

NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

# The links and images to the web that are in notes now, worded so that SQLite can use their indexes (schema.py).
# The notes that are not present are looked up, as there are few of them.
CURRENT = (
    "links.removed_at IS NULL AND links.target = 'web' AND +links.url_id NOT NULL "
    "AND links.note_id NOT IN (SELECT id FROM notes WHERE is_present = 0)"
)
# The expired addresses are looked up once, and not for each link.
EXPIRED = f"links.url_id IN (SELECT id FROM urls WHERE expires_at <= {NOW})"
