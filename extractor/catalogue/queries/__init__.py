"""The queries of pages and commands: whole statements that can be pasted into sqlite3, and their rows as records."""
