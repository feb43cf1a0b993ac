"""What pages and commands ask the catalogue: whole statements to paste into sqlite3, their rows as records."""
