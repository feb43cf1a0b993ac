"""Generated pages for the links of a catalogue: what `check-links --keep` would have seen and kept."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from extractor.catalogue.kept.file import pages_of, writing
from extractor.catalogue.kept.versions import Said, keep
from extractor.linkcheck import asked

if TYPE_CHECKING:
    from pathlib import Path

CHANGED = 4  # one page in so many has changed
DAYS = ("2026-03-01", "2026-05-01")
OF_LINKS = """
SELECT id, url
FROM urls
WHERE id IN (SELECT url_id FROM saved_links) AND id IN (SELECT url_id FROM checks)
ORDER BY (id * 2654435761) % 1000003
LIMIT ?
"""
SEEN = """
INSERT OR REPLACE INTO pages (url_id, seen, asked, seen_at, title, leads_to, changed)
VALUES (:id, :seen, :url, :at, :title, :url, :changed)
"""


def with_pages(catalogue: Path, most: int) -> None:
    """Keep pages for at most `most` checked addresses; some have a second version with a different text."""
    with closing(sqlite3.connect(catalogue)) as connection, writing(pages_of(catalogue)) as kept:
        kept.execute("BEGIN")
        for place, (url_id, url) in enumerate(connection.execute(OF_LINKS, [most]).fetchall()):
            is_changed = place % CHANGED == 0
            connection.execute("UPDATE checks SET asked = ? WHERE url_id = ?", [asked(url), url_id])
            for version, (seen, day) in enumerate(zip(("first", "last"), DAYS, strict=True)):
                told = _told(f"{url} {version if is_changed else 0}")
                at = f"{day}T00:00:00.000Z"
                row = {"id": url_id, "url": url, "seen": seen, "at": at, "title": told[0]}
                connection.execute(SEEN, {**row, "changed": is_changed and version})
                if is_changed or not version:
                    keep(kept, Said(asked(url), at, told[0], "\n\n".join(told)))
        kept.execute("COMMIT")
        connection.commit()


def _told(about: str) -> list[str]:
    """A title and paragraphs, always the same for the same argument."""
    chance = random.Random(about)  # noqa: S311 -- not for secrets

    def words(number: int) -> str:
        syllables = ("ka", "lo", "mi", "ra", "ten", "su", "vor", "pel", "dig", "na", "ber", "os")
        return " ".join("".join(chance.choices(syllables, k=3)) for _ in range(number)).capitalize()

    return [words(3), *(f"{words(30)}." for _ in range(6))]
