"""Which notes are there now. Only this module decides that; everything else uses the column `notes.is_present`.

====================  =====================================================================  =========
state                 the note                                                               there now
====================  =====================================================================  =========
``gone``              was once in a complete source, and is in no source now                 no
``conflict``          is a copy that Joplin keeps of a conflict                              no
``trashed``           is in the trash                                                        no
``encrypted``         (or, if locked, its text) stays encrypted; shown as last readable      yes
``current``           can be read                                                            yes
``history only``      has no readable item, and nothing says that it went                    yes
====================  =====================================================================  =========

If several apply, the first of them counts. Every source except for a single item file is complete: such a file says
nothing about other items. What a source has ever said is remembered for good, even if Joplin has deleted it since; so
the result is the same whether all states of a source were read, one by one, or only the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.joplin.item_types import ItemType

if TYPE_CHECKING:
    from extractor.catalogue.database import Database

PRESENT = ("current", "encrypted", "history only")

NAMEABLE = (*PRESENT, "conflict")
"""The states of notes that may be chosen individually, by name: the owner has them and can open them in Joplin."""

WITHOUT_ITEM = ("gone", "history only")
"""The states of notes whose item no source has, so that there may be nothing to open in Joplin."""

SHAREABLE = ("current",)
"""The states of notes that may be shared: the current content of other notes is unknown."""

# Conditions on a row of `notes`, or on anything with an `id` under that name.
HELD = "EXISTS (SELECT 1 FROM source_items WHERE item_id = notes.id AND removed_at IS NULL)"
HAS_BODY = "EXISTS (SELECT 1 FROM note_bodies WHERE note_id = notes.id)"
EVER_HELD_BY_A_WHOLE_SOURCE = (
    "EXISTS (SELECT 1 FROM source_items JOIN sources ON sources.id = source_id WHERE sources.kind <> 'file' "
    "AND item_id IN (SELECT notes.id UNION ALL SELECT revision_id FROM revision_diffs WHERE note_id = notes.id))"
)
# The Data API lists no locked notes.
IS_LOCKED_IN_HISTORY = (
    "EXISTS (SELECT 1 FROM revision_diffs JOIN source_items ON item_id = revision_id "
    "JOIN sources ON sources.id = source_id WHERE note_id = notes.id AND kind = 'api' AND removed_at IS NULL "
    "AND json_extract(fields, '$.is_locked'))"
)
OF_NOTE_NOW = f"FROM source_items WHERE item_id = notes.id AND type = {ItemType.NOTE:d} AND removed_at IS NULL"
# If one source has the note unencrypted, that counts, even if another has a newer encrypted version: its content is
# unknown.
IS_ENCRYPTED = (
    f"(EXISTS (SELECT 1 {OF_NOTE_NOW} AND encrypted_ms NOT NULL) "
    f"AND NOT EXISTS (SELECT 1 {OF_NOTE_NOW} AND encrypted_ms IS NULL AND updated_ms NOT NULL))"
)
STATE = (
    f"CASE WHEN NOT {HELD} THEN CASE WHEN {IS_LOCKED_IN_HISTORY} THEN 'encrypted' "
    f"WHEN {EVER_HELD_BY_A_WHOLE_SOURCE} THEN 'gone' ELSE 'history only' END "
    f"WHEN NOT {HAS_BODY} AND NOT {IS_ENCRYPTED} THEN 'history only' "
    "WHEN is_conflict THEN 'conflict' "
    "WHEN deleted_at NOT NULL THEN 'trashed' "
    f"WHEN {IS_ENCRYPTED} THEN 'encrypted' "
    "ELSE 'current' END"
)


def write_states(db: Database) -> None:
    """Write the state of every note, and whether it is there now."""
    # The notebook of an encrypted item, and whether it is in the trash, are not encrypted.
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
    # If no item of a note was ever read, and no source has one, not even encrypted, only its revisions have times.
    db.execute(
        "UPDATE notes SET updated_at = NULL WHERE state IN ('encrypted', 'gone', 'history only') "
        f"AND NOT {HAS_BODY} AND NOT {HELD}"
    )


def is_held(db: Database, note_id: str) -> bool:
    """Whether a source has the item of this note now, readable or not."""
    (found,) = db.execute(f"SELECT {HELD} FROM (SELECT ? AS id) AS notes", [note_id]).fetchone()
    return bool(found)


def missing_notes(db: Database, source_id: int) -> list[str]:
    """The notes that would count as gone, but that this source has neither listed nor been asked for individually.

    Rows from an earlier version have the id as their name; they do not count, as that version asked no source.
    """
    rows = db.execute(
        "SELECT id FROM (SELECT id FROM notes UNION SELECT note_id FROM note_bodies UNION "
        f"SELECT note_id FROM revision_diffs) AS notes WHERE NOT {HELD} AND {EVER_HELD_BY_A_WHOLE_SOURCE} "
        "AND NOT EXISTS (SELECT 1 FROM source_items WHERE source_id = ? AND item_id = notes.id AND name <> notes.id) "
        "ORDER BY id",
        [source_id],
    ).fetchall()
    return [row[0] for row in rows]
