"""pages.db, beside the catalogue: the text of linked pages, one row per version of a page.

It is a separate file, because its content is other people's, can grow large, and can be deleted: no build needs it.
Pages are identified by the requested address, like checks (`checks.asked`).
"""
