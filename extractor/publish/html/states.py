"""What the pages say of a note that is not as it once was in Joplin."""

from __future__ import annotations

# Of a note beside which a place or a heading is listed.
IN_WORDS = {
    "gone": "no longer in Joplin",
    "conflict": "a conflict copy",
    "trashed": "in the trash",
    "encrypted": "encrypted now",
    "history only": "known only from its history",
}
# Above a text that is the last one known, and may not be that of today.
LAST_TEXT = {
    "gone": "This note is no longer in Joplin. This is its last known text.",
    "encrypted": "This note is now encrypted. This is its last readable text.",
    "history only": "The sources have only the history of this note. This is the last text in it.",
}


def note_state(state: str) -> str:
    """The state of a note in words; '' for one that is as Joplin has it now."""
    return IN_WORDS.get(state, "")


def last_text(state: str) -> str:
    """What to know of the last text of a note in this state; '' where that is the note as it is now."""
    return LAST_TEXT.get(state, "")
