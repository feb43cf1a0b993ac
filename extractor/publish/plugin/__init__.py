"""What plugs into Datasette: hooks, guards, templates, metadata."""
