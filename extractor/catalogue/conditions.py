"""Conditions that views and statements have in common."""

from __future__ import annotations

NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

# The links and images that stand in notes now and lead to the web, in the words of the indexes of those (schema.py).
# Of notes, those that are not there are looked up: they are few.
CURRENT = (
    "links.removed_at IS NULL AND links.target = 'web' AND +links.url_id NOT NULL "
    "AND links.note_id NOT IN (SELECT id FROM notes WHERE is_present = 0)"
)
# The addresses are looked up once, and not for each link.
EXPIRED = f"links.url_id IN (SELECT id FROM urls WHERE expires_at <= {NOW})"
