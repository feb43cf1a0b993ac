"""pages.db, beside the catalogue: what the pages behind links said, a row for each version of a page.

It is a file of its own, because it is others' words, can grow large, and may be thrown away: no build needs it. Pages
are known by the address that is asked, as checks are (`checks.asked`).
"""
