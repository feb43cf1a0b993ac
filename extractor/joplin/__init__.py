"""Joplin's items, patches, histories and encryption, read exactly as Joplin reads them. No I/O."""
