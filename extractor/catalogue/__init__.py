"""catalogue.db, the memory: its schema and migrations, writing, reading and search."""
