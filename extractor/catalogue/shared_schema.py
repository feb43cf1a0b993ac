"""The tables of a shared file and their rows: the part of catalogue.db that others may see, column by column.

What has no column here cannot be shared: no bodies, diffs or revisions, no sources or paths, no authors, nothing
removed. Whether a date is the day itself (`is_dated`) is included, so that nobody takes a bound for a date; since when
a link may have been there (`absent_at`) is not, as it belongs to the history of its note.
Tables, columns and views have the same names as in catalogue.db, so that queries and metadata.yml fit both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from extractor.catalogue.search import TOKENIZE

if TYPE_CHECKING:
    from extractor.catalogue.database import Database

# "JCSH". It differs from the catalogue's, as a build must never write to a file that was shared.
SHARED_APPLICATION_ID = 0x4A435348

TABLES = """
CREATE TABLE notebooks (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, parent_id TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT NULL
);
CREATE TABLE notes (
  id TEXT PRIMARY KEY, title TEXT, notebook_id TEXT REFERENCES notebooks(id), notebook TEXT,
  created_at TEXT, updated_at TEXT, state TEXT NOT NULL,
  name TEXT AS (iif(title = '', 'Untitled', title)) VIRTUAL, is_present INTEGER AS (state = 'current') VIRTUAL
);
CREATE TABLE tags (id TEXT PRIMARY KEY, title TEXT NOT NULL);
CREATE TABLE note_tags (
  note_id TEXT NOT NULL REFERENCES notes(id), tag_id TEXT NOT NULL REFERENCES tags(id), PRIMARY KEY (note_id, tag_id)
);
CREATE TABLE sections (
  id INTEGER PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes(id), parent_id INTEGER REFERENCES sections(id),
  level INTEGER NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL, line INTEGER, first_seen_at TEXT,
  is_dated INTEGER NOT NULL, folded TEXT
);
CREATE TABLE urls (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL, canonical TEXT NOT NULL UNIQUE, scheme TEXT NOT NULL,
  host TEXT NOT NULL, site TEXT NOT NULL, published_at TEXT, author TEXT, expires_at TEXT,
  first_seen_at TEXT, is_dated INTEGER NOT NULL, last_seen_at TEXT
);
CREATE TABLE links (
  id INTEGER PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes(id), section_id INTEGER REFERENCES sections(id),
  section TEXT, url_id INTEGER REFERENCES urls(id), url TEXT NOT NULL, kind TEXT NOT NULL, syntax TEXT NOT NULL,
  target TEXT NOT NULL, text TEXT NOT NULL, title TEXT NOT NULL, context TEXT NOT NULL, line INTEGER,
  first_seen_at TEXT, is_dated INTEGER NOT NULL, removed_at TEXT CHECK (removed_at IS NULL), folded TEXT,
  removal_is_dated INTEGER AS (0) VIRTUAL,
  first_seen_month TEXT AS (iif(is_dated, substr(first_seen_at, 1, 7), NULL)) VIRTUAL
);
CREATE TABLE link_health (
  url_id INTEGER PRIMARY KEY REFERENCES urls(id), url TEXT NOT NULL, host TEXT NOT NULL, site TEXT NOT NULL,
  health TEXT NOT NULL, verdict TEXT, status INTEGER, checked_at TEXT, failing_since TEXT
);
"""

INDEXES = """
CREATE INDEX idx_notes_notebook_id ON notes(notebook_id);
CREATE INDEX idx_note_tags_tag_id ON note_tags(tag_id);
CREATE INDEX idx_sections_note_id ON sections(note_id);
CREATE INDEX idx_sections_parent_id ON sections(parent_id);
CREATE INDEX idx_sections_path ON sections(path);
CREATE INDEX idx_urls_site ON urls(site);
CREATE INDEX idx_links_note_id ON links(note_id);
CREATE INDEX idx_links_section_id ON links(section_id);
CREATE INDEX idx_links_section ON links(section);
CREATE INDEX idx_links_url_id ON links(url_id);
CREATE INDEX idx_links_first_seen_at ON links(first_seen_at);
"""

VIEWS = """
CREATE VIEW saved_links AS
SELECT links.id, links.text AS link, links.url, notes.name AS note, links.note_id, links.section,
       coalesce(link_health.health, 'unknown') AS health, urls.site, urls.host, links.kind, links.first_seen_at,
       links.is_dated, links.first_seen_month, notes.notebook, notes.state AS note_state, links.line, links.url_id
FROM links JOIN notes ON notes.id = links.note_id JOIN urls ON urls.id = links.url_id
           LEFT JOIN link_health ON link_health.url_id = links.url_id
WHERE links.kind = 'link';
CREATE VIEW images AS
SELECT links.id, links.text AS image, links.url, notes.name AS note, links.note_id, links.section, links.target,
       urls.host, urls.expires_at, links.first_seen_at, links.is_dated, links.removed_at, links.removal_is_dated,
       notes.is_present
FROM links JOIN notes ON notes.id = links.note_id LEFT JOIN urls ON urls.id = links.url_id
WHERE links.kind = 'image';
CREATE VIEW dead_links AS
SELECT links.id, links.text AS link, links.url, notes.name AS note, links.note_id, links.section, links.line,
       links.first_seen_at, links.is_dated, link_health.verdict, link_health.status,
       link_health.failing_since AS dead_since, link_health.checked_at, notes.notebook, links.kind, links.url_id
FROM links JOIN link_health ON link_health.url_id = links.url_id JOIN notes ON notes.id = links.note_id
WHERE link_health.health = 'dead';
CREATE VIEW linkedin_posts AS
SELECT links.id, links.text AS post, urls.author, urls.published_at, links.first_seen_at, links.is_dated,
       notes.name AS note, links.note_id, links.section, links.url, links.removed_at, links.removal_is_dated,
       notes.is_present
FROM links JOIN urls ON urls.id = links.url_id JOIN notes ON notes.id = links.note_id
WHERE urls.site = 'linkedin.com' AND urls.published_at NOT NULL;
"""

# metadata.yml names `note_bodies_fts` for searching notes; in a shared file it contains only their titles.
INDEXED = {
    "note_bodies_fts": ("notes", "title"),
    "sections_fts": ("sections", "title, path, folded"),
    "links_fts": ("links", "text, title, context, url, folded"),
}


class SharedNotebook(NamedTuple):
    """A row of `notebooks`; at the top of the chosen ones, `parent_id` is '' and `path` begins."""

    id: str
    title: str
    parent_id: str
    path: str
    state: str = "current"


class SharedNote(NamedTuple):
    """A row of `notes`; without a notebook if that was not chosen."""

    id: str
    title: str
    notebook_id: str | None
    notebook: str | None
    created_at: str | None
    updated_at: str | None
    state: str = "current"


class SharedTag(NamedTuple):
    """A row of `tags`."""

    id: str
    title: str


class SharedNoteTag(NamedTuple):
    """A row of `note_tags`."""

    note_id: str
    tag_id: str


class SharedSection(NamedTuple):
    """A row of `sections`."""

    id: int
    note_id: str
    parent_id: int | None
    level: int
    title: str
    path: str
    line: int | None
    first_seen_at: str | None
    is_dated: int
    folded: str | None


class SharedLink(NamedTuple):
    """A row of `links`; `url` is the address for programs (`export_tree.address_of`), not as it was written."""

    id: int
    note_id: str
    section_id: int | None
    section: str | None
    url_id: int | None
    url: str
    kind: str
    syntax: str
    target: str
    text: str
    title: str
    context: str
    line: int | None
    first_seen_at: str | None
    is_dated: int
    folded: str | None


class SharedUrl(NamedTuple):
    """A row of `urls`, from the shared links alone."""

    id: int
    url: str
    canonical: str
    scheme: str
    host: str
    site: str
    published_at: str | None
    author: str | None
    expires_at: str | None
    first_seen_at: str | None
    is_dated: int
    last_seen_at: str | None


class SharedHealth(NamedTuple):
    """A row of `link_health`: the result of all checks when the file was made."""

    url_id: int
    url: str
    host: str
    site: str
    health: str
    verdict: str | None
    status: int | None
    checked_at: str | None
    failing_since: str | None


def create_tables(db: Database) -> None:
    """Create the tables in an empty file."""
    db.execute(f"PRAGMA application_id = {SHARED_APPLICATION_ID}")
    db.conn.executescript(TABLES)


def complete(db: Database) -> None:
    """Create the indexes, views and full-text search, after all rows were written."""
    db.conn.executescript(INDEXES + VIEWS)
    for name, (table, columns) in INDEXED.items():
        db.execute(f"CREATE VIRTUAL TABLE {name} USING fts5 ({columns}, tokenize='{TOKENIZE}', content=\"{table}\")")
        db.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
    db.execute("ANALYZE")
