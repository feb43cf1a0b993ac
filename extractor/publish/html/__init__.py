"""HTML of cells, charts, notes and differences. No SQL."""
