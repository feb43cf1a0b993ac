"""What is drawn: cells, charts, notes, differences. No SQL."""
