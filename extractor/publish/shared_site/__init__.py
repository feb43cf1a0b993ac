"""Shared links as a folder of pages that need no server: `share --html`.

Its content comes only from `shared_tables`, like that of a shared file. The pages open from disk or from any web
server, make no requests, and are searched in the browser.
"""

from extractor.publish.shared_site.write import share_pages

__all__ = ["share_pages"]
