"""What the whole history of one note tells: the rows of its revisions, sections and links. Pure.

The body of each revision is read once; `identity` follows sections and links from one text to the next.
"""

from extractor.chronicle.rows import HTML, SEPARATOR, Chronicle, LinkRow, clean, identifier
from extractor.chronicle.telling import VERSION, tell

__all__ = ["HTML", "SEPARATOR", "VERSION", "Chronicle", "LinkRow", "clean", "identifier", "tell"]
