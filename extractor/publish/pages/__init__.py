"""The plugin's own pages, one module for each page."""
