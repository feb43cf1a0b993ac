"""Shared links as a folder of pages that need no server: `share --html`.

What is in it comes from `shared_tables` alone, as a shared file does. The pages open from disk or from any web server,
ask nothing of anybody, and are searched in the browser.
"""

from extractor.publish.shared_site.write import share_pages

__all__ = ["share_pages"]
