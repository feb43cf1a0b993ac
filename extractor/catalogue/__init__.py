"""catalogue.db: the memory. Schema and its migrations, what is written, what is read, search."""
