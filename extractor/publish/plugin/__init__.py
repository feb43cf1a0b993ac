"""The connection to Datasette: hooks, guards, templates, metadata."""
