"""joplin-catalogue: a Joplin knowledge base with its whole history, in one SQLite file."""

__version__ = "0.1.0"
