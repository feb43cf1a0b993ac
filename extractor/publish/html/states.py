"""What pages say about a note that is not, or no longer, an ordinary note in Joplin."""

from __future__ import annotations

# Beside a note in lists of places or headings.
IN_WORDS = {
    "gone": "no longer in Joplin",
    "conflict": "a conflict copy",
    "trashed": "in the trash",
    "encrypted": "encrypted now",
    "history only": "known only from its history",
}
# Above a text that is the last known one, and may not be current.
LAST_TEXT = {
    "gone": "This note is no longer in Joplin. This is its last known text.",
    "encrypted": "This note is now encrypted. This is its last readable text.",
    "history only": "The sources have only the history of this note. This is the last text in it.",
}


def note_state(state: str) -> str:
    """The state of a note in words; '' for an ordinary note in Joplin."""
    return IN_WORDS.get(state, "")


def last_text(state: str) -> str:
    """What to say above the last text of a note in this state; '' if that is the current text."""
    return LAST_TEXT.get(state, "")
