"""Which notes are there now: the one place that says so. All others ask the column `notes.is_present`.

====================  =====================================================================  =========
state                 of a note                                                              there now
====================  =====================================================================  =========
``gone``              that a source which is read whole once told, and that none holds now   no
``conflict``          that is a copy which Joplin keeps of a conflict                        no
``trashed``           that is in the trash                                                   no
``encrypted``         whose item, or (of a locked one) text stays encrypted: as last readable   yes
``current``           that can be read                                                       yes
``history only``      of which there is no item that can be read, and nothing says it went   yes
====================  =====================================================================  =========

Where several hold, the first of them counts. Read whole is every source but a single item file: such a file says
nothing of what is beside it. What a source told is remembered for good, also when Joplin has deleted it since; so it
is the same whether the states of a source were read one by one or only the last of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.joplin.item_types import ItemType

if TYPE_CHECKING:
    from extractor.catalogue.database import Database

PRESENT = ("current", "encrypted", "history only")

NAMEABLE = (*PRESENT, "conflict")
"""The states of notes that may be chosen one by one, by name: what the owner still has and can open in Joplin."""

WITHOUT_ITEM = ("gone", "history only")
"""The states of notes of which no source has an item, so that there may be nothing to open in Joplin."""

SHAREABLE = ("current",)
"""The states of notes that may go out to others: of the others nobody knows what they say now."""

# Conditions on a row of `notes`, or on anything with an `id` that is called so.
HELD = "EXISTS (SELECT 1 FROM source_items WHERE item_id = notes.id AND removed_at IS NULL)"
HAS_BODY = "EXISTS (SELECT 1 FROM note_bodies WHERE note_id = notes.id)"
EVER_HELD_BY_A_WHOLE_SOURCE = (
    "EXISTS (SELECT 1 FROM source_items JOIN sources ON sources.id = source_id WHERE sources.kind <> 'file' "
    "AND item_id IN (SELECT notes.id UNION ALL SELECT revision_id FROM revision_diffs WHERE note_id = notes.id))"
)
# Through the Data API a locked note is in no list.
IS_LOCKED_IN_HISTORY = (
    "EXISTS (SELECT 1 FROM revision_diffs JOIN source_items ON item_id = revision_id "
    "JOIN sources ON sources.id = source_id WHERE note_id = notes.id AND kind = 'api' AND removed_at IS NULL "
    "AND json_extract(fields, '$.is_locked'))"
)
OF_NOTE_NOW = f"FROM source_items WHERE item_id = notes.id AND type = {ItemType.NOTE:d} AND removed_at IS NULL"
# What one source has in clear is the note, though another has a newer version: nobody can tell what that says.
IS_ENCRYPTED = (
    f"(EXISTS (SELECT 1 {OF_NOTE_NOW} AND encrypted_ms NOT NULL) "
    f"AND NOT EXISTS (SELECT 1 {OF_NOTE_NOW} AND encrypted_ms IS NULL AND updated_ms NOT NULL))"
)
STATE = (
    f"CASE WHEN NOT {HELD} AND {IS_LOCKED_IN_HISTORY} THEN 'encrypted' "
    f"WHEN NOT {HELD} THEN iif({EVER_HELD_BY_A_WHOLE_SOURCE}, 'gone', 'history only') "
    f"WHEN NOT {HAS_BODY} AND NOT {IS_ENCRYPTED} THEN 'history only' "
    "WHEN is_conflict THEN 'conflict' "
    "WHEN deleted_at NOT NULL THEN 'trashed' "
    f"WHEN {IS_ENCRYPTED} THEN 'encrypted' "
    "ELSE 'current' END"
)


def write_states(db: Database) -> None:
    """Write the state of every note, and whether it is there now."""
    # The notebook of an encrypted item, and whether it is in the trash, are in clear.
    newest = f"{OF_NOTE_NOW} AND encrypted_ms NOT NULL AND fields NOT NULL ORDER BY encrypted_ms DESC LIMIT 1"
    db.execute(
        "UPDATE notes SET (parent_id, deleted_at) = "
        f"(SELECT json_extract(fields, '$.parent_id'), json_extract(fields, '$.deleted_at') {newest}) "
        f"WHERE EXISTS (SELECT 1 {newest}) AND {IS_ENCRYPTED}"
    )
    db.execute(
        f"UPDATE notes SET state = new.state FROM (SELECT id, {STATE} AS state FROM notes) AS new "
        "WHERE new.id = notes.id AND new.state <> notes.state"
    )
    is_locked = f"EXISTS (SELECT 1 {OF_NOTE_NOW} AND json_extract(fields, '$.is_locked'))"
    is_locked = f"iif({HELD}, {is_locked}, is_locked OR {IS_LOCKED_IN_HISTORY})"
    db.execute(f"UPDATE notes SET is_locked = {is_locked} WHERE is_locked <> ({is_locked})")
    is_present = f"state IN ({', '.join(map(repr, PRESENT))})"
    db.execute(f"UPDATE notes SET is_present = {is_present} WHERE is_present <> ({is_present})")
    # A note of which no item was ever read, or stands encrypted, has no time of a last change but its revisions'.
    db.execute(f"UPDATE notes SET updated_at = NULL WHERE NOT {HAS_BODY} AND NOT {HELD}")


def is_held(db: Database, note_id: str) -> bool:
    """Whether a source has an item of this note now, readable or not."""
    (found,) = db.execute(f"SELECT {HELD} FROM (SELECT ? AS id) AS notes", [note_id]).fetchone()
    return bool(found)


def missing_notes(db: Database, source_id: int) -> list[str]:
    """The notes that would count as gone, and for which this source was never asked one by one.

    It was where it listed them once. A row that an earlier version left has the id for its name: that one asked nobody.
    """
    rows = db.execute(
        "SELECT id FROM (SELECT id FROM notes UNION SELECT note_id FROM note_bodies UNION "
        f"SELECT note_id FROM revision_diffs) AS notes WHERE NOT {HELD} AND {EVER_HELD_BY_A_WHOLE_SOURCE} "
        "AND NOT EXISTS (SELECT 1 FROM source_items WHERE source_id = ? AND item_id = notes.id AND name <> notes.id) "
        "ORDER BY id",
        [source_id],
    ).fetchall()
    return [row[0] for row in rows]
