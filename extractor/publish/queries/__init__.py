"""What pages and their lists ask the catalogue."""
