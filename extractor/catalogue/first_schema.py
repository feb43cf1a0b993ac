"""The tables of the first version of catalogue.db. Like every migration, this never changes."""

from __future__ import annotations

TABLES = """
CREATE TABLE notebooks (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, parent_id TEXT NOT NULL, path TEXT NOT NULL,
  created_at TEXT, updated_at TEXT, deleted_at TEXT,
  state TEXT NOT NULL DEFAULT 'current' CHECK (state IN ('current', 'trashed', 'gone'))
);
CREATE TABLE notes (
  id TEXT PRIMARY KEY, title TEXT, notebook_id TEXT REFERENCES notebooks(id), notebook TEXT,
  parent_id TEXT,
  markup TEXT NOT NULL CHECK (markup IN ('markdown', 'html')),
  source_url TEXT, author TEXT, is_todo INTEGER, due_at TEXT, completed_at TEXT, is_conflict INTEGER,
  created_at TEXT, updated_at TEXT, user_created_at TEXT, user_updated_at TEXT, deleted_at TEXT,
  state TEXT NOT NULL CHECK (state IN ('current', 'trashed', 'conflict', 'history only', 'gone', 'encrypted')),
  revisions INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX idx_notes_notebook_id ON notes(notebook_id);
CREATE INDEX idx_notes_notebook ON notes(notebook);
CREATE INDEX idx_notes_state ON notes(state);
CREATE INDEX idx_notes_updated_at ON notes(updated_at);
CREATE TABLE note_bodies (
  note_id TEXT PRIMARY KEY REFERENCES notes(id), title TEXT, body TEXT NOT NULL, folded TEXT
);
CREATE TABLE tags (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, parent_id TEXT NOT NULL, created_at TEXT, updated_at TEXT
);
CREATE TABLE note_tags (
  id TEXT PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes(id), tag_id TEXT NOT NULL REFERENCES tags(id),
  created_at TEXT, updated_at TEXT
);
CREATE INDEX idx_note_tags_note_id ON note_tags(note_id);
CREATE INDEX idx_note_tags_tag_id ON note_tags(tag_id);
CREATE TABLE resources (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, mime TEXT, filename TEXT, file_extension TEXT, size INTEGER,
  created_at TEXT, updated_at TEXT,
  state TEXT NOT NULL DEFAULT 'current' CHECK (state IN ('current', 'gone'))
);
CREATE TABLE revisions (
  id TEXT PRIMARY KEY, note_id TEXT REFERENCES notes(id), parent_id TEXT NOT NULL, number INTEGER,
  label TEXT NOT NULL, captured_at TEXT, recorded_at TEXT, title TEXT,
  state TEXT NOT NULL
    CHECK (state IN ('complete', 'recovered', 'inexact', 'partial', 'encrypted', 'unreadable')),
  chars_added INTEGER, chars_removed INTEGER, links_added INTEGER, links_removed INTEGER,
  text_added TEXT, text_removed TEXT, hunks INTEGER, hunks_failed INTEGER, summary TEXT,
  is_echo INTEGER NOT NULL DEFAULT 0, folded TEXT,
  captured_month TEXT AS (substr(captured_at, 1, 7)) VIRTUAL
);
CREATE INDEX idx_revisions_note_id ON revisions(note_id, number);
CREATE INDEX idx_revisions_captured_at ON revisions(captured_at);
CREATE INDEX idx_revisions_captured_month ON revisions(captured_month);
CREATE INDEX idx_revisions_state ON revisions(state);
CREATE TABLE revision_diffs (
  revision_id TEXT PRIMARY KEY REFERENCES revisions(id), note_id TEXT NOT NULL REFERENCES notes(id),
  parent_id TEXT NOT NULL, item_type INTEGER NOT NULL,
  captured_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  title_diff TEXT NOT NULL, body_diff TEXT NOT NULL, metadata_diff TEXT NOT NULL,
  rebased_ms INTEGER, rebased_title_diff TEXT, rebased_body_diff TEXT, rebased_metadata_diff TEXT
);
CREATE INDEX idx_revision_diffs_note_id ON revision_diffs(note_id);
CREATE TABLE sections (
  id INTEGER PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes(id), parent_id INTEGER REFERENCES sections(id),
  level INTEGER NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL, line INTEGER,
  first_revision_id TEXT REFERENCES revisions(id), first_seen_at TEXT,
  last_revision_id TEXT REFERENCES revisions(id), removed_at TEXT, folded TEXT
);
CREATE INDEX idx_sections_note_id ON sections(note_id);
CREATE INDEX idx_sections_parent_id ON sections(parent_id);
CREATE INDEX idx_sections_path ON sections(path);
CREATE INDEX idx_sections_level ON sections(level);
CREATE INDEX idx_sections_first_revision_id ON sections(first_revision_id);
CREATE INDEX idx_sections_last_revision_id ON sections(last_revision_id);
CREATE TABLE urls (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL, canonical TEXT NOT NULL UNIQUE, scheme TEXT NOT NULL,
  host TEXT NOT NULL, site TEXT NOT NULL, published_at TEXT, author TEXT, expires_at TEXT,
  first_seen_at TEXT, last_seen_at TEXT
);
CREATE INDEX idx_urls_host ON urls(host);
CREATE INDEX idx_urls_site ON urls(site);
CREATE INDEX idx_urls_expires_at ON urls(expires_at);
CREATE TABLE links (
  id INTEGER PRIMARY KEY, note_id TEXT NOT NULL REFERENCES notes(id), section_id INTEGER REFERENCES sections(id),
  section TEXT, url_id INTEGER REFERENCES urls(id), url TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('link', 'image')),
  syntax TEXT NOT NULL CHECK (syntax IN ('inline', 'reference', 'autolink', 'bare', 'html', 'source_url')),
  target TEXT NOT NULL CHECK (target IN ('web', 'note', 'resource', 'anchor', 'mail', 'file', 'data', 'other')),
  text TEXT NOT NULL, title TEXT NOT NULL, context TEXT NOT NULL, line INTEGER,
  first_revision_id TEXT REFERENCES revisions(id), first_seen_at TEXT,
  last_revision_id TEXT REFERENCES revisions(id), removed_at TEXT, folded TEXT,
  first_seen_month TEXT AS (substr(first_seen_at, 1, 7)) VIRTUAL
);
CREATE INDEX idx_links_note_id ON links(note_id);
CREATE INDEX idx_links_section_id ON links(section_id);
CREATE INDEX idx_links_section ON links(section);
CREATE INDEX idx_links_url_id ON links(url_id);
CREATE INDEX idx_links_kind ON links(kind);
CREATE INDEX idx_links_target ON links(target);
CREATE INDEX idx_links_first_seen_at ON links(first_seen_at);
CREATE INDEX idx_links_first_seen_month ON links(first_seen_month);
CREATE INDEX idx_links_removed_at ON links(removed_at);
CREATE INDEX idx_links_first_revision_id ON links(first_revision_id);
CREATE INDEX idx_links_last_revision_id ON links(last_revision_id);
CREATE TABLE link_changes (
  revision_id TEXT NOT NULL REFERENCES revisions(id), link_id INTEGER NOT NULL REFERENCES links(id),
  change TEXT NOT NULL CHECK (change IN ('added', 'removed')),
  PRIMARY KEY (revision_id, link_id, change)
);
CREATE INDEX idx_link_changes_link_id ON link_changes(link_id);
CREATE INDEX idx_link_changes_change ON link_changes(change);
CREATE TABLE checks (
  id INTEGER PRIMARY KEY, url_id INTEGER NOT NULL REFERENCES urls(id), checked_at TEXT NOT NULL,
  verdict TEXT NOT NULL, status INTEGER, method TEXT, final_url TEXT, redirects TEXT, permanent INTEGER,
  elapsed_ms INTEGER, etag TEXT, last_modified TEXT, error TEXT, evidence TEXT,
  counts INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX idx_checks_url_id ON checks(url_id, checked_at);
CREATE INDEX idx_checks_verdict ON checks(verdict);
CREATE TABLE snapshots (
  url_id INTEGER PRIMARY KEY REFERENCES urls(id), cited_at TEXT, snapshot_url TEXT, snapshot_at TEXT,
  looked_up_at TEXT NOT NULL
);
CREATE TABLE ignored (
  pattern TEXT PRIMARY KEY, reason TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE problems (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, item TEXT NOT NULL, item_id TEXT, kind TEXT NOT NULL,
  detail TEXT NOT NULL, first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL,
  UNIQUE (source, item, kind)
);
CREATE INDEX idx_problems_kind ON problems(kind);
CREATE INDEX idx_problems_item_id ON problems(item_id);
CREATE TABLE sources (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, location TEXT NOT NULL UNIQUE, is_example INTEGER NOT NULL DEFAULT 0,
  first_built_at TEXT NOT NULL, last_built_at TEXT NOT NULL
);
CREATE TABLE source_items (
  source_id INTEGER NOT NULL REFERENCES sources(id), name TEXT NOT NULL, item_id TEXT, type INTEGER,
  stamp TEXT NOT NULL, updated_ms INTEGER, fields TEXT, problem TEXT,
  PRIMARY KEY (source_id, name)
) WITHOUT ROWID;
CREATE INDEX idx_source_items_item_id ON source_items(item_id);
CREATE TABLE builds (
  id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT NOT NULL, version TEXT NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources(id), items INTEGER NOT NULL, items_changed INTEGER NOT NULL,
  notes INTEGER NOT NULL, revisions INTEGER NOT NULL, problems INTEGER NOT NULL
)
"""
