"""What the pages say of a note that is not as it once was in Joplin."""

from __future__ import annotations

# Of a note beside which a place or a heading is listed.
IN_WORDS = {
    "gone": "no longer in Joplin",
    "conflict": "a copy of a conflict",
    "trashed": "in the trash",
    "encrypted": "encrypted now",
    "history only": "known only by its history",
}
# Above a text that is the last one known, and may not be that of today.
LAST_TEXT = {
    "gone": "This note is no longer in Joplin. This is the last text that is known of it.",
    "encrypted": "This note is encrypted now. This is the last text of it that could be read.",
    "history only": "Only the history of this note is in these sources. This is the last text in it.",
}


def note_state(state: str) -> str:
    """The state of a note in words; '' for one that is as Joplin has it now."""
    return IN_WORDS.get(state, "")


def last_text(state: str) -> str:
    """What to know of the last text of a note in this state; '' where that is the note as it is now."""
    return LAST_TEXT.get(state, "")
